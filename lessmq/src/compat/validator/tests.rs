use serde_json::json;

use super::*;

#[track_caller]
fn check(schema: &Value, value: Value, expected: &[(&str, &str)]) {
    let mut validator = Validator::new(schema, Draft::default(), Formats::Assert).expect("it is a schema");
    let found = validator.rejections(&value);
    let found: Vec<(&str, &str)> =
        found.iter().map(|rejection| (rejection.instance.as_str(), rejection.schema.as_str())).collect();
    assert_eq!(found, expected);
    assert_eq!(validator.accepts(&value), Some(expected.is_empty()));
}

#[test]
fn every_place_is_named_with_its_keyword() {
    let schema = json!({
        "type": "object",
        "properties": {
            "id": {"type": "integer", "format": "uint8"},
            "tags": {"type": "array", "items": {"type": "string", "minLength": 1}, "contains": {"const": "a"}},
            "next": {"$ref": "#/$defs/Next"},
            "kind": {"anyOf": [{"type": "null"}, {"type": "boolean"}]},
        },
        "patternProperties": {"^x-": {"type": "number"}},
        "additionalProperties": false,
        "required": ["id", "name"],
        "dependentRequired": {"tags": ["kind"]},
        "$defs": {"Next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}},
    });
    check(&schema, json!({"id": 1, "name": 2}), &[("/name", "/additionalProperties")]);
    check(
        &schema,
        json!({"id": 256, "next": {"id": "1", "x-a": ""}, "tags": ["", 5]}),
        &[
            ("", "/required"),
            ("/id", "/properties/id/format"),
            ("/next", "/$defs/Next/anyOf"),
            ("/tags/0", "/properties/tags/items/minLength"),
            ("/tags/1", "/properties/tags/items/type"),
            ("/tags", "/properties/tags/contains"),
            ("", "/dependentRequired/tags"),
        ],
    );
}

#[test]
fn the_only_possible_alternative_is_looked_into_however_deep_the_value_is() {
    let schema = json!({
        "anyOf": [{"type": "integer"}, {"type": "array", "items": {"$ref": "#"}, "maxItems": 1}],
    });
    let deep = |inner: Value| (0..60).fold(inner, |inner, _| json!([inner]));
    let mut validator = Validator::new(&schema, Draft::default(), Formats::Assert).expect("it is a schema");
    assert_eq!(validator.rejections(&deep(json!(1))), []);
    let found = validator.rejections(&deep(json!("x")));
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn what_cannot_be_decided_is_not_rejected() {
    let schema = json!({"properties": {
        "word": {"type": "string", "pattern": r"\bword\b"},
        "taste": {"type": "string", "format": "flavour"},
    }});
    let mut validator = Validator::new(&schema, Draft::default(), Formats::Assert).expect("it is a schema");
    let value = json!({"word": "a", "taste": "b"});
    assert_eq!((validator.rejections(&value), validator.accepts(&value)), (vec![], None));
    assert_eq!(validator.rejections(&json!({"word": 1})).len(), 1);
}

#[test]
fn references_in_a_circle_end() {
    let schema = json!({"allOf": [{"$ref": "#/$defs/A"}, {"$ref": "#/$defs/A"}], "$defs": {
        "A": {"anyOf": [{"allOf": [{"$ref": "#/$defs/A"}, {"$ref": "#/$defs/A"}]}], "type": "string"},
    }});
    check(&schema, json!(1), &[("", "/$defs/A/type")]);
}

#[test]
fn a_schema_that_cannot_be_used_has_a_reason() {
    let of = |schema: &Value| {
        let validator = Validator::new(schema, Draft::default(), Formats::Assert);
        validator.and_then(|validator| validator.check_texts())
    };
    for (schema, reason) in [
        (json!({"properties": {"a": {"$ref": "#/$defs/A"}}}), "has no target"),
        (json!({"$ref": "https://example.com/"}), "is not fetched"),
        (json!({"items": {"pattern": "("}}), "is not a regular expression"),
        (json!({"patternProperties": {"[": true}}), "is not a regular expression"),
        (json!({"type": "strin"}), "is not a type"),
    ] {
        let error = of(&schema).expect_err("it cannot be used");
        assert!(error.contains(reason), "{error}");
    }
}
