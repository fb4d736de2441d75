//! Annotations of a GitHub workflow: a line each, which GitHub shows beside the code.
//!
//! The form and its escapes are those of GitHub's "Workflow commands for GitHub Actions".

use super::section::{Remark, Section, by_cause};
use crate::commands::Exit;
use crate::error::Error;

pub(super) fn render(sections: &[Section]) -> String {
    let mut out = String::new();
    for section in sections {
        out.extend(by_cause(&section.remarks).iter().map(|remark| annotation(section, remark)));
        let told = section.remarks.iter().map(|remark| remark.exit).max();
        if told.unwrap_or(Exit::Fine) < section.exit {
            let message = format!("{} against {}: {}", section.subject, section.against, section.verdict);
            out += &command("error", &[("title", "lessmq")], &message);
        }
    }
    out
}

pub(super) fn failure(error: &Error) -> String {
    command("error", &[("title", "lessmq-cli could not run")], &error.lines())
}

fn annotation(section: &Section, remark: &Remark) -> String {
    let level = if remark.exit == Exit::Fine { "notice" } else { "error" };
    let title = format!("{}: {}", remark.rule, section.subject);
    let mut properties = vec![("file", section.file.clone())];
    if let Some(place) = &remark.place {
        properties = vec![
            ("file", place.file.clone()),
            ("line", place.line.to_string()),
            ("col", place.column.to_string()),
            ("endColumn", place.end_column.saturating_sub(1).to_string()),
        ];
    }
    properties.push(("title", title));
    command(level, &properties, &remark.lines())
}

fn command<V: AsRef<str>>(name: &str, properties: &[(&str, V)], message: &str) -> String {
    let properties: Vec<String> =
        properties.iter().map(|(name, value)| format!("{name}={}", property(value.as_ref()))).collect();
    format!("::{name} {}::{}\n", properties.join(","), data(message))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_begins_another_command() {
        assert_eq!(
            command("error", &[("file", "a,b:c"), ("title", "50%")], "one\n::warning::two\r100%"),
            "::error file=a%2Cb%3Ac,title=50%25::one%0A::warning::two%0D100%25\n"
        );
    }
}
