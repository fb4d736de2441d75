//! The second opinion: the `jsonschema` crate, with the formats of a Rust peer.

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use super::decimal::Decimal;
use super::formats::{self, FormatId};
use super::regex::Terms;
use super::{Draft, Formats};

#[derive(Debug)]
pub(super) struct Verifier {
    formats: Formats,
}

impl Verifier {
    pub(super) fn new(formats: Formats) -> Self {
        Self { formats }
    }

    /// A validator that asserts string formats where this comparison does.
    pub(super) fn validator(&self, schema: &Value, draft: Draft) -> Result<Validator, Option<String>> {
        let draft = match draft {
            Draft::Draft7 => jsonschema::Draft::Draft7,
            Draft::Draft202012 => jsonschema::Draft::Draft202012,
        };
        let mut options = jsonschema::options()
            .with_draft(draft)
            .offline()
            .should_validate_formats(self.formats == Formats::Assert)
            .should_ignore_unknown_formats(true);
        if self.formats == Formats::Assert {
            for name in FormatId::own() {
                let id = FormatId::named(name).expect("the table names it");
                options =
                    options.with_format(name, move |text: &str| id.accepts(text, &mut Terms::default()));
            }
        }
        let spelt;
        let schema = match self.formats {
            Formats::Assert => {
                spelt = with_integer_ranges(schema);
                &spelt
            }
            Formats::Annotate => schema,
        };
        options
            .build(schema)
            .map_err(|error| Some(format!("the `jsonschema` crate refuses the schema: {error}")))
    }
}

/// The schema with every integer format spelt out as a range: the `jsonschema` crate asserts formats of strings only.
fn with_integer_ranges(schema: &Value) -> Value {
    match schema {
        Value::Array(items) => Value::Array(items.iter().map(with_integer_ranges).collect()),
        Value::Object(members) => {
            let mut spelt: Map<String, Value> = members
                .iter()
                .map(|(key, member)| {
                    let verbatim = matches!(key.as_str(), "const" | "enum" | "default" | "examples");
                    (key.clone(), if verbatim { member.clone() } else { with_integer_ranges(member) })
                })
                .collect();
            if let Some(range) = integer_range(members) {
                match spelt.entry("allOf").or_insert_with(|| Value::Array(vec![])) {
                    Value::Array(parts) => parts.push(range),
                    _ => {}
                }
            }
            Value::Object(spelt)
        }
        _ => schema.clone(),
    }
}

fn integer_range(members: &Map<String, Value>) -> Option<Value> {
    let (min, max) = formats::integer_range(members.get("format")?.as_str()?)?;
    let number = |value: i128| Decimal::from_integer(value).to_number();
    Some(json!({"minimum": number(min)?, "maximum": number(max)?, "multipleOf": 1}))
}
