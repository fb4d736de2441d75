//! JUnit XML, as most CI servers read it: a suite for each comparison, a case for each remark.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::section::{Remark, Section};
use crate::commands::Exit;
use crate::error::Error;

type Xml = Writer<Vec<u8>>;

pub(super) fn render(sections: &[Section]) -> io::Result<String> {
    document(|xml| sections.iter().try_for_each(|section| suite(xml, section)))
}

pub(super) fn failure(error: &Error) -> io::Result<String> {
    document(|xml| {
        let counts = [("name", "lessmq-cli"), ("tests", "1"), ("failures", "0"), ("errors", "1")];
        xml.create_element("testsuite").with_attributes(counts).write_inner_content(|xml| {
            case(xml, "lessmq-cli", "runs", Some((Exit::NoAnswer, &error.message, &error.lines())))
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
    let name = allowed(&format!("{} against {}", section.subject, section.against));
    let count = |exit| section.remarks.iter().filter(|remark| remark.exit == exit).count();
    // The comparison as a whole is a case too: it fails where no remark of its own says why.
    let told = section.remarks.iter().map(|remark| remark.exit).max().unwrap_or(Exit::Fine);
    let whole = if told < section.exit { section.exit } else { Exit::Fine };
    let counted = |exit| (count(exit) + usize::from(whole == exit)).to_string();
    let (tests, failures, errors) =
        ((section.remarks.len() + 1).to_string(), counted(Exit::Findings), counted(Exit::NoAnswer));
    let attributes = [
        ("name", name.as_str()),
        ("tests", tests.as_str()),
        ("failures", failures.as_str()),
        ("errors", errors.as_str()),
    ];
    xml.create_element("testsuite").with_attributes(attributes).write_inner_content(|xml| {
        let verdict = format!("{}; {}", section.verdict, section.version);
        case(xml, &section.service, "was compared", Some((whole, &verdict, &verdict)))?;
        section.remarks.iter().try_for_each(|remark| of_remark(xml, section, remark))
    })?;
    Ok(())
}

fn of_remark(xml: &mut Xml, section: &Section, remark: &Remark) -> io::Result<()> {
    let name = format!("{}: {} ({})", remark.part, remark.rule, remark.identity(&section.service));
    let mut lines = remark.lines();
    if let Some(place) = &remark.place {
        lines = format!("{}:{}:{}\n{lines}", place.file, place.line, place.column);
    }
    case(xml, &section.service, &name, Some((remark.exit, &remark.message, &lines)))
}

/// A case, and what it came to: what is fine has its text as output.
fn case(xml: &mut Xml, class: &str, name: &str, outcome: Option<(Exit, &str, &str)>) -> io::Result<()> {
    let (class, name) = (allowed(class), allowed(name));
    let attributes = [("classname", class.as_str()), ("name", name.as_str())];
    xml.create_element("testcase").with_attributes(attributes).write_inner_content(|xml| {
        let Some((exit, message, text)) = outcome else { return Ok(()) };
        let (message, text) = (allowed(message), allowed(text));
        let element = match exit {
            Exit::Fine => xml.create_element("system-out"),
            Exit::Findings => xml.create_element("failure").with_attribute(("message", message.as_str())),
            Exit::NoAnswer => xml.create_element("error").with_attribute(("message", message.as_str())),
        };
        element.write_text_content(BytesText::new(&text))?;
        Ok(())
    })?;
    Ok(())
}

/// The text without characters that XML 1.0 does not have.
fn allowed(text: &str) -> String {
    let is_character = |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().map(|c| if is_character(c) { c } else { '\u{fffd}' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_does_not_have_is_replaced_and_the_rest_escaped() {
        let error = Error::new("a <b> & \"c\" \u{1b}[31m");
        let text = failure(&error).expect("it is written");
        assert!(text.contains("a &lt;b&gt; &amp; &quot;c&quot; \u{fffd}[31m"), "{text}");
        assert!(!text.contains('\u{1b}'));
    }
}
