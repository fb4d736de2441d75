//! Describes a schema in a few words: `list of Book`, `string (uuid)`, `at most 200 characters`.

use serde_json::{Map, Value};

use super::hoist::{PREFIX, Types};

/// A part of the description of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    /// A value as it is in a message.
    Code(String),
    /// The name of a type of the same service.
    Type(String),
}

/// More alternatives than this are counted instead of named.
const MAX_NAMED_ALTERNATIVES: usize = 5;
/// The list of values is cut after this number.
const MAX_LISTED_VALUES: usize = 12;

pub(super) fn text(text: impl Into<String>) -> Piece {
    Piece::Text(text.into())
}

/// The type of a schema's values.
pub(super) fn type_of(schema: &Value) -> Vec<Piece> {
    let Value::Object(keywords) = schema else {
        return vec![text(if *schema == Value::Bool(false) { "nothing" } else { "any value" })];
    };
    if let Some(reference) = keywords.get("$ref") {
        return match Types::split(reference) {
            Some((name, "")) => vec![Piece::Type(name.to_owned())],
            _ => vec![text(reference.as_str().unwrap_or_default().trim_start_matches(PREFIX))],
        };
    }
    if let Some(value) = keywords.get("const") {
        return vec![Piece::Code(value.to_string())];
    }
    let list =
        |keyword: &str| keywords.get(keyword).and_then(Value::as_array).filter(|list| !list.is_empty());
    if let Some(values) = list("enum") {
        let shown = values.iter().take(MAX_LISTED_VALUES).map(|value| vec![Piece::Code(value.to_string())]);
        let more = (values.len() > MAX_LISTED_VALUES).then(|| vec![text("…")]);
        return joined(shown.chain(more), " or ");
    }
    if let Some(variants) = list("oneOf").or(list("anyOf")) {
        if variants.len() > MAX_NAMED_ALTERNATIVES {
            return vec![text(format!("one of {} variants", variants.len()))];
        }
        return joined(variants.iter().map(type_of), " or ");
    }
    match (list("allOf"), keywords.get("type")) {
        (Some(parts), None) => joined(parts.iter().map(type_of), " and "),
        (_, Some(Value::String(kind))) => of_kind(kind, keywords),
        (_, Some(Value::Array(kinds))) => {
            joined(kinds.iter().filter_map(Value::as_str).map(|kind| of_kind(kind, keywords)), " or ")
        }
        _ if keywords.contains_key("properties") => vec![text("object")],
        _ => vec![text("any value")],
    }
}

fn of_kind(kind: &str, keywords: &Map<String, Value>) -> Vec<Piece> {
    let format = keywords.get("format").and_then(Value::as_str);
    let inner = |before: &str, schema: &Value| {
        let mut pieces = vec![text(before)];
        pieces.extend(type_of(schema));
        pieces
    };
    let more = keywords.get("additionalProperties").filter(|more| more.is_object());
    match (kind, format) {
        ("array", _) => {
            match (keywords.get("prefixItems").and_then(Value::as_array), keywords.get("items")) {
                (Some(items), _) => {
                    let mut pieces = vec![text("tuple of ")];
                    pieces.extend(joined(items.iter().map(type_of), ", "));
                    pieces
                }
                (None, Some(items)) => inner("list of ", items),
                (None, None) => vec![text("list")],
            }
        }
        ("object", _) => match more {
            Some(values) if !keywords.contains_key("properties") => inner("map of ", values),
            _ => vec![text("object")],
        },
        (kind, Some(format)) if kind != "null" && kind != "boolean" => {
            vec![text(format!("{kind} ({format})"))]
        }
        (kind, _) => vec![text(kind)],
    }
}

fn joined(parts: impl Iterator<Item = Vec<Piece>>, separator: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for part in parts {
        if !pieces.is_empty() {
            pieces.push(text(separator));
        }
        pieces.extend(part);
    }
    pieces
}

/// Further conditions of a schema on its values.
pub(super) fn notes(schema: &Value) -> Vec<Vec<Piece>> {
    let is_unsigned = schema["format"].as_str().is_some_and(|format| format.starts_with("uint"));
    let mut notes = Vec::new();
    let value = |keyword: &str| schema.get(keyword).filter(|value| !value.is_null());
    for (keyword, before) in [
        ("minimum", "at least "),
        ("exclusiveMinimum", "more than "),
        ("maximum", "at most "),
        ("exclusiveMaximum", "less than "),
        ("multipleOf", "a multiple of "),
        ("default", "by default "),
    ] {
        if let Some(value) =
            value(keyword).filter(|value| !(is_unsigned && **value == 0 && keyword == "minimum"))
        {
            notes.push(vec![text(before), Piece::Code(value.to_string())]);
        }
    }
    if let Some(pattern) = schema["pattern"].as_str() {
        notes.push(vec![text("matches "), Piece::Code(pattern.to_owned())]);
    }
    for (least, most, unit) in [
        ("minLength", "maxLength", "characters"),
        ("minItems", "maxItems", "entries"),
        ("minProperties", "maxProperties", "fields"),
    ] {
        let bound = match (value(least), value(most)) {
            (Some(least), Some(most)) if least == most => format!("{least} {unit}"),
            (Some(least), Some(most)) => format!("{least} to {most} {unit}"),
            (Some(least), None) => format!("at least {least} {unit}"),
            (None, Some(most)) => format!("at most {most} {unit}"),
            (None, None) => continue,
        };
        // The length of a tuple is already shown.
        if schema.get("prefixItems").is_none() {
            notes.push(vec![text(bound)]);
        }
    }
    if schema["uniqueItems"] == true {
        notes.push(vec![text("no duplicate entries")]);
    }
    if let Some(example) = schema["examples"].as_array().and_then(|examples| examples.first()) {
        notes.push(vec![text("for example "), Piece::Code(example.to_string())]);
    }
    notes
}
