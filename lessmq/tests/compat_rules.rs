//! Every rule has a pair of schemas that breaks it, and a pair that mends the break as its remedy says.

use lessmq::compat::{Options, Verdict, compare_schemas, rule, rules};
use serde_json::{Value, json};

/// The rules that compare methods rather than schemas; they are tested with the contracts.
const OF_METHODS: [&str; 10] = [
    "undecided",
    "call-removed",
    "command-removed",
    "event-removed",
    "method-kind-changed",
    "call-error-added",
    "idempotence-gained",
    "idempotence-lost",
    "method-added",
    "message-changed",
];

struct Pair {
    rule: &'static str,
    writer: Value,
    reader: Value,
    /// A reader that takes what the writer sends.
    mended: Value,
}

fn pair(rule: &'static str, writer: Value, reader: Value, mended: Value) -> Pair {
    Pair { rule, writer, reader, mended }
}

fn object(properties: Value, required: Value) -> Value {
    json!({"type": "object", "properties": properties, "required": required})
}

fn variants(names: &[&str]) -> Value {
    let variant = |name: &&str| object(json!({"kind": {"const": name}}), json!(["kind"]));
    json!({"oneOf": names.iter().map(variant).collect::<Vec<_>>()})
}

fn of_fields() -> Vec<Pair> {
    let id = json!({"id": {"type": "integer"}});
    let closed = |properties: Value| {
        let mut schema = object(properties, json!([]));
        schema["additionalProperties"] = json!(false);
        schema
    };
    vec![
        pair(
            "field-required",
            object(id.clone(), json!([])),
            object(id.clone(), json!(["id"])),
            object(id.clone(), json!([])),
        ),
        pair("field-refused", object(id.clone(), json!([])), closed(json!({})), object(json!({}), json!([]))),
        pair("field-refused", object(id.clone(), json!([])), closed(json!({})), closed(id)),
        pair(
            "field-count-narrowed",
            json!({"type": "object", "additionalProperties": {"type": "integer"}}),
            json!({"type": "object", "maxProperties": 2}),
            json!({"type": "object"}),
        ),
        pair(
            "field-name-refused",
            json!({"type": "object", "additionalProperties": {"type": "integer"}}),
            json!({"type": "object", "propertyNames": {"pattern": "^[a-z]+$"}}),
            json!({"type": "object", "propertyNames": {"minLength": 0}}),
        ),
        pair(
            "never-read",
            object(json!({"id": {"type": "integer"}}), json!(["id"])),
            object(json!({"id": false}), json!([])),
            object(json!({}), json!([])),
        ),
    ]
}

fn of_values() -> Vec<Pair> {
    vec![
        pair(
            "type-changed",
            json!({"type": "integer"}),
            json!({"type": "string"}),
            json!({"type": ["integer", "string"]}),
        ),
        pair("value-unknown", json!({"enum": ["a", "b"]}), json!({"enum": ["a"]}), json!({"type": "string"})),
        pair("variant-unknown", variants(&["a", "b", "c"]), variants(&["a", "b"]), json!({"type": "object"})),
        pair(
            "variant-ambiguous",
            json!({"type": "integer"}),
            json!({"oneOf": [{"type": "integer"}, {"minimum": 3}]}),
            json!({"anyOf": [{"type": "integer"}, {"minimum": 3}]}),
        ),
        pair(
            "number-range-narrowed",
            json!({"type": "integer", "maximum": 255}),
            json!({"type": "integer", "maximum": 127}),
            json!({"type": "integer"}),
        ),
        pair(
            "number-step-narrowed",
            json!({"type": "integer", "multipleOf": 2}),
            json!({"type": "integer", "multipleOf": 4}),
            json!({"type": "integer", "multipleOf": 0.5}),
        ),
        pair(
            "format-narrowed",
            json!({"type": "integer", "format": "int64"}),
            json!({"type": "integer", "format": "int32"}),
            json!({"type": "number", "format": "double"}),
        ),
        pair(
            "format-narrowed",
            json!({"type": "string"}),
            json!({"type": "string", "format": "uuid"}),
            json!({"type": "string"}),
        ),
        pair(
            "excluded",
            json!({"type": "string"}),
            json!({"not": {"const": "a"}}),
            json!({"not": {"type": "null"}}),
        ),
    ]
}

fn of_sizes() -> Vec<Pair> {
    let tuple = |length: u32| json!({"type": "array", "minItems": length, "maxItems": length});
    vec![
        pair(
            "string-length-narrowed",
            json!({"type": "string", "maxLength": 10}),
            json!({"type": "string", "maxLength": 9}),
            json!({"type": "string", "maxLength": 11}),
        ),
        pair(
            "string-pattern-narrowed",
            json!({"type": "string", "pattern": "^[a-z]+$"}),
            json!({"type": "string", "pattern": "^[a-f]+$"}),
            json!({"type": "string", "pattern": "[a-z]"}),
        ),
        pair("item-count-narrowed", tuple(2), tuple(3), json!({"type": "array"})),
        pair(
            "items-repeated",
            json!({"type": "array"}),
            json!({"type": "array", "uniqueItems": true}),
            json!({"type": "array"}),
        ),
        pair(
            "item-missing",
            json!({"type": "array", "items": {"type": "integer"}}),
            json!({"type": "array", "contains": {"type": "integer"}}),
            json!({"type": "array", "contains": {"type": "integer"}, "minContains": 0}),
        ),
    ]
}

fn pairs() -> Vec<Pair> {
    of_fields().into_iter().chain(of_values()).chain(of_sizes()).collect()
}

#[test]
fn every_rule_is_shown_by_a_pair() {
    for pair in pairs() {
        let comparison = compare_schemas(&pair.writer, &pair.reader, &Options::default());
        assert_eq!(comparison.verdict, Verdict::Incompatible, "{}: {comparison:?}", pair.rule);
        assert_eq!(comparison.findings[0].rule.id, pair.rule, "{comparison:?}");
        let pointer = &comparison.findings[0].reader_pointer;
        assert!(pair.reader.pointer(pointer).is_some(), "{}: {pointer}", pair.rule);
    }
}

#[test]
fn every_pair_can_be_mended() {
    for pair in pairs() {
        let comparison = compare_schemas(&pair.writer, &pair.mended, &Options::default());
        let fine = matches!(comparison.verdict, Verdict::Compatible | Verdict::Identical);
        assert!(fine, "{}: {comparison:?}", pair.rule);
    }
}

#[test]
fn no_rule_is_without_a_pair() {
    for rule in rules() {
        let shown = OF_METHODS.contains(&rule.id) || pairs().iter().any(|pair| pair.rule == rule.id);
        assert!(shown, "{} has no pair", rule.id);
        assert!(!rule.explanation.is_empty() && !rule.remedy.is_empty(), "{} explains nothing", rule.id);
    }
}

#[test]
fn rules_are_found_by_their_ids() {
    assert_eq!(rule("field-required").map(|rule| rule.id), Some("field-required"));
    assert_eq!(rule("no-such-rule"), None);
}
