//! Equality up to annotations.

use serde_json::{Map, Value};

use crate::contract::{is_annotation, is_data, is_set, maps_names_to_schemas};

/// Whether two schemas differ in annotations, and in the order of `required` and `type`, at most.
pub(super) fn are_identical(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            let told =
                |members: &Map<String, Value>| members.keys().filter(|key| !is_annotation(key)).count();
            told(left) == told(right)
                && left.iter().filter(|(key, _)| !is_annotation(key)).all(|(key, value)| {
                    right.get(key).is_some_and(|other| identical_keyword(key, value, other))
                })
        }
        _ => left == right,
    }
}

fn identical_keyword(key: &str, left: &Value, right: &Value) -> bool {
    match key {
        _ if is_set(key) => left == right || are_permutations(left, right),
        _ if maps_names_to_schemas(key) => match (left, right) {
            (Value::Object(left), Value::Object(right)) => {
                left.len() == right.len()
                    && left
                        .iter()
                        .all(|(name, value)| right.get(name).is_some_and(|other| are_identical(value, other)))
            }
            _ => left == right,
        },
        "allOf" | "anyOf" | "oneOf" | "prefixItems" | "items" if left.is_array() => match (left, right) {
            (Value::Array(left), Value::Array(right)) => {
                left.len() == right.len()
                    && left.iter().zip(right).all(|(left, right)| are_identical(left, right))
            }
            _ => false,
        },
        _ if is_data(key) => left == right,
        _ => are_identical(left, right),
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
    fn annotations_and_the_order_of_lists_do_not_count() {
        let left = json!({"title": "A", "type": ["null", "string"], "required": ["a", "b"]});
        let right = json!({"description": "B", "type": ["string", "null"], "required": ["b", "a"]});
        assert!(are_identical(&left, &right));
    }

    #[test]
    fn a_property_called_title_counts() {
        let left = json!({"properties": {"title": {"type": "string"}}});
        let right = json!({"properties": {"title": {"type": "null"}}});
        assert!(!are_identical(&left, &right));
        assert!(!are_identical(&left, &json!({"properties": {}})));
    }
}
