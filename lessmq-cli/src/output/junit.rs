//! JUnit XML for CI servers: a suite for each comparison, a case for each diagnostic.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::group::Group;
use super::section::Section;
use crate::report::{Diagnostic, Error, ExitStatus};

type Xml = Writer<Vec<u8>>;

pub(super) fn render(sections: &[Section]) -> io::Result<String> {
    document(|xml| sections.iter().try_for_each(|section| suite(xml, section)))
}

pub(super) fn failure(error: &Error) -> io::Result<String> {
    document(|xml| {
        let counts = [("name", "lessmq-cli"), ("tests", "1"), ("failures", "0"), ("errors", "1")];
        xml.create_element("testsuite").with_attributes(counts).write_inner_content(|xml| {
            let (name, lines) = ("runs", error.lines());
            case(xml, "lessmq-cli", name, (ExitStatus::NoAnswer, &error.message, &lines))
        })?;
        Ok(())
    })
}

fn document(inner: impl FnOnce(&mut Xml) -> io::Result<()>) -> io::Result<String> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.create_element("testsuites").with_attribute(("name", "lessmq-cli")).write_inner_content(inner)?;
    let mut text = String::from_utf8(xml.into_inner()).map_err(io::Error::other)?;
    text.push('\n');
    Ok(text)
}

fn suite(xml: &mut Xml, section: &Section) -> io::Result<()> {
    let name = valid(&format!("{} against {}", section.subject, section.against));
    // The comparison itself is a case too. It fails if no diagnostic explains the status.
    let whole = if section.is_unexplained() { section.status } else { ExitStatus::Success };
    let count = |status| {
        let diagnostics = section.diagnostics.iter().filter(|diagnostic| diagnostic.status == status);
        (diagnostics.count() + usize::from(whole == status)).to_string()
    };
    let tests = (section.diagnostics.len() + 1).to_string();
    let (failures, errors) = (count(ExitStatus::Findings), count(ExitStatus::NoAnswer));
    let attributes = [
        ("name", name.as_str()),
        ("tests", tests.as_str()),
        ("failures", failures.as_str()),
        ("errors", errors.as_str()),
    ];
    xml.create_element("testsuite").with_attributes(attributes).write_inner_content(|xml| {
        let verdict = format!("{}; {}", section.verdict(), section.version);
        case(xml, &section.service, "comparison", (whole, &verdict, &verdict))?;
        section.diagnostics.iter().try_for_each(|diagnostic| diagnostic_case(xml, section, diagnostic))
    })?;
    Ok(())
}

fn diagnostic_case(xml: &mut Xml, section: &Section, diagnostic: &Diagnostic) -> io::Result<()> {
    let identity = diagnostic.identity(&section.service);
    let name = format!("{}: {} ({identity})", diagnostic.subject, diagnostic.rule);
    let mut lines = Group::single(diagnostic).lines();
    if let Some(location) = &diagnostic.location {
        lines = format!("{}:{}:{}\n{lines}", location.file, location.line, location.column);
    }
    case(xml, &section.service, &name, (diagnostic.status, &diagnostic.message, &lines))
}

/// A case with its status, message and text. The text of a successful case is its output.
fn case(
    xml: &mut Xml,
    class: &str,
    name: &str,
    (status, message, text): (ExitStatus, &str, &str),
) -> io::Result<()> {
    let (class, name) = (valid(class), valid(name));
    let attributes = [("classname", class.as_str()), ("name", name.as_str())];
    xml.create_element("testcase").with_attributes(attributes).write_inner_content(|xml| {
        let (message, text) = (valid(message), valid(text));
        let with_message = |element: &str| (element.to_owned(), Some(("message", message.as_str())));
        let (element, attribute) = match status {
            ExitStatus::Success => ("system-out".to_owned(), None),
            ExitStatus::Findings => with_message("failure"),
            ExitStatus::NoAnswer => with_message("error"),
        };
        let element = xml.create_element(element).with_attributes(attribute);
        element.write_text_content(BytesText::new(&text))?;
        Ok(())
    })?;
    Ok(())
}

/// The text without the characters that XML 1.0 does not allow.
fn valid(text: &str) -> String {
    let is_character = |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().map(|c| if is_character(c) { c } else { '\u{fffd}' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_xml_does_not_allow_are_replaced_and_others_escaped() {
        let error = Error::new("a <b> & \"c\" \u{1b}[31m");
        let text = failure(&error).expect("it is written");
        assert!(text.contains("a &lt;b&gt; &amp; &quot;c&quot; \u{fffd}[31m"), "{text}");
        assert!(!text.contains('\u{1b}'));
    }
}
