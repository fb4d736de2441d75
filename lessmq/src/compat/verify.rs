//! Confirms counter-examples: evaluates the schemas of both sides for them.

#[cfg(feature = "jsonschema")]
mod second;

use serde_json::Value;

use super::options::{Draft, Formats};
use super::validator::{Rejection, Validator};
use crate::contract::schema::visit_mut;

/// The validators of both sides.
#[derive(Debug)]
pub(super) struct Verifier<'d> {
    writer: Validator<'d>,
    reader: Validator<'d>,
    #[cfg(feature = "jsonschema")]
    second: second::Verifier,
}

impl<'d> Verifier<'d> {
    /// Asserts formats if the comparison does. Returns the reason if a schema cannot be used.
    pub(super) fn new(
        formats: Formats,
        writer: (&'d Value, Draft),
        reader: (&'d Value, Draft),
    ) -> Result<Self, String> {
        Ok(Self {
            #[cfg(feature = "jsonschema")]
            second: second::Verifier::new(formats, writer, reader)?,
            writer: Validator::new(writer.0, writer.1, formats)?,
            reader: Validator::new(reader.0, reader.1, formats)?,
        })
    }

    /// The places where the reader rejects `value`, and the keywords that reject it.
    pub(super) fn rejections(&mut self, value: &Value) -> Vec<Rejection> {
        self.reader.rejections(value)
    }

    /// Whether the writer may send `value` and the reader rejects it.
    #[cfg(not(feature = "jsonschema"))]
    pub(super) fn confirms(&mut self, value: &Value) -> bool {
        self.first_confirms(value)
    }

    fn first_confirms(&mut self, value: &Value) -> bool {
        self.writer.accepts(value) == Some(true) && self.reader.accepts(value) == Some(false)
    }

    /// Whether the writer may send `value` and the reader rejects it, by both evaluators. Only the second one supports
    /// all patterns, and only the first one knows what references without a target leave undecided.
    #[cfg(feature = "jsonschema")]
    pub(super) fn confirms(&mut self, value: &Value) -> bool {
        if !self.second.confirms(value) {
            return false;
        }
        if self.second.has_unresolved() {
            return self.first_confirms(value);
        }
        self.writer.accepts(value) != Some(false) && self.reader.accepts(value) != Some(true)
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
