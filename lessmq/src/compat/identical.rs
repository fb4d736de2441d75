//! Equality of schemas except for annotations.

use serde_json::{Map, Value};

use crate::contract::schema::{Content, content, is_annotation, is_set};

/// Whether two schemas are equal except for annotations and the order of `required` and `type`.
pub(super) fn are_identical(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            let count =
                |members: &Map<String, Value>| members.keys().filter(|key| !is_annotation(key)).count();
            count(left) == count(right)
                && left.iter().filter(|(key, _)| !is_annotation(key)).all(|(key, value)| {
                    right.get(key).is_some_and(|other| identical_keyword(key, value, other))
                })
        }
        _ => left == right,
    }
}

fn identical_keyword(key: &str, left: &Value, right: &Value) -> bool {
    match (content(key), left, right) {
        (Content::SchemaMap, Value::Object(left), Value::Object(right)) => {
            let identical = |(name, value)| right.get(name).is_some_and(|other| are_identical(value, other));
            left.len() == right.len() && left.iter().all(identical)
        }
        (Content::Schema | Content::SchemaList, Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left.iter().zip(right).all(|(left, right)| are_identical(left, right))
        }
        (Content::Schema, left, right) => are_identical(left, right),
        _ => left == right || is_set(key) && are_permutations(left, right),
    }
}

fn are_permutations(left: &Value, right: &Value) -> bool {
    let sorted = |value: &Value| {
        let mut names: Vec<String> = value.as_array()?.iter().map(Value::to_string).collect();
        names.sort_unstable();
        Some(names)
    };
    sorted(left).is_some() && sorted(left) == sorted(right)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::are_identical;

    #[test]
    fn annotations_and_the_order_of_sets_are_ignored() {
        let left = json!({"title": "A", "type": ["null", "string"], "required": ["a", "b"]});
        let right = json!({"description": "B", "type": ["string", "null"], "required": ["b", "a"]});
        assert!(are_identical(&left, &right));
    }

    #[test]
    fn a_property_named_title_is_compared() {
        let left = json!({"properties": {"title": {"type": "string"}}});
        let right = json!({"properties": {"title": {"type": "null"}}});
        assert!(!are_identical(&left, &right));
        assert!(!are_identical(&left, &json!({"properties": {}})));
    }
}
