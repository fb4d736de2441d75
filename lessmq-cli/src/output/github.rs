//! Annotations of a GitHub workflow: one line each, which GitHub shows next to the code.
//!
//! GitHub documents the syntax and its escapes in "Workflow commands for GitHub Actions".

use super::group::Group;
use super::section::Section;
use crate::report::{Error, ExitStatus};

pub(super) fn render(sections: &[Section]) -> String {
    let mut out = String::new();
    for section in sections {
        out.extend(Group::by_cause(&section.diagnostics).iter().map(|group| annotation(section, group)));
        if section.is_unexplained() {
            let message = format!("{} against {}: {}", section.subject, section.against, section.verdict());
            out += &command("error", &[("title", "lessmq")], &message);
        }
    }
    out
}

pub(super) fn failure(error: &Error) -> String {
    command("error", &[("title", "lessmq-cli could not run")], &error.lines())
}

fn annotation(section: &Section, group: &Group<'_>) -> String {
    let diagnostic = group.shown;
    let level = if diagnostic.status == ExitStatus::Success { "notice" } else { "error" };
    let title = format!("{}: {}", diagnostic.rule, section.subject);
    let mut properties = vec![("file", section.file_of(diagnostic))];
    if let Some(location) = &diagnostic.location {
        properties.extend([
            ("line", location.line.to_string()),
            ("col", location.column.to_string()),
            ("endColumn", location.end_column.saturating_sub(1).to_string()),
        ]);
    }
    properties.push(("title", title));
    command(level, &properties, &group.lines())
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
    fn no_text_starts_another_command() {
        assert_eq!(
            command("error", &[("file", "a,b:c"), ("title", "50%")], "one\n::warning::two\r100%"),
            "::error file=a%2Cb%3Ac,title=50%25::one%0A::warning::two%0D100%25\n"
        );
    }
}
