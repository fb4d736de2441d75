//! Checks values against one schema, with the evaluator of the engine.

mod parts;
mod rejections;
#[cfg(test)]
mod tests;

use serde_json::Value;

pub(crate) use self::rejections::Rejection;
use super::hash::NumberMap;
use super::options::{Draft, Formats};
use super::regex::may_be_pattern;
use super::schema::{Compiler, Document, Invalid, Lit, Schemas, address};
use crate::contract::schema::subschemas;

/// A schema that values are checked against. Formats that the engine does not know have no effect.
#[derive(Debug)]
pub(crate) struct Validator<'d> {
    schemas: Schemas,
    document: Document<'d>,
    formats: Formats,
    root: &'d Value,
    lit: Lit,
    /// The nodes of the schemas in the document, by address.
    known: NumberMap<usize, Lit>,
    /// The nodes of single keywords, by the address of their value.
    keywords: NumberMap<usize, Lit>,
}

impl<'d> Validator<'d> {
    /// Returns the reason if `schema` cannot be used.
    pub(crate) fn new(schema: &'d Value, draft: Draft, formats: Formats) -> Result<Self, String> {
        let document = Document::new(schema, draft);
        let mut schemas = Schemas::default();
        let mut compiler = Compiler::new(&mut schemas, &document, formats).ignoring_unknown_formats();
        let lit = compiler.root(schema, false).map_err(|Invalid(reason)| reason)?;
        let known = compiler.into_known();
        Ok(Self { schemas, document, formats, root: schema, lit, known, keywords: NumberMap::default() })
    }

    /// Whether `value` is valid. `None` if that cannot be decided, because a pattern is not supported.
    pub(crate) fn accepts(&mut self, value: &Value) -> Option<bool> {
        self.schemas.evaluate(self.lit, value)
    }

    /// Checks what the compiler takes for something that it does not support: references without a target, and texts
    /// that are not patterns.
    pub(crate) fn check_texts(&self) -> Result<(), String> {
        let mut open = vec![self.root];
        while let Some(schema) = open.pop() {
            open.extend(subschemas(schema).map(|(_, inner)| inner));
            let text = |keyword: &str| schema.get(keyword).and_then(Value::as_str);
            if let Some(reference) = text("$ref") {
                self.document.reach(schema, reference).map_err(|unresolved| unresolved.to_string())?;
            }
            let keys = schema.get("patternProperties").and_then(Value::as_object).into_iter().flatten();
            let patterns = text("pattern").into_iter().chain(keys.map(|(key, _)| key.as_str()));
            if let Some(wrong) = patterns.into_iter().find(|pattern| !may_be_pattern(pattern)) {
                return Err(format!("`{wrong}` is not a regular expression"));
            }
        }
        Ok(())
    }
}
