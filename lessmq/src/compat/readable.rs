//! Makes counter-examples readable: declared examples, defaults and field names in place of `"a"`.

use serde_json::Value;

use super::explain::{Cause, applying_to};
use super::formats::FormatId;
use super::schema::Document;
use super::verify::Verifier;
use crate::contract::schema::join;

/// The limit of strings that are tried in a counter-example.
const MAX_TRIES: u32 = 64;
/// The depth limit of the search for strings.
const MAX_DEPTH: usize = 32;

/// `value` with more readable strings, where it stays a counter-example for the same reasons.
pub(super) fn readable(
    document: &Document<'_>,
    sent: &Value,
    verifier: &mut Verifier<'_>,
    value: Value,
    cause: &Cause,
) -> Value {
    let mut texts = Vec::new();
    collect(document, &[sent], &value, &mut Place::default(), &mut texts);
    if texts.is_empty() {
        return value;
    }
    texts.retain(|text| !is_quoted(cause, &text.pointer));
    let rejections = verifier.rejections(&value);
    let mut all = value.clone();
    for text in &texts {
        if let Some(place) = all.pointer_mut(&text.pointer) {
            place.clone_from(&text.candidates[0]);
        }
    }
    if verifier.confirms(&all) && verifier.rejections(&all) == rejections {
        return all;
    }
    let (mut best, mut tries) = (value, MAX_TRIES);
    for text in texts {
        for candidate in text.candidates {
            let Some(left) = tries.checked_sub(1) else { return best };
            tries = left;
            let mut next = best.clone();
            let Some(place) = next.pointer_mut(&text.pointer) else { break };
            *place = candidate;
            if verifier.confirms(&next) && verifier.rejections(&next) == rejections {
                best = next;
                break;
            }
        }
    }
    best
}

/// Whether the explanation quotes the value at `pointer`.
fn is_quoted(cause: &Cause, pointer: &str) -> bool {
    let below = pointer.strip_prefix(cause.place.instance.as_str());
    cause.quotes && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A string in the value and its replacements, the best first.
struct Text {
    pointer: String,
    candidates: Vec<Value>,
}

#[derive(Default)]
struct Place {
    pointer: String,
    /// The field that contains the value.
    field: Option<String>,
    depth: usize,
}

/// The strings in `value`. `schemas` are the schemas that apply to `value`.
fn collect<'d>(
    document: &Document<'d>,
    schemas: &[&'d Value],
    value: &Value,
    place: &mut Place,
    texts: &mut Vec<Text>,
) {
    if place.depth > MAX_DEPTH {
        return;
    }
    let schemas = applying_to(document, schemas, value);
    let mut below = |name: &str, field: Option<&str>, inner: &Value| {
        let parts: Vec<&Value> = schemas
            .iter()
            .flat_map(|schema| super::explain::part_of(document.draft, schema, value, name))
            .collect();
        let mut place = Place {
            pointer: join(&place.pointer, name),
            field: field.map(str::to_owned).or_else(|| place.field.clone()),
            depth: place.depth + 1,
        };
        collect(document, &parts, inner, &mut place, texts);
    };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, inner)| below(name, Some(name), inner)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, inner)| below(&index.to_string(), None, inner));
        }
        Value::String(text) => {
            let candidates = candidates(&schemas, place.field.as_deref(), text);
            if !candidates.is_empty() {
                texts.push(Text { pointer: place.pointer.clone(), candidates });
            }
        }
        _ => {}
    }
}

fn candidates(schemas: &[&Value], field: Option<&str>, text: &str) -> Vec<Value> {
    let is_fixed = |schema: &&Value| schema.get("const").is_some() || schema.get("enum").is_some();
    if schemas.iter().any(is_fixed) {
        return Vec::new();
    }
    let declared = schemas.iter().flat_map(|schema| {
        let examples = schema.get("examples").and_then(Value::as_array).into_iter().flatten();
        examples.chain(schema.get("default"))
    });
    let formats = schemas.iter().filter_map(|schema| FormatId::named(schema.get("format")?.as_str()?));
    let samples: Vec<Value> =
        formats.flat_map(|format| format.samples()).map(|&sample| Value::from(sample)).collect();
    let plain = samples.is_empty().then(|| Value::from(field.unwrap_or("text")));
    let declared = declared.filter(|value| value.is_string()).cloned();
    declared.chain(samples).chain(plain).filter(|candidate| candidate != text).collect()
}
