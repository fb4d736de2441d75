//! Confirms counter-examples with the `jsonschema` crate, with the formats of a Rust peer.

use std::convert::Infallible;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use super::decimal::Decimal;
use super::formats::{self, FormatId};
use super::regex::Terms;
use super::{Draft, Formats};
use crate::contract::schema::visit_mut;

/// The validators of both sides.
#[derive(Debug)]
pub(super) struct Verifier {
    writer: Validator,
    reader: Validator,
}

impl Verifier {
    /// Asserts formats if the comparison does. Returns the reason if a schema cannot be used.
    pub(super) fn new(
        formats: Formats,
        writer: (&Value, Draft),
        reader: (&Value, Draft),
    ) -> Result<Self, String> {
        Ok(Self { writer: validator(formats, writer)?, reader: validator(formats, reader)? })
    }

    /// The places where `value` is rejected, and the keywords that reject it.
    pub(super) fn reasons(&self, value: &Value) -> Vec<(String, String)> {
        let reason = |error: jsonschema::ValidationError<'_>| {
            (error.instance_path().to_string(), error.schema_path().to_string())
        };
        self.reader.iter_errors(value).map(reason).collect()
    }

    /// Whether the writer may send `value` and the reader rejects it.
    pub(super) fn confirms(&self, value: &Value) -> bool {
        self.writer.is_valid(value) && !self.reader.is_valid(value)
    }
}

/// Keywords that apply several schemas to one object.
const CONJUNCTS: [&str; 9] = [
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "patternProperties",
    "dependentSchemas",
    "dependencies",
    "unevaluatedProperties",
];

/// The schema of a closed writer in plain JSON Schema: without undeclared properties. `None` if several schemas apply to
/// one object, because each of them would reject the properties of the others.
pub(super) fn closed(schema: &Value) -> Option<Value> {
    let mut closed = schema.clone();
    let visited = visit_mut(&mut closed, |members| {
        let declares = members.contains_key("properties");
        if CONJUNCTS.iter().any(|key| members.contains_key(*key)) || declares && members.contains_key("$ref")
        {
            return Err(());
        }
        if members.get("properties").is_some_and(Value::is_object) {
            members.entry("additionalProperties").or_insert(Value::Bool(false));
        }
        Ok(())
    });
    visited.is_ok().then_some(closed)
}

fn validator(formats: Formats, (schema, draft): (&Value, Draft)) -> Result<Validator, String> {
    let draft = match draft {
        Draft::Draft7 => jsonschema::Draft::Draft7,
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
            for name in FormatId::checked_here() {
                let id = FormatId::named(name).expect("the table names it");
                options =
                    options.with_format(name, move |text: &str| id.accepts(text, &mut Terms::default()));
            }
            with_ranges = with_integer_ranges(schema);
            &with_ranges
        }
        Formats::Annotate => schema,
    };
    options.build(schema).map_err(|error| format!("the `jsonschema` crate rejects the schema: {error}"))
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
