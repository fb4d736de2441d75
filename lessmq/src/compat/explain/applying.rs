//! The schemas that apply to a value and to its parts.

use serde_json::Value;

use super::keywords;
use crate::compat::options::Draft;
use crate::compat::parts::{Part, parts};
use crate::compat::schema::Document;

/// The limit of followed references and combinations.
const MAX_SCHEMAS: usize = 200;

/// `schemas` with their references, their `allOf`, and the alternatives that `value` may belong to.
pub(in crate::compat) fn applying_to<'d>(
    document: &Document<'d>,
    schemas: &[&'d Value],
    value: &Value,
) -> Vec<&'d Value> {
    let mut all: Vec<&'d Value> = schemas.to_vec();
    let mut at = 0;
    while let Some(&schema) = all.get(at).filter(|_| at < MAX_SCHEMAS) {
        at += 1;
        let target = schema.get("$ref").and_then(Value::as_str);
        all.extend(target.and_then(|target| document.resolve(schema, target).ok()));
        all.extend(schema.get("allOf").and_then(Value::as_array).into_iter().flatten());
        for key in ["oneOf", "anyOf"] {
            let branches = schema.get(key).and_then(Value::as_array).into_iter().flatten();
            all.extend(branches.filter(|branch| may_be(document.draft, branch, value)));
        }
    }
    all
}

fn may_be(draft: Draft, schema: &Value, value: &Value) -> bool {
    schema.as_object().is_none_or(|members| {
        keywords::tags_agree(members, value)
            && !keywords::type_or_value_differs(draft, members, value)
            && !matches!(keywords::broken(draft, members, value), Some(broken) if broken.keyword == "required")
    })
}

/// The subschemas of `schema` for the fields or items of `value`, by name or index. Those of patterns are left out.
pub(in crate::compat) fn parts_of<'d>(
    draft: Draft,
    schema: &'d Value,
    value: &Value,
) -> impl Iterator<Item = (String, &'d Value)> {
    let parts = parts(draft, schema, value, &mut |_, _| None);
    parts.into_iter().map(|Part { name, schema, .. }| (name, schema))
}

/// The subschema of `schema` for the part `name` of `value`.
pub(in crate::compat) fn part_of<'d>(
    draft: Draft,
    schema: &'d Value,
    value: &Value,
    name: &str,
) -> Option<&'d Value> {
    parts_of(draft, schema, value).find_map(|(part, schema)| (part == name).then_some(schema))
}
