//! Confirms counter-examples with the `jsonschema` crate, which shares no code with the engine.

use std::convert::Infallible;

use jsonschema::Validator;
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
    pub(super) fn new(
        formats: Formats,
        writer: (&Value, Draft),
        reader: (&Value, Draft),
    ) -> Result<Self, String> {
        Ok(Self { writer: validator(formats, writer)?, reader: validator(formats, reader)? })
    }

    pub(super) fn confirms(&self, value: &Value) -> bool {
        self.writer.is_valid(value) && !self.reader.is_valid(value)
    }
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
