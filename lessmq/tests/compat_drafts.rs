//! Each draft of JSON Schema has its own keywords. Keywords of other drafts have no effect.

use lessmq::compat::{Draft, Formats, Options, Reading, Verdict, compare_schemas};
use serde_json::{Value, json};

const ALL: [Draft; 5] = [Draft::Draft4, Draft::Draft6, Draft::Draft7, Draft::Draft201909, Draft::Draft202012];

/// The drafts in which `schema` accepts `value`. In the others, it rejects it.
#[track_caller]
fn check(schema: &Value, value: &Value, accepting: &[Draft]) {
    for draft in ALL {
        let options = Options {
            reading: Reading::Strict,
            formats: Formats::Annotate,
            draft: Some(draft),
            ..Options::default()
        };
        let comparison = compare_schemas(&json!({"enum": [value]}), schema, &options);
        let expected = if accepting.contains(&draft) { Verdict::Compatible } else { Verdict::Incompatible };
        assert_eq!(comparison.verdict, expected, "{draft:?}: {schema}: {comparison:?}");
    }
}

#[test]
fn keywords_have_an_effect_in_their_drafts_only() {
    check(&json!({"const": 1}), &json!(2), &ALL[..1]);
    check(&json!({"contains": {"type": "string"}}), &json!([1]), &ALL[..1]);
    check(&json!({"propertyNames": {"maxLength": 1}}), &json!({"ab": 1}), &ALL[..1]);
    check(&json!({"if": true, "then": {"type": "string"}}), &json!(1), &ALL[..2]);
    check(&json!({"dependencies": {"a": ["b"]}}), &json!({"a": 1}), &ALL[3..]);
    check(&json!({"dependentRequired": {"a": ["b"]}}), &json!({"a": 1}), &ALL[..3]);
    check(&json!({"dependentSchemas": {"a": {"required": ["b"]}}}), &json!({"a": 1}), &ALL[..3]);
    check(&json!({"contains": {"type": "string"}, "minContains": 2}), &json!(["a"]), &ALL[..3]);
    check(&json!({"properties": {}, "unevaluatedProperties": false}), &json!({"a": 1}), &ALL[..3]);
    check(&json!({"prefixItems": [{"type": "string"}]}), &json!([1]), &ALL[..4]);
    check(&json!({"minimum": 1, "maximum": 3}), &json!(4), &[]);
}

#[test]
fn the_first_items_are_a_list_in_older_drafts() {
    let older = json!({"items": [{"type": "string"}], "additionalItems": false});
    for draft in &ALL[..4] {
        let options = Options { draft: Some(*draft), reading: Reading::Strict, ..Options::default() };
        let verdict = |value: Value| compare_schemas(&json!({"enum": [value]}), &older, &options).verdict;
        assert_eq!(verdict(json!(["a"])), Verdict::Compatible, "{draft:?}");
        assert_eq!(verdict(json!([1])), Verdict::Incompatible, "{draft:?}");
        assert_eq!(verdict(json!(["a", 1])), Verdict::Incompatible, "{draft:?}");
    }
}

#[test]
fn a_bound_is_excluded_by_a_flag_or_by_a_number() {
    let options = |draft| Options { draft: Some(draft), reading: Reading::Strict, ..Options::default() };
    let flag = json!({"minimum": 1, "exclusiveMinimum": true, "maximum": 5, "exclusiveMaximum": false});
    let number = json!({"exclusiveMinimum": 1, "maximum": 5});
    for (old, new, draft) in [(&flag, &flag, Draft::Draft4), (&number, &number, Draft::Draft6)] {
        for (value, expected) in [
            (1, Verdict::Incompatible),
            (2, Verdict::Compatible),
            (5, Verdict::Compatible),
            (6, Verdict::Incompatible),
        ] {
            let comparison = compare_schemas(&json!({"enum": [value]}), new, &options(draft));
            assert_eq!(comparison.verdict, expected, "{draft:?}: {value}");
        }
        assert_eq!(compare_schemas(old, new, &options(draft)).verdict, Verdict::Identical);
    }
    let comparison = compare_schemas(&json!({"minimum": 1}), &flag, &options(Draft::Draft4));
    let finding = &comparison.findings[0];
    assert_eq!(
        (finding.rule.id, finding.reader_pointer.as_str()),
        ("number-range-narrowed", "/exclusiveMinimum")
    );
}

#[test]
fn identifiers_are_those_of_the_draft() {
    let of = |schema: &str, id: &str, reference: &str, definitions: &str| {
        json!({
            "$schema": schema,
            definitions: {"a": {id: "https://e.test/a", "type": "string"}, "b": {id: "https://e.test/b"}},
            "items": {"$ref": reference},
        })
    };
    for (schema, id, definitions) in [
        ("http://json-schema.org/draft-04/schema#", "id", "definitions"),
        ("http://json-schema.org/draft-06/schema#", "$id", "definitions"),
        ("http://json-schema.org/draft-07/schema#", "$id", "definitions"),
        ("https://json-schema.org/draft/2019-09/schema", "$id", "$defs"),
        ("https://json-schema.org/draft/2020-12/schema", "$id", "$defs"),
    ] {
        let with = |value: Value| {
            let reader = of(schema, id, "https://e.test/a", definitions);
            compare_schemas(&json!({"enum": [[value]]}), &reader, &Options::default()).verdict
        };
        assert_eq!(with(json!("a")), Verdict::Compatible, "{schema}");
        assert_eq!(with(json!(1)), Verdict::Incompatible, "{schema}");
    }
}

#[test]
fn a_recursive_reference_leads_to_the_root_of_one_resource() {
    let tree = |anchor: bool| {
        json!({
            "$schema": "https://json-schema.org/draft/2019-09/schema",
            "$recursiveAnchor": anchor,
            "type": "object",
            "properties": {"child": {"$recursiveRef": "#"}, "value": {"type": "integer"}},
            "unevaluatedProperties": false,
        })
    };
    for anchor in [false, true] {
        let verdict = |value| {
            compare_schemas(
                &json!({"enum": [{"child": {"value": value}}]}),
                &tree(anchor),
                &Options::default(),
            )
            .verdict
        };
        assert_eq!(verdict(json!(1)), Verdict::Compatible);
        assert_eq!(verdict(json!("a")), Verdict::Incompatible);
    }
}
