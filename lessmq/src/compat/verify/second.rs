//! Confirms counter-examples with the `jsonschema` crate, which shares no code with the engine.

use std::convert::Infallible;

use jsonschema::Validator;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value, json};

use crate::compat::decimal::Decimal;
use crate::compat::formats::{self, FormatId};
use crate::compat::options::{Draft, Formats};
use crate::compat::regex::Terms;
use crate::compat::schema::Document;
use crate::contract::schema::{is_definitions, subschemas, visit_mut};

/// The validators of both sides.
#[derive(Debug)]
pub(super) struct Verifier {
    writer: Side,
    reader: Side,
}

/// The validators of one schema. If references have no target, there are two: one for which their targets accept every value,
/// and one for which they accept none.
#[derive(Debug)]
struct Side(Vec<Validator>);

impl Verifier {
    pub(super) fn new(
        formats: Formats,
        writer: (&Value, Draft),
        reader: (&Value, Draft),
    ) -> Result<Self, String> {
        Ok(Self { writer: Side::new(formats, writer)?, reader: Side::new(formats, reader)? })
    }

    pub(super) fn confirms(&self, value: &Value) -> bool {
        self.writer.0.iter().all(|writer| writer.is_valid(value))
            && self.reader.0.iter().all(|reader| !reader.is_valid(value))
    }

    /// Whether references have no target. What only some of them decide is then not known.
    pub(super) fn has_unresolved(&self) -> bool {
        self.writer.0.len() > 1 || self.reader.0.len() > 1
    }
}

impl Side {
    fn new(formats: Formats, (schema, draft): (&Value, Draft)) -> Result<Self, String> {
        let unresolved = unresolved(schema, draft);
        if unresolved.is_empty() {
            return Ok(Self(vec![validator(formats, (schema, draft))?]));
        }
        let with = |accepts: bool| {
            let schema = replaced(schema, draft, &unresolved, accepts);
            validator(formats, (&schema, draft))
        };
        Ok(Self(vec![with(true)?, with(false)?]))
    }
}

/// The keywords with a reference.
const REFERENCES: [&str; 3] = ["$ref", "$dynamicRef", "$recursiveRef"];

/// The pointers to the schemas with references that have no target for the crate.
fn unresolved(schema: &Value, draft: Draft) -> Vec<String> {
    let mut found = Vec::new();
    let mut document: Option<Document<'_>> = None;
    let mut remaining = vec![(schema, String::new())];
    while let Some((inner, pointer)) = remaining.pop() {
        let known = REFERENCES.into_iter().filter(|keyword| draft.has(keyword));
        let mut references = known.filter_map(|keyword| inner.get(keyword)?.as_str());
        let mut has_target = |reference: &str| {
            let document = document.get_or_insert_with(|| Document::new(schema, draft));
            // The crate knows only the meta-schemas of the draft of the document.
            document.reach(inner, reference).is_ok_and(|target| target.document.draft == draft)
        };
        if !references.all(&mut has_target) {
            found.push(pointer.clone());
        }
        remaining.extend(subschemas(inner).map(|(below, inner)| (inner, format!("{pointer}{below}"))));
    }
    found
}

/// The schema in which the references of the schemas at `pointers` accept every value, or none.
fn replaced(schema: &Value, draft: Draft, pointers: &[String], accepts: bool) -> Value {
    let mut schema = schema.clone();
    for pointer in pointers {
        let Some(Value::Object(members)) = schema.pointer_mut(pointer) else { continue };
        if draft.has_ref_alone() {
            members.retain(|keyword, _| is_definitions(keyword));
        } else {
            REFERENCES.into_iter().for_each(|keyword| drop(members.remove(keyword)));
        }
        if !accepts && let Value::Array(parts) = members.entry("allOf").or_insert_with(|| json!([])) {
            parts.push(json!({"not": {}}));
        }
    }
    schema
}

fn validator(formats: Formats, (schema, draft): (&Value, Draft)) -> Result<Validator, String> {
    let draft = match draft {
        Draft::Draft4 => jsonschema::Draft::Draft4,
        Draft::Draft6 => jsonschema::Draft::Draft6,
        Draft::Draft7 => jsonschema::Draft::Draft7,
        Draft::Draft201909 => jsonschema::Draft::Draft201909,
        Draft::Draft202012 => jsonschema::Draft::Draft202012,
    };
    let mut options = jsonschema::options()
        .with_draft(draft)
        .offline()
        .should_validate_formats(formats == Formats::Assert)
        .should_ignore_unknown_formats(true);
    let with_ranges;
    let schema = match formats {
        Formats::Assert => {
            for name in ["char", "ip"] {
                let id = FormatId::named(name).expect("the table names it");
                options =
                    options.with_format(name, move |text: &str| id.accepts(text, &mut Terms::default()));
            }
            with_ranges = with_integer_ranges(schema);
            &with_ranges
        }
        Formats::Annotate => schema,
    };
    let schema = with_encoded_references(schema);
    options.build(&schema).map_err(|error| format!("the schema cannot be used: {error}"))
}

/// Characters that a URI does not have, but that references to definitions have, such as `#/definitions/Map<String, u8>`.
const NOT_IN_URIS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Characters that the fragment of a URI does not have, such as those in `#/definitions/Item[]`.
const NOT_IN_FRAGMENTS: &AsciiSet = &NOT_IN_URIS.add(b'[').add(b']').add(b'#');

/// The schema with percent-encoded references.
fn with_encoded_references(schema: &Value) -> Value {
    let mut schema = schema.clone();
    let Ok(()) = visit_mut(&mut schema, |members| {
        for key in ["$ref", "$dynamicRef"] {
            if let Some(Value::String(reference)) = members.get_mut(key) {
                let (uri, fragment) = reference.split_once('#').unwrap_or((reference, ""));
                *reference = format!(
                    "{}#{}",
                    utf8_percent_encode(uri, NOT_IN_URIS),
                    utf8_percent_encode(fragment, NOT_IN_FRAGMENTS)
                );
            }
        }
        Ok::<(), Infallible>(())
    });
    schema
}

/// The schema with a range for every integer format, because the `jsonschema` crate asserts formats of strings only.
fn with_integer_ranges(schema: &Value) -> Value {
    let mut schema = schema.clone();
    let Ok(()) = visit_mut(&mut schema, |members| {
        if let Some(range) = integer_range(members)
            && let Value::Array(parts) = members.entry("allOf").or_insert_with(|| Value::Array(vec![]))
        {
            parts.push(range);
        }
        Ok::<(), Infallible>(())
    });
    schema
}

fn integer_range(members: &Map<String, Value>) -> Option<Value> {
    let (min, max) = formats::integer_range(members.get("format")?.as_str()?)?;
    let number = |value: i128| Decimal::from_integer(value).to_number();
    Some(json!({"minimum": number(min)?, "maximum": number(max)?, "multipleOf": 1}))
}
