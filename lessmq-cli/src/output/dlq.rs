//! Rendering the reports of `dlq`.

use anstyle::Style;

use super::Render;
use super::style::{DIM, ERROR, STRONG, paint, plain};
use super::table::Table;
use crate::report::{
    DeadLetterReport, DeadLettersListReport, DeadLettersReport, Payload, PurgeReport, RedriveReport,
};

/// The longest part of a payload that is shown to people.
const MAX_PAYLOAD_BYTES: usize = 4 * 1024;

impl Render for DeadLettersListReport {
    fn human(&self) -> String {
        if self.sources.is_empty() {
            return format!(
                "no dead letters among the processes that answered within {} ms\n",
                self.waited_ms
            );
        }
        let mut table = Table::titled(&["SOURCE", "DEAD LETTERS"]);
        for count in &self.sources {
            let style = if count.dead == Some(0) { Style::new() } else { ERROR };
            let dead = count.dead.map_or("unknown".to_owned(), |dead| dead.to_string());
            table.row(vec![(STRONG, plain(&count.source)), (style, dead)]);
        }
        table.render("")
    }

    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }
}

impl Render for DeadLettersReport {
    fn human(&self) -> String {
        if self.messages.is_empty() {
            return format!("`{}` has no dead letters\n", plain(&self.source));
        }
        let shown = self.messages.len();
        let all = self.dead.map_or(String::new(), |dead| format!(" of {dead}"));
        let title = format!("`{}`: {shown}{all} dead letters, the oldest first\n", plain(&self.source));
        let messages = self.messages.iter().map(|message| format!("\n{}", render_message(message)));
        title + &messages.collect::<String>()
    }

    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }
}

fn render_message(message: &DeadLetterReport) -> String {
    let name = paint(STRONG, format_args!("{} {}", plain(&message.kind), plain(&message.id)));
    let mut table = Table::default();
    let mut row = |label: &str, text: String| table.row(vec![(DIM, label.to_owned()), (Style::new(), text)]);
    row("reason", format!("{}, attempt {}", message.reason, message.attempts));
    row("detail", plain(&message.detail));
    let sent_at = message.sent_at.as_deref().map_or(String::new(), |at| format!("{}, ", plain(at)));
    row("sent", format!("{sent_at}by {}", plain(&message.sender)));
    if let Some(at) = &message.published_at {
        row("dead since", plain(at));
    }
    format!("{name}\n{}{}", table.render("  "), render_payload(&message.payload, message.payload_bytes))
}

/// The payload with its control characters escaped, cut if it is long.
fn render_payload(payload: &Payload, bytes: usize) -> String {
    let text = match payload {
        Payload::Json(json) => format!("{json:#}"),
        Payload::Text(text) => text.clone(),
        Payload::Binary => return format!("  payload: {bytes} bytes that are not text\n"),
    };
    let shown = &text[..text.floor_char_boundary(MAX_PAYLOAD_BYTES)];
    let mut out: String = shown.lines().map(|line| format!("  {}\n", plain(line))).collect();
    if shown.len() < text.len() {
        out += &paint(DIM, format_args!("  … {bytes} bytes in all; --format json shows them\n"));
    }
    out
}

impl Render for RedriveReport {
    fn human(&self) -> String {
        let Self { source, moved, left } = self;
        let left = left.filter(|left| *left > 0).map_or(String::new(), |left| format!(", {left} left"));
        format!("moved {} back to `{}`{left}\n", dead_letters(*moved), plain(source))
    }

    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }
}

impl Render for PurgeReport {
    fn human(&self) -> String {
        let count = self.purged.map_or("all dead letters".to_owned(), dead_letters);
        format!("deleted {count} of `{}`\n", plain(&self.source))
    }

    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }
}

fn dead_letters(count: u64) -> String {
    if count == 1 { "1 dead letter".to_owned() } else { format!("{count} dead letters") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_shown_without_control_characters_and_cut_if_it_is_long() {
        let json = Payload::Json(serde_json::json!({ "name": "\u{9b}31m" }));
        assert_eq!(render_payload(&json, 9), "  {\n    \"name\": \"\\u{9b}31m\"\n  }\n");
        assert_eq!(render_payload(&Payload::Text("a\u{1b}[31m\nb".to_owned()), 9), "  a\\u{1b}[31m\n  b\n");
        assert_eq!(render_payload(&Payload::Binary, 9), "  payload: 9 bytes that are not text\n");
        let long = render_payload(&Payload::Text("é".repeat(5_000)), 10_000);
        assert!(long.contains("10000 bytes in all") && long.len() < 5_000, "{}", long.len());
    }
}
