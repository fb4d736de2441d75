//! Rendering the reports of `call`, `send`, `listen` and `methods`.

use anstyle::Style;
use lessmq::contract::MethodKind;

use super::style::{DIM, STRONG, WARNING, paint, plain};
use super::table::Table;
use super::{Render, json};
use crate::report::{
    CallReport, EventPayload, EventReport, Format, MethodReport, MethodsReport, Result, SendReport,
};

/// The longest part of an event that is shown to people.
const MAX_EVENT_BYTES: usize = 64 * 1024;
/// The longest part of a description that is shown.
const MAX_DESCRIPTION_CHARS: usize = 80;

impl Render for CallReport {
    fn human(&self) -> String {
        json::pretty(self.payload.get()) + "\n"
    }

    fn json(&self) -> serde_json::Result<String> {
        Ok(json::pretty(&serde_json::to_string(self)?))
    }
}

impl Render for SendReport {
    fn human(&self) -> String {
        let verb = if self.kind == MethodKind::Event { "published" } else { "sent" };
        format!("{verb} {} as message {}\n", paint(STRONG, plain(&self.method)), self.id)
    }

    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }
}

impl Render for MethodsReport {
    fn human(&self) -> String {
        if self.names_only {
            return self.methods.iter().map(|method| plain(&method.name) + "\n").collect();
        }
        let mut table = Table::default();
        for method in &self.methods {
            table.row(vec![
                (STRONG, plain(&method.name)),
                (DIM, method.kind.as_str().to_owned()),
                (Style::new(), description(method)),
            ]);
        }
        table.render("")
    }

    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }
}

/// The first line of the description.
fn description(method: &MethodReport) -> String {
    let text = method.description.as_deref().unwrap_or_default();
    let line: String = text.lines().next().unwrap_or_default().chars().take(MAX_DESCRIPTION_CHARS).collect();
    let deprecated = if method.deprecated.is_some() { "(deprecated) " } else { "" };
    plain(format!("{deprecated}{line}").trim_end())
}

/// Prints an event. Returns whether anyone still reads the output.
pub(crate) fn print_event(event: &EventReport, format: Format) -> Result<bool> {
    super::try_write(&match format {
        Format::Human => human(event),
        Format::Json => json::escape(&serde_json::to_string(event).map_err(super::cannot_render)?) + "\n",
    })
}

fn human(event: &EventReport) -> String {
    let time = event.time.map_or_else(|| "no time".to_owned(), |time| time.to_string());
    let mut out = format!(
        "{} {} {}\n",
        paint(DIM, time),
        paint(STRONG, plain(&event.method)),
        paint(DIM, plain(&format!("{} from {}", event.id, event.source))),
    );
    let key = event.partition_key.iter().map(|key| ("partition key", key));
    let metadata = event.metadata.iter().map(|(name, value)| (name.as_str(), value));
    for (name, value) in key.chain(metadata) {
        out += &format!("{}\n", paint(DIM, plain(&format!("{name}: {value}"))));
    }
    if let Some(mistake) = &event.mistake {
        out += &format!("{}: {}\n", paint(WARNING, "warning"), plain(mistake));
    }
    let payload = match &event.payload {
        EventPayload::Json(payload) => json::pretty(payload.get()),
        EventPayload::Text(text) => plain(text),
    };
    let shown = &payload[..payload.floor_char_boundary(MAX_EVENT_BYTES)];
    out += shown;
    if shown.len() < payload.len() {
        out += &format!("… {} more bytes; --format json shows all", payload.len() - shown.len());
    }
    out + "\n\n"
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn event(payload: EventPayload) -> EventReport {
        EventReport {
            time: None,
            method: "user.made\u{1b}[2J".to_owned(),
            id: "1\n2".to_owned(),
            source: "user".to_owned(),
            partition_key: Some("\u{7}".to_owned()),
            metadata: BTreeMap::from([("tenant".to_owned(), "\u{9b}".to_owned())]),
            payload,
            mistake: Some("\u{8}".to_owned()),
        }
    }

    #[test]
    fn no_part_of_an_event_reaches_the_terminal_unescaped() {
        let json = serde_json::value::RawValue::from_string("{\"\u{9b}\":\"\u{7f}\"}".to_owned());
        for payload in
            [EventPayload::Json(json.expect("it is JSON")), EventPayload::Text("\u{1b}".to_owned())]
        {
            let text = anstream::adapter::strip_str(&human(&event(payload))).to_string();
            assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
            assert_eq!(text.lines().next(), Some("no time user.made\\u{1b}[2J 1\\n2 from user"));
        }
    }

    #[test]
    fn a_large_event_is_cut() {
        let text = human(&event(EventPayload::Text("ä".repeat(MAX_EVENT_BYTES))));
        assert!(text.len() < MAX_EVENT_BYTES + 1000);
        assert!(text.contains(&format!("… {MAX_EVENT_BYTES} more bytes")));
    }
}
