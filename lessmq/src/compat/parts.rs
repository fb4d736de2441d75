//! The fields and items of a value, with the schemas that one schema has for them.

use serde_json::{Map, Value};

use super::options::Draft;
use crate::contract::schema::escape;

/// A field or an item, and a schema for it.
#[derive(Debug)]
pub(super) struct Part<'d, 'v> {
    pub(super) schema: &'d Value,
    pub(super) value: &'v Value,
    /// The name of the field, or the index of the item.
    pub(super) name: String,
    /// A JSON pointer from the schema around it, without the first `/`.
    pub(super) keyword: String,
}

/// Whether a pattern matches a text. `None` if that is not known.
type Matches<'m> = dyn FnMut(&str, &str) -> Option<bool> + 'm;

/// Every part of `value` that has a schema in `schema`. Fields that may match a pattern have no other schema.
pub(super) fn parts<'d, 'v>(
    draft: Draft,
    schema: &'d Value,
    value: &'v Value,
    matches: &mut Matches<'_>,
) -> Vec<Part<'d, 'v>> {
    match (schema, value) {
        (Value::Object(keywords), Value::Object(fields)) => field_parts(keywords, fields, matches),
        (Value::Object(keywords), Value::Array(items)) => item_parts(draft, keywords, items),
        _ => vec![],
    }
}

fn field_parts<'d, 'v>(
    keywords: &'d Map<String, Value>,
    fields: &'v Map<String, Value>,
    matches: &mut Matches<'_>,
) -> Vec<Part<'d, 'v>> {
    let declared = keywords.get("properties").and_then(Value::as_object);
    let patterns = keywords.get("patternProperties").and_then(Value::as_object);
    let mut parts = Vec::new();
    for (name, value) in fields {
        let mut add = |schema, keyword| parts.push(Part { schema, value, name: name.clone(), keyword });
        let declared = declared.and_then(|declared| declared.get(name));
        let mut is_other = declared.is_none();
        if let Some(schema) = declared {
            add(schema, format!("properties/{}", escape(name)));
        }
        for (pattern, schema) in patterns.into_iter().flatten() {
            let is_match = matches(pattern, name);
            is_other &= is_match == Some(false);
            if is_match == Some(true) {
                add(schema, format!("patternProperties/{}", escape(pattern)));
            }
        }
        if let Some(schema) = keywords.get("additionalProperties").filter(|_| is_other) {
            add(schema, "additionalProperties".to_owned());
        }
    }
    parts
}

fn item_parts<'d, 'v>(
    draft: Draft,
    keywords: &'d Map<String, Value>,
    items: &'v [Value],
) -> Vec<Part<'d, 'v>> {
    let listed = draft.first_items();
    let first = keywords.get(listed).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let rest = if keywords.get("items").is_some_and(Value::is_array) { "additionalItems" } else { "items" };
    let rest =
        keywords.get_key_value(rest).filter(|(keyword, schema)| draft.has(keyword) && !schema.is_array());
    let part = |(index, value): (usize, &'v Value)| {
        let (schema, keyword) = match (first.get(index), rest) {
            (Some(schema), _) => (schema, format!("{listed}/{index}")),
            (None, Some((keyword, schema))) => (schema, keyword.clone()),
            (None, None) => return None,
        };
        Some(Part { schema, value, name: index.to_string(), keyword })
    };
    items.iter().enumerate().filter_map(part).collect()
}
