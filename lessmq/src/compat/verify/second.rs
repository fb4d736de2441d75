//! Confirms counter-examples with the `jsonschema` crate, which shares no code with the engine.

use std::convert::Infallible;

use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value, json};

use crate::compat::decimal::Decimal;
use crate::compat::formats::{self, FormatId};
use crate::compat::options::{Draft, Formats};
use crate::compat::regex::Terms;
use crate::contract::schema::visit_mut;

/// The validators of both sides.
#[derive(Debug)]
pub(super) struct Verifier {
    writer: Validator,
    reader: Validator,
}

impl Verifier {
    /// `None` if a schema has references without a target.
    pub(super) fn new(
        formats: Formats,
        writer: (&Value, Draft),
        reader: (&Value, Draft),
    ) -> Result<Option<Self>, String> {
        let (writer, reader) = (validator(formats, writer)?, validator(formats, reader)?);
        Ok(writer.zip(reader).map(|(writer, reader)| Self { writer, reader }))
    }

    pub(super) fn confirms(&self, value: &Value) -> bool {
        self.writer.is_valid(value) && !self.reader.is_valid(value)
    }
}

fn validator(formats: Formats, (schema, draft): (&Value, Draft)) -> Result<Option<Validator>, String> {
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
    match options.build(&schema) {
        Ok(validator) => Ok(Some(validator)),
        Err(error) if matches!(error.kind(), ValidationErrorKind::Referencing(_)) => Ok(None),
        Err(error) => Err(format!("the schema cannot be used: {error}")),
    }
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
