//! Renders doc comments of the service, which are untrusted Markdown.
//!
//! HTML is shown as text, and images as their alternative text (nothing is loaded). Only links to web and mail
//! addresses remain links. Headings are below those of the page.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};
use url::Url;

/// The level of the first heading in a text.
const TOP: usize = 5;

/// The extensions of CommonMark that are supported.
const OPTIONS: Options = Options::ENABLE_TABLES.union(Options::ENABLE_STRIKETHROUGH);

/// The text as HTML.
pub(super) fn to_html(text: &str) -> String {
    let text = plain(text);
    let mut out = String::new();
    html::push_html(&mut out, events(&text));
    out
}

/// The text as Markdown below the headings of the page.
pub(super) fn to_markdown(text: &str) -> String {
    let text = plain(text);
    let mut out = String::new();
    match pulldown_cmark_to_cmark::cmark(events(&text), &mut out, OPTIONS) {
        Ok(_) => out,
        // Text that cannot be written as Markdown is shown as code.
        Err(_) => format!("```text\n{}\n```", text.replace("```", "'''")),
    }
}

/// The text as Markdown on one line of a table.
pub(super) fn to_cell(text: &str) -> String {
    cell(&to_markdown(text))
}

/// Markdown without line breaks and separators, which would end the cell of a table.
pub(super) fn cell(markdown: &str) -> String {
    let line = markdown.split_whitespace().collect::<Vec<_>>().join(" ");
    line.replace("\\|", "|").replace('|', "\\|")
}

/// A text without control characters, which could control the terminal.
pub(super) fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

fn events(text: &str) -> impl Iterator<Item = Event<'_>> {
    let mut dropped = Vec::new();
    Parser::new_ext(text, OPTIONS).filter_map(move |event| match event {
        Event::Html(html) | Event::InlineHtml(html) => Some(Event::Text(html)),
        Event::Start(Tag::HtmlBlock) => Some(Event::Start(Tag::Paragraph)),
        Event::End(TagEnd::HtmlBlock) => Some(Event::End(TagEnd::Paragraph)),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        Event::Start(Tag::Link { ref dest_url, .. }) => {
            let is_kept = leads_to_the_web(dest_url);
            dropped.push(!is_kept);
            is_kept.then_some(event)
        }
        Event::End(TagEnd::Link) => (!dropped.pop().unwrap_or_default()).then_some(event),
        Event::Start(Tag::Heading { level, .. }) => Some(Event::Start(Tag::Heading {
            level: lowered(level),
            id: None,
            classes: Vec::new(),
            attrs: Vec::new(),
        })),
        Event::End(TagEnd::Heading(level)) => Some(Event::End(TagEnd::Heading(lowered(level)))),
        other => Some(other),
    })
}

fn leads_to_the_web(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| ["http", "https", "mailto"].contains(&url.scheme()))
}

fn lowered(level: HeadingLevel) -> HeadingLevel {
    HeadingLevel::try_from(TOP - 1 + level as usize).unwrap_or(HeadingLevel::H6)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, html: &str, markdown: &str) {
        assert_eq!(to_html(text).trim(), html);
        assert_eq!(to_markdown(text).trim(), markdown);
    }

    #[test]
    fn html_is_text() {
        check("a <b>c</b>", "<p>a &lt;b&gt;c&lt;/b&gt;</p>", "a \\<b>c\\</b>");
        assert!(!to_html("<script>\nalert(1)\n</script>").contains("<script"));
        assert!(!to_markdown("<script>\nalert(1)\n</script>").contains("\n<"));
    }

    #[test]
    fn links_lead_to_the_web_or_are_text() {
        check(
            "[a](https://b.example/)",
            "<p><a href=\"https://b.example/\">a</a></p>",
            "[a](https://b.example/)",
        );
        for address in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "data:text/html,x",
            "&#106;avascript:x",
            "//x",
            "x",
        ] {
            check(&format!("[a]({address})"), "<p>a</p>", "a");
        }
        check("![a *b*](https://spy.example/p.png)", "<p>a <em>b</em></p>", "a *b*");
    }

    #[test]
    fn headings_stand_below_those_of_the_page() {
        check("# Errors", "<h5>Errors</h5>", "##### Errors");
        check("### Errors", "<h6>Errors</h6>", "###### Errors");
    }

    #[test]
    fn a_cell_stays_one_cell() {
        assert_eq!(to_cell("a | b\n\nc `d|e`"), "a \\| b c `d\\|e`");
        assert_eq!(to_cell("a\u{1b}[31m"), "a\\[31m");
    }
}
