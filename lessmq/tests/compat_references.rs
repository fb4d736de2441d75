//! Verdicts about references and dialects: what a document does not say is undecided, and what it says is decided.

use lessmq::compat::{Formats, Options, Reading, Verdict, compare_schemas};
use serde_json::{Value, json};

#[track_caller]
fn check(old: &Value, new: &Value, expected: Verdict) {
    for reading in [Reading::Strict, Reading::Typed] {
        let options = Options { reading, formats: Formats::Annotate, ..Options::default() };
        let comparison = compare_schemas(old, new, &options);
        assert_eq!(comparison.verdict, expected, "{reading:?}: {comparison:?}");
    }
}

fn with_property(base: Option<&str>, reference: &str) -> Value {
    let mut schema = json!({"type": "object", "properties": {"p": {"$ref": reference}}, "required": ["p"]});
    if let Some(base) = base {
        schema["$id"] = base.into();
    }
    schema
}

#[test]
fn a_reference_to_another_document_is_identified_by_its_absolute_uri() {
    let of_a = with_property(Some("https://a.test/x"), "common.json");
    let of_b = with_property(Some("https://b.test/x"), "common.json");
    check(&of_a, &of_b, Verdict::Undecided);
    check(&of_a, &of_a, Verdict::Identical);
    let absolute = with_property(Some("https://b.test/y"), "https://a.test/common.json");
    check(&of_a, &absolute, Verdict::Compatible);
    let fragment = with_property(Some("https://a.test/x"), "common.json#/$defs/A");
    check(&of_a, &fragment, Verdict::Undecided);
}

#[test]
fn a_reference_that_nothing_identifies_equals_nothing() {
    for reference in [
        "common.json",
        "#/$defs/Missing",
        "#missing",
        "../other.json#/$defs/A",
        "//host/common.json",
        "/common.json",
    ] {
        let schema = with_property(None, reference);
        check(&schema, &schema, Verdict::Undecided);
        let mut more = schema.clone();
        more["properties"]["q"] = json!({"type": "string"});
        check(&schema, &more, Verdict::Undecided);
        check(&schema, &json!({"type": "object"}), Verdict::Compatible);
    }
}

#[test]
fn a_reference_to_a_document_that_may_refer_back_equals_nothing() {
    let list_of = |kind: &str| {
        json!({
            "$ref": "https://a.test/list",
            "$defs": {"item": {"$dynamicAnchor": "T", "type": kind}},
        })
    };
    check(&list_of("string"), &list_of("integer"), Verdict::Undecided);
}

#[test]
fn a_schema_of_another_draft_inside_of_a_document_is_undecided() {
    for inner in ["http://json-schema.org/draft-07/schema#", "https://e.test/my-dialect"] {
        let mixed = json!({
            "properties": {"a": {"$ref": "https://e.test/a"}},
            "$defs": {"a": {"$id": "https://e.test/a", "$schema": inner, "prefixItems": [{"type": "string"}]}},
        });
        check(&json!({"enum": [{"a": [1]}]}), &mixed, Verdict::Undecided);
    }
}

#[test]
fn a_break_beside_an_unknown_part_is_found() {
    let with = |kind: &str| {
        json!({
            "type": "object",
            "properties": {"p": {"$ref": "https://a.test/common.json"}, "q": {"type": kind}},
            "required": ["q"],
        })
    };
    check(&with("string"), &with("integer"), Verdict::Incompatible);
}

#[test]
fn an_identifier_counts_only_where_a_schema_can_be() {
    let new = json!({
        "$defs": {
            "a": {"not": {"stuff": [{"$id": "https://e.test/t.json", "type": "null"}]}},
            "b": {"const": {"$id": "https://e.test/t.json", "type": "null"}},
            "c": {"enum": [{"$anchor": "t", "type": "null"}]},
            "d": {"default": {"$id": "https://e.test/t.json"}, "examples": [{"$anchor": "t"}]},
            "r": {"$id": "https://e.test/t.json", "type": "string"},
            "s": {"$anchor": "t", "type": "string"},
        },
        "anyOf": [{"$ref": "https://e.test/t.json"}, {"$ref": "#t"}],
    });
    check(&json!({"const": null}), &new, Verdict::Incompatible);
    check(&json!({"const": "text"}), &new, Verdict::Compatible);
}

#[test]
fn a_reference_need_not_be_a_uri() {
    let map_of = |kind: &str| {
        json!({
            "$ref": "#/definitions/Map<String, u8>",
            "definitions": {
                "Map<String, u8>": {"type": "object", "additionalProperties": {"type": kind}},
                "A|B{C}^`D\"": {},
                "Item[]": {},
                "C#": {},
            },
            "properties": {
                "other": {"$ref": "#/definitions/A|B{C}^`D\""},
                "items": {"$ref": "#/definitions/Item[]"},
                "sharp": {"$ref": "#/definitions/C#"},
            },
        })
    };
    check(&map_of("integer"), &map_of("string"), Verdict::Incompatible);
    check(&map_of("integer"), &map_of("number"), Verdict::Compatible);
}

#[test]
fn a_dialect_that_is_not_known_is_undecided() {
    let integer = json!({"type": "integer"});
    for dialect in ["https://e.test/my-dialect", "https://e.test/draft-07/2020-12", "urn:x", "draft-07", ""] {
        let own = json!({"$schema": dialect, "$vocabulary": {}, "minimum": 5, "type": "integer"});
        check(&integer, &own, Verdict::Undecided);
        check(&own, &integer, Verdict::Undecided);
        check(&own, &own, Verdict::Undecided);
    }
    for known in [
        "http://json-schema.org/draft-07/schema#",
        "https://json-schema.org/draft-07/schema",
        "http://json-schema.org/draft-06/schema#",
        "https://json-schema.org/draft/2020-12/schema",
        "https://json-schema.org/draft/2020-12/schema#",
    ] {
        check(&integer, &json!({"$schema": known, "type": "number"}), Verdict::Compatible);
    }
}

#[test]
fn the_meta_schemas_of_all_drafts_are_known() {
    for (uri, invalid) in [
        ("http://json-schema.org/draft-04/schema#", json!({"minLength": -1})),
        ("http://json-schema.org/draft-06/schema#", json!({"properties": {"a": {"type": "strin"}}})),
        ("http://json-schema.org/draft-07/schema", json!({"if": 5})),
        ("https://json-schema.org/draft/2019-09/schema", json!({"$defs": {"a": {"minItems": "1"}}})),
        ("https://json-schema.org/draft/2020-12/schema", json!({"properties": {"a": {"type": "strin"}}})),
    ] {
        let reader = json!({"$schema": uri, "properties": {"schema": {"$ref": uri}}});
        let valid = json!({"properties": {"a": {"type": "string"}}, "minLength": 1});
        check(&json!({"enum": [{"schema": valid}]}), &reader, Verdict::Compatible);
        let of_another_draft = json!({"prefixItems": [{"$ref": uri}]});
        check(&json!({"enum": [[valid]]}), &of_another_draft, Verdict::Compatible);
        check(&json!({"enum": [{"schema": invalid}]}), &reader, Verdict::Incompatible);
    }
}

/// A tree of `$dynamicRef`s, and a resource that extends its nodes.
fn strict_tree(kind: &str) -> Value {
    json!({
        "$id": "https://e.test/strict",
        "$dynamicAnchor": "node",
        "$ref": "tree",
        "unevaluatedProperties": false,
        "$defs": {
            "tree": {
                "$id": "tree",
                "$dynamicAnchor": "node",
                "type": "object",
                "properties": {"data": {"type": kind}, "children": {"items": {"$dynamicRef": "#node"}}},
            },
        },
    })
}

#[test]
fn a_dynamic_reference_leads_to_the_outermost_resource() {
    let reader = strict_tree("integer");
    let leaf = json!({"children": [{"data": 1}]});
    check(&json!({"enum": [leaf]}), &reader, Verdict::Compatible);
    let misspelt = json!({"children": [{"daat": 1}]});
    check(&json!({"enum": [misspelt]}), &reader, Verdict::Incompatible);
    // From the tree itself, the extension is not in the scope.
    let mut plain = reader.clone();
    plain["$ref"] = json!("tree");
    plain.as_object_mut().expect("it is an object").remove("$dynamicAnchor");
    plain["unevaluatedProperties"] = json!(true);
    check(&json!({"enum": [misspelt]}), &plain, Verdict::Compatible);
    let options = Options { reading: Reading::Strict, ..Options::default() };
    let wider = compare_schemas(&reader, &strict_tree("number"), &options);
    assert_eq!(wider.verdict, Verdict::Compatible, "{wider:?}");
    let narrower = compare_schemas(&strict_tree("number"), &reader, &options);
    assert_eq!(narrower.verdict, Verdict::Incompatible, "{narrower:?}");
}
