//! Markdown for the comment on a pull request: a table, and what was found below it.

use std::fmt::Write;

use super::cause::by_cause;
use super::section::{Remark, Section, in_one_line};
use crate::commands::Exit;
use crate::error::Error;

pub(super) fn render(sections: &[Section]) -> String {
    let mut out = format!("### {}\n\n", headline(sections));
    out += "| | service | against | verdict | version |\n| --- | --- | --- | --- | --- |\n";
    for section in sections {
        let Section { subject, against, verdict, version, .. } = section;
        let cells = [section.word(), subject, against, verdict, version].map(cell).join(" | ");
        // Writing to a string does not fail.
        let _ = writeln!(out, "| {cells} |");
    }
    for section in sections {
        out.extend(by_cause(&section.remarks).iter().map(|remark| details(section, remark)));
    }
    out
}

pub(super) fn failure(error: &Error) -> String {
    format!("### Contracts: could not be checked\n\n{}", fenced("text", &error.lines()))
}

fn headline(sections: &[Section]) -> &'static str {
    match sections.iter().map(|section| section.exit).max() {
        None | Some(Exit::Fine) => "Contracts: fine",
        Some(Exit::Findings) if sections.iter().any(Section::breaks) => {
            "Contracts: a change breaks consumers"
        }
        Some(Exit::Findings) => "Contracts: not fine as they are",
        Some(Exit::NoAnswer) => "Contracts: not all could be judged",
    }
}

fn details(section: &Section, remark: &Remark) -> String {
    let open = if remark.exit == Exit::Fine { "" } else { " open" };
    let title = format!("{}: {}, {}", remark.word, section.subject, remark.part);
    let mut out = format!("\n<details{open}><summary>{}</summary>\n\n", html(&title));
    let _ = writeln!(out, "{}\n", text(&remark.message));
    if let Some(place) = &remark.place {
        let _ = writeln!(out, "{}:\n", code(&format!("{}:{}", place.file, place.line)));
        out += &fenced("rust", place.text.trim());
        out.push('\n');
    }
    for (label, detail) in remark.shown() {
        let _ = writeln!(out, "* {}: {}", text(label), code(&in_one_line(detail)));
    }
    for (label, detail) in [("why", &remark.explanation), ("help", &remark.remedy)] {
        if !detail.is_empty() {
            let _ = writeln!(out, "* {label}: {}", text(detail));
        }
    }
    let findings = remark.fingerprints.iter().map(|fingerprint| format!(", finding {}", code(fingerprint)));
    let _ = writeln!(out, "* rule {}{}", code(remark.rule), findings.collect::<String>());
    out + "\n</details>\n"
}

fn cell(content: &str) -> String {
    text(content).replace('|', "\\|")
}

/// A text on one line, of which nothing is markup but its own backticks.
fn text(content: &str) -> String {
    let mut out = String::new();
    for (index, part) in content.replace(['\r', '\n'], " ").split('`').enumerate() {
        if index > 0 {
            out.push('`');
        }
        // Between backticks all is literal.
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

/// Code within a line.
fn code(content: &str) -> String {
    let content = content.replace(['\r', '\n'], " ");
    let fence = "`".repeat(longest_run(&content) + 1);
    // A space keeps backticks at the ends from the fence; Markdown takes it away again.
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
    fn what_others_wrote_is_no_markup() {
        assert_eq!(cell("a | <b> *c*\n`d_e`"), "a \\| &lt;b&gt; \\*c\\* `d_e`");
        assert_eq!(text("an `odd one"), "an 'odd one");
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(fenced("text", "a\n```\nb"), "````text\na\n```\nb\n````\n");
    }
}
