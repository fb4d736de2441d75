//! Finds the place in a writer's schema that applies to a part of a value.

use std::borrow::Cow;

use serde_json::Value;

use super::keywords::tags_agree;
use crate::compat::schema::Document;
use crate::contract::schema::{escape, member, steps};

/// The pointer into `writer` for `path`, or for the longest part of `path` that exists there.
pub(in crate::compat) fn locate(
    document: &Document<'_>,
    writer: &Value,
    path: &str,
    value: &Value,
) -> String {
    let steps: Vec<String> = steps(path).map(Cow::into_owned).collect();
    let found = Search { document, budget: 2_000.into() }.descend(writer, String::new(), &steps, value);
    found.map_or_else(String::new, |found| found.pointer)
}

struct Search<'s, 'd> {
    document: &'s Document<'d>,
    budget: std::cell::Cell<u32>,
}

struct Found {
    taken: usize,
    pointer: String,
}

impl Search<'_, '_> {
    /// The pointer that follows as many of `steps` as possible.
    fn descend(&self, schema: &Value, pointer: String, steps: &[String], value: &Value) -> Option<Found> {
        let left = self.budget.get().checked_sub(1)?;
        self.budget.set(left);
        if !schema.as_object().is_none_or(|members| tags_agree(members, value)) {
            return None;
        }
        let mut best = Found { taken: 0, pointer: pointer.clone() };
        let mut consider = |found: Option<Found>| {
            if let Some(found) = found.filter(|found| found.taken > best.taken) {
                best = found;
            }
        };
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str)
            && let Ok(target) = self.document.resolve(schema, reference)
        {
            let pointer = self.document.pointer_to(target, reference);
            let found = self.descend(target, pointer, steps, value);
            if steps.is_empty() {
                return found;
            }
            consider(found);
        }
        for key in ["allOf", "anyOf", "oneOf"] {
            for (index, branch) in schema.get(key).and_then(Value::as_array).into_iter().flatten().enumerate()
            {
                consider(self.descend(branch, format!("{pointer}/{key}/{index}"), steps, value));
            }
        }
        if let Some((step, rest)) = steps.split_first() {
            let inner = member(value, step).unwrap_or(&Value::Null);
            for place in places(step) {
                if let Some(next) = schema.pointer(&place) {
                    let found = self.descend(next, format!("{pointer}{place}"), rest, inner);
                    consider(found.map(|found| Found { taken: found.taken + 1, ..found }));
                }
            }
        }
        Some(best)
    }
}

fn places(step: &str) -> [String; 5] {
    let step = escape(step);
    [
        format!("/properties/{step}"),
        format!("/prefixItems/{step}"),
        format!("/items/{step}"),
        "/items".to_owned(),
        "/additionalProperties".to_owned(),
    ]
}
