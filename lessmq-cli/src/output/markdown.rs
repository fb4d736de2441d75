//! Markdown for a comment on a pull request: a table, and the diagnostics below it.

use std::fmt::Write;

use super::group::Group;
use super::section::Section;
use super::style::one_line;
use crate::report::{Error, ExitStatus};

pub(super) fn render(sections: &[Section]) -> String {
    let mut out = format!("### {}\n\n", headline(sections));
    out += "| | service | against | verdict | version |\n| --- | --- | --- | --- | --- |\n";
    for section in sections {
        let Section { subject, against, version, .. } = section;
        let cells = [section.result(), subject, against, section.verdict(), version].map(cell).join(" | ");
        // Writing to a string cannot fail.
        let _ = writeln!(out, "| {cells} |");
    }
    for section in sections {
        out.extend(Group::by_cause(&section.diagnostics).iter().map(|group| details(section, group)));
    }
    out
}

pub(super) fn failure(error: &Error) -> String {
    format!("### Contracts: check failed to run\n\n{}", fenced("text", &error.lines()))
}

fn headline(sections: &[Section]) -> &'static str {
    match ExitStatus::worst(sections.iter().map(|section| section.status)) {
        ExitStatus::Success => "Contracts: all checks passed",
        ExitStatus::Findings if sections.iter().any(Section::is_breaking) => {
            "Contracts: a change breaks consumers"
        }
        ExitStatus::Findings => "Contracts: a check failed",
        ExitStatus::NoAnswer => "Contracts: not every contract could be checked",
    }
}

fn details(section: &Section, group: &Group<'_>) -> String {
    let diagnostic = group.shown;
    let open = if diagnostic.status == ExitStatus::Success { "" } else { " open" };
    let title = format!("{}: {}, {}", diagnostic.level(), section.subject, group.subject);
    let mut out = format!("\n<details{open}><summary>{}</summary>\n\n", html(&title));
    let _ = writeln!(out, "{}\n", text(&diagnostic.message));
    if let Some(location) = &diagnostic.location {
        let _ = writeln!(out, "{}:\n", code(&format!("{}:{}", location.file, location.line)));
        out += &fenced("rust", location.text.trim());
        out.push('\n');
    }
    for (label, detail) in group.details() {
        let _ = writeln!(out, "* {}: {}", text(&label), code(&one_line(&detail)));
    }
    for (label, detail) in group.advice() {
        let _ = writeln!(out, "* {label}: {}", text(detail));
    }
    let findings = group.fingerprints.iter().map(|fingerprint| format!(", finding {}", code(fingerprint)));
    let _ = writeln!(out, "* rule {}{}", code(diagnostic.rule), findings.collect::<String>());
    out + "\n</details>\n"
}

fn cell(content: &str) -> String {
    text(content).replace('|', "\\|")
}

/// A text on one line, without markup except its own backticks.
fn text(content: &str) -> String {
    let mut out = String::new();
    for (index, part) in content.replace(['\r', '\n'], " ").split('`').enumerate() {
        if index > 0 {
            out.push('`');
        }
        // Text between backticks is literal.
        if index % 2 == 1 { out += part } else { out += &escaped(part) }
    }
    if content.matches('`').count() % 2 == 1 { escaped(&out.replace('`', "'")) } else { out }
}

fn escaped(part: &str) -> String {
    let escape = |c: char| match c {
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '&' => "&amp;".to_owned(),
        '\\' | '*' | '_' | '[' | ']' | '#' | '~' => format!("\\{c}"),
        c => c.to_string(),
    };
    part.chars().map(escape).collect()
}

fn html(content: &str) -> String {
    content.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\n', " ")
}

/// The Markdown of inline code.
fn code(content: &str) -> String {
    let content = content.replace(['\r', '\n'], " ");
    let fence = "`".repeat(longest_run(&content) + 1);
    // A space separates backticks at the ends from the fence. Markdown removes it.
    let space = if content.starts_with('`') || content.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{content}{space}{fence}")
}

fn fenced(language: &str, content: &str) -> String {
    let fence = "`".repeat(longest_run(content).max(2) + 1);
    format!("{fence}{language}\n{content}\n{fence}\n")
}

fn longest_run(content: &str) -> usize {
    content.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        assert_eq!(cell("a | <b> *c*\n`d_e`"), "a \\| &lt;b&gt; \\*c\\* `d_e`");
        assert_eq!(text("an `odd one"), "an 'odd one");
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(fenced("text", "a\n```\nb"), "````text\na\n```\nb\n````\n");
    }
}
