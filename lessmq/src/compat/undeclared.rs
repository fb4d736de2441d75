//! The fields of a message that its receiver ignores.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Draft;
use super::explain::{applying_to, parts_of};
use super::schema::Document;
use crate::contract::expand_aliases;
use crate::contract::schema::{is_annotation, is_definitions, join};

/// The depth limit of the search.
const MAX_DEPTH: usize = 64;
/// Keywords that may declare fields under conditions. Fields next to them are not reported.
const CONDITIONS: [&str; 6] =
    ["$dynamicRef", "dependencies", "dependentSchemas", "if", "patternProperties", "unevaluatedProperties"];

/// The fields of `value` that `schema` does not declare, as JSON pointers.
///
/// A typed receiver ignores them, so a schema accepts them. In a message that a person wrote, such a field is a mistake.
/// Maps, and schemas that accept any object, declare every field.
///
/// ```
/// use lessmq::compat::undeclared_fields;
/// use serde_json::json;
///
/// let schema = json!({"type": "object", "properties": {"id": {"type": "integer"}, "limit": {"type": "integer"}}});
/// assert_eq!(undeclared_fields(&schema, &json!({"id": 1, "limt": 10})), ["/limt"]);
/// ```
#[must_use]
pub fn undeclared_fields(schema: &Value, value: &Value) -> Vec<String> {
    let expanded = expand_aliases(schema);
    let document = Document::new(&expanded, Draft::default());
    let mut found = Vec::new();
    collect(&document, &[&expanded], value, &Place::default(), &mut found);
    found
}

#[derive(Default)]
struct Place {
    pointer: String,
    depth: usize,
}

/// Adds the undeclared fields in `value`, to which `schemas` apply.
fn collect<'d>(
    document: &Document<'d>,
    schemas: &[&'d Value],
    value: &Value,
    place: &Place,
    found: &mut Vec<String>,
) {
    let schemas = applying_to(document, schemas, value);
    if place.depth > MAX_DEPTH || schemas.iter().any(|schema| may_declare_any_field(schema)) {
        return;
    }
    let mut declared: BTreeMap<String, Vec<&'d Value>> = BTreeMap::new();
    for schema in &schemas {
        for (name, inner) in parts_of(document.draft, schema, value) {
            declared.entry(name).or_default().push(inner);
        }
    }
    let has_fields = value.is_object() && schemas.iter().any(|schema| schema.get("properties").is_some());
    for (name, inner) in members(value) {
        let pointer = join(&place.pointer, &name);
        match declared.get(&name) {
            Some(parts) => collect(document, parts, inner, &Place { pointer, depth: place.depth + 1 }, found),
            None if has_fields => found.push(pointer),
            None => {}
        }
    }
}

fn members(value: &Value) -> Vec<(String, &Value)> {
    match value {
        Value::Object(fields) => fields.iter().map(|(name, inner)| (name.clone(), inner)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, inner)| (index.to_string(), inner)).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether the schema accepts any value, or has conditions.
fn may_declare_any_field(schema: &Value) -> bool {
    let Some(keywords) = schema.as_object() else { return schema == &Value::Bool(true) };
    let has_effect = |keyword: &String| !is_annotation(keyword) && !is_definitions(keyword);
    !keywords.keys().any(has_effect) || CONDITIONS.iter().any(|keyword| keywords.contains_key(*keyword))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use schemars::JsonSchema;
    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::contract::Message;

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only the schema is used")]
    struct Order {
        id: u32,
        address: Option<Address>,
        labels: BTreeMap<String, String>,
        items: Vec<Item>,
        extra: Value,
    }

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only the schema is used")]
    struct Address {
        street: String,
    }

    #[derive(Deserialize, JsonSchema)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    #[expect(dead_code, reason = "only the schema is used")]
    enum Item {
        Book { isbn: String },
        Voucher { value: u32 },
    }

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only the schema is used")]
    struct Flattened {
        #[serde(flatten)]
        address: Address,
        country: String,
    }

    fn check<T: JsonSchema>(value: &Value, expected: &[&str]) {
        assert_eq!(undeclared_fields(&Message::of::<T>().reads, value), expected, "{value}");
    }

    #[test]
    fn declared_fields_are_found_behind_references_options_and_tags() {
        let order = json!({
            "id": 1, "address": {"street": "A"}, "labels": {"any": "name"}, "extra": {"any": {"thing": 1}},
            "items": [{"kind": "book", "isbn": "x"}, {"kind": "voucher", "value": 5}],
        });
        check::<Order>(&order, &[]);
        check::<Flattened>(&json!({"street": "A", "country": "B"}), &[]);
    }

    #[test]
    fn undeclared_fields_are_found_at_every_depth() {
        let order = json!({
            "id": 1, "adress": {}, "address": {"street": "A", "zip/code": 1}, "labels": {}, "extra": 1,
            "items": [{"kind": "book", "isbn": "x", "value": 1}],
        });
        check::<Order>(&order, &["/address/zip~1code", "/adress", "/items/0/value"]);
        check::<Flattened>(&json!({"street": "A", "country": "B", "city": "C"}), &["/city"]);
    }

    #[test]
    fn any_object_declares_every_field() {
        check::<Value>(&json!({"a": {"b": 1}}), &[]);
        for schema in [json!(true), json!({"description": "anything"}), json!({"type": "object"})] {
            assert!(undeclared_fields(&schema, &json!({"a": 1})).is_empty(), "{schema}");
        }
    }
}
