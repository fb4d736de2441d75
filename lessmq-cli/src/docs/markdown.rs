//! The page as GitHub Flavored Markdown.

use super::model::{Group, Message, Method, Page, Service};
use super::prose::{cell, plain, to_cell, to_markdown};
use super::shape::{Field, Shape, Variant};
use super::words::Piece;

pub(super) fn document(page: &Page) -> String {
    let services: Vec<String> = page.services.iter().map(service).collect();
    services.join("\n")
}

fn service(service: &Service) -> String {
    let Service { name, version, fingerprint, .. } = service;
    let mut out = format!("# {name}\n\nVersion {version}, contract `{fingerprint}`.\n\n");
    out += &paragraph(service.description.as_deref());
    for group in &service.groups {
        out += &contents(group);
    }
    if !service.types.is_empty() {
        let links: Vec<String> = service.types.iter().map(|named| type_link(service, &named.name)).collect();
        out += &format!("**Types**: {}\n\n", links.join(", "));
    }
    for group in &service.groups {
        out += &format!("## {}\n\n{}\n\n", group.title, group.meaning);
        for one in &group.methods {
            out += &method(service, one);
        }
    }
    if !service.types.is_empty() {
        out += "## Types\n\n";
    }
    for named in &service.types {
        out += &format!("### <a id=\"{}\"></a>{}\n\n", named.anchor, escaped(&named.name));
        out += &shape(service, &named.shape);
    }
    out.trim_end().to_owned() + "\n"
}

fn contents(group: &Group) -> String {
    let link = |method: &Method| {
        let name = format!("[{}](#{})", escaped(&method.name), method.anchor);
        if method.deprecated.is_some() { format!("~~{name}~~") } else { name }
    };
    let links: Vec<String> = group.methods.iter().map(link).collect();
    format!("**{}**: {}\n\n", group.title, links.join(", "))
}

fn method(service: &Service, method: &Method) -> String {
    let mut out = format!("### <a id=\"{}\"></a>{}\n\n", method.anchor, escaped(&method.name));
    if let Some(reason) = &method.deprecated {
        let reason = to_cell(reason);
        let colon = if reason.is_empty() { "." } else { ":" };
        out += format!("> **Deprecated**{colon} {reason}").trim_end();
        out += "\n\n";
    }
    out += &paragraph(method.description.as_deref());
    let repeatable = if method.is_idempotent { ", may be repeated" } else { "" };
    out += &format!("`{}`: {}{repeatable}.\n\n", method.anchor, method.kind);
    for message in &method.messages {
        out += &self::message(service, message);
    }
    out
}

fn message(service: &Service, message: &Message) -> String {
    let mut out = format!("#### {}\n\n", message.title);
    out += &shape(service, &message.shape);
    if let Some(example) = &message.example {
        out += &format!("```json\n{}\n```\n\n", plain(example));
    }
    out
}

fn shape(service: &Service, shape: &Shape) -> String {
    let mut out = paragraph(shape.description.as_deref());
    if shape.fields.is_empty() && shape.variants.is_empty() {
        let words = [pieces(service, &shape.words), notes(service, &shape.notes)];
        let words: Vec<String> = words.into_iter().filter(|words| !words.is_empty()).collect();
        return out + &format!("Type: {}.\n\n", words.join("; "));
    }
    out += &fields(service, &shape.fields);
    if !shape.variants.is_empty() {
        let also = if shape.fields.is_empty() { "One of" } else { "And one of" };
        out += &format!("{also}:\n\n");
    }
    for one in &shape.variants {
        out += &variant(service, one);
    }
    if out.ends_with("\n\n") { out } else { out + "\n" }
}

fn variant(service: &Service, variant: &Variant) -> String {
    let description = variant.description.as_deref().map(to_cell).unwrap_or_default();
    let colon = if description.is_empty() { "" } else { ": " };
    let mut out = format!("- {}{colon}{}\n", pieces(service, &variant.name), description.trim());
    let table = fields(service, &variant.fields);
    if !table.is_empty() {
        out += "\n";
        for line in table.trim_end().lines() {
            out += &format!("  {line}\n");
        }
        out += "\n";
    }
    out
}

fn fields(service: &Service, fields: &[Field]) -> String {
    if fields.is_empty() {
        return String::new();
    }
    let mut out = "| Field | Type | Required | Description |\n| --- | --- | --- | --- |\n".to_owned();
    for field in fields {
        let name = cell(&code(&field.path));
        let words = cell(&pieces(service, &field.words));
        let required = if field.is_required { "yes" } else { "no" };
        let deprecated = if field.is_deprecated { "**Deprecated.**" } else { "" };
        let description = field.description.as_deref().map(to_cell).unwrap_or_default();
        let notes = cell(&notes(service, &field.notes));
        let notes = if notes.is_empty() { notes } else { format!("({notes})") };
        let texts = [deprecated, description.trim(), &notes].into_iter().filter(|text| !text.is_empty());
        let texts: Vec<&str> = texts.collect();
        out += &format!("| {name} | {words} | {required} | {} |\n", texts.join(" "));
    }
    out + "\n"
}

fn paragraph(markdown: Option<&str>) -> String {
    let text = markdown.map(to_markdown).unwrap_or_default();
    if text.trim().is_empty() { String::new() } else { format!("{}\n\n", text.trim_end()) }
}

fn notes(service: &Service, notes: &[Vec<Piece>]) -> String {
    notes.iter().map(|note| pieces(service, note)).collect::<Vec<_>>().join(", ")
}

fn pieces(service: &Service, pieces: &[Piece]) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => escaped(text),
        Piece::Code(text) => code(text),
        Piece::Type(name) => type_link(service, name),
    };
    pieces.iter().map(piece).collect()
}

fn type_link(service: &Service, name: &str) -> String {
    format!("[{}](#{})", escaped(name), service.type_anchor(name))
}

/// Text with Markdown's special characters escaped.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in plain(text).chars() {
        if "\\`*_[]<>&#|~!".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Text as code, between as many backticks as needed.
fn code(text: &str) -> String {
    let text = plain(text).replace('\n', " ");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if longest > 0 { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}
