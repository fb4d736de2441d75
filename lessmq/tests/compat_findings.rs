//! Findings have every path to the type, stable fingerprints and readable counter-examples.

use lessmq::compat::{
    Finding, Options, Reading, Report, Verdict, check_consumer, check_evolution, compare_schemas, unreadable,
};
use lessmq::contract::Contract;
use serde_json::{Value, json};

fn contract(methods: Value) -> Contract {
    let document = json!({"lessmq": "2", "service": "blog", "version": "1.0.0", "methods": methods});
    Contract::from_json(document.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}"))
}

/// Two calls and an event, whose messages share an address with this type of street.
fn blog(street: &Value) -> Contract {
    let types = json!({
        "Address": {"type": "object", "properties": {"street": street}, "required": ["street"]},
        "Author": {
            "type": "object",
            "properties": {"home": {"$ref": "#/$defs/Address"}, "work": {"$ref": "#/$defs/Address"}},
            "required": ["home"],
        },
    });
    let of = |title: &str, mut schema: Value| {
        schema["title"] = json!(title);
        schema["$defs"] = types.clone();
        json!({"schema": schema})
    };
    let post = json!({"type": "object", "properties": {"author": {"$ref": "#/$defs/Author"}}, "required": ["author"]});
    let list = json!({"type": "array", "items": {"$ref": "#/$defs/Author"}});
    contract(json!({
        "get": {"kind": "call", "request": {"schema": {"type": "object"}}, "reply": of("Post", post)},
        "authors": {"kind": "call", "request": {"schema": {"type": "object"}}, "reply": of("Authors", list)},
        "moved": {"kind": "event", "payload": {"schema": types["Address"].clone()}},
    }))
}

fn of_method<'a>(report: &'a Report, method: &str) -> &'a Finding {
    report.findings.iter().find(|finding| finding.method == method).expect("the method has a finding")
}

#[test]
fn a_finding_has_every_path_to_its_type() {
    let report = check_evolution(&blog(&json!({"type": "string"})), &blog(&json!({"type": "integer"})));
    let finding = of_method(&report, "get");
    assert_eq!(finding.rule.id, "reply-type-changed");
    assert_eq!(
        finding.path_tree(),
        ["reply of call authors[]", "  home", "  work", "reply of call get → author", "  home", "  work"]
    );
    assert_eq!(finding.paths.len(), 4);
}

#[test]
fn a_recursive_type_has_one_path() {
    let tree = |value: &str| {
        let node = json!({
            "type": "object",
            "properties": {"value": {"type": value}, "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}}},
            "required": ["value"],
        });
        let schema = json!({"$ref": "#/$defs/Node", "$defs": {"Node": node}});
        contract(json!({"plant": {"kind": "command", "request": {"schema": schema}}}))
    };
    let report = check_evolution(&tree("string"), &tree("integer"));
    assert_eq!(report.findings[0].path_tree(), ["command plant"]);
}

#[test]
fn a_fingerprint_does_not_depend_on_earlier_variants_and_descriptions() {
    let contract = |names: &[&str], limit: u32| {
        let variant = |name: &&str| {
            json!({
                "type": "object",
                "description": format!("{} of {limit}", names.len()),
                "properties": {"kind": {"const": name}, "size": {"type": "integer", "maximum": limit}},
                "required": ["kind", "size"],
            })
        };
        let schema = json!({"oneOf": names.iter().map(variant).collect::<Vec<_>>()});
        contract(json!({"store": {"kind": "command", "request": {"schema": schema}}}))
    };
    let fingerprints = |names: &[&str]| {
        let report = check_evolution(&contract(names, 9), &contract(names, 8));
        let mut all: Vec<String> = report.findings.iter().map(Finding::fingerprint).collect();
        all.sort_unstable();
        all
    };
    let (few, more) = (fingerprints(&["b", "c"]), fingerprints(&["a", "b", "c"]));
    assert_eq!((few.len(), more.len()), (2, 3));
    assert!(few.iter().all(|fingerprint| more.contains(fingerprint)), "{few:?} {more:?}");
}

#[test]
fn two_fields_that_are_now_required_are_two_findings() {
    let with = |required: Value| {
        let schema = json!({"type": "object", "properties": {"a": {}, "b": {}}, "required": required});
        contract(json!({"store": {"kind": "command", "request": {"schema": schema}}}))
    };
    let report = check_evolution(&with(json!([])), &with(json!(["a", "b"])));
    let [first, second] = &report.findings[..] else { panic!("{report}") };
    assert_eq!(first.rule.id, second.rule.id);
    assert_ne!(first.fingerprint(), second.fingerprint());
}

#[test]
fn the_remedy_for_an_argument_needs_no_attribute() {
    let remedies = |title: &str| {
        let with = |required: Value| {
            let schema = json!({"title": title, "properties": {"a": {}}, "required": required});
            contract(json!({"store_all": {"kind": "command", "request": {"schema": schema}}}))
        };
        check_evolution(&with(json!([])), &with(json!(["a"]))).findings[0].remedy
    };
    assert!(remedies("StoreAll").contains("#[serde(default)]"), "a field of a type");
    assert!(!remedies("StoreAllRequest").contains("#["), "an argument");
}

#[test]
fn the_json_of_a_report_has_all_of_a_finding() {
    let report = check_evolution(&blog(&json!({"type": "string"})), &blog(&json!({"type": "integer"})));
    let report_json = serde_json::to_value(&report).expect("a report is made of JSON");
    let (json, finding) = (&report_json["findings"][0], &report.findings[0]);
    assert_eq!(json["rule"], finding.rule.id);
    assert_eq!(json["remedy"], finding.remedy);
    assert_eq!(json["fingerprint"], finding.fingerprint());
    assert_eq!(json["paths"], json!(finding.paths));
}

#[test]
fn counter_examples_use_examples_and_names_of_the_schema() {
    let old = json!({
        "type": "object",
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "at": {"type": "string", "format": "date-time"},
            "name": {"type": "string"},
            "city": {"type": "string", "examples": ["Ulm"]},
            "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1},
            "code": {"type": "string", "pattern": "^[0-9]+$"},
        },
        "required": ["id", "at", "name", "city", "tags", "code"],
    });
    let mut new = old.clone();
    new["required"].as_array_mut().expect("it is one").push(json!("age"));
    let comparison = compare_schemas(&old, &new, &Options::default());
    let example = comparison.findings[0].counterexample.clone().expect("every break has one");
    assert_eq!(
        example,
        json!({
            "id": "67e55044-10b1-426f-9247-bb680e5fe0c8",
            "at": "2024-02-29T12:30:00Z",
            "name": "name",
            "city": "Ulm",
            "tags": ["tags"],
            "code": "0",
        })
    );
}

#[test]
fn a_finding_quotes_values_of_its_counter_example() {
    let of = |kind: &str| json!({"type": "object", "properties": {"id": {"type": kind}}, "required": ["id"]});
    let comparison = compare_schemas(&of("string"), &of("integer"), &Options::default());
    let finding = &comparison.findings[0];
    let example = finding.counterexample.clone().expect("every break has one");
    assert!(finding.message.contains(&example["id"].to_string()), "{} {example}", finding.message);
}

/// The rules and the places of the findings between two schemas, the second of which is the reader's.
#[track_caller]
fn check_places(writer: &Value, reader: &Value, expected: &[(&str, &str)]) {
    for reading in [Reading::Strict, Reading::Typed] {
        let comparison = compare_schemas(writer, reader, &Options { reading, ..Options::default() });
        let found: Vec<(&str, &str)> = comparison
            .findings
            .iter()
            .map(|finding| (finding.rule.id, finding.reader_pointer.as_str()))
            .collect();
        assert_eq!(found, expected, "{reading:?}: {comparison:?}");
    }
}

#[test]
fn a_finding_names_the_place_below_every_keyword() {
    let digits = |kind: &str| {
        json!({
            "type": "object",
            "patternProperties": {r"^\d+$": {"type": kind}, "^a/b~": {"type": "boolean"}},
            "additionalProperties": false,
        })
    };
    check_places(
        &digits("string"),
        &digits("integer"),
        &[("type-changed", r"/patternProperties/^\d+$/type")],
    );
    let slash = |kind: &str| json!({"type": "object", "patternProperties": {"^a/b~": {"type": kind}}});
    check_places(&slash("string"), &slash("integer"), &[("type-changed", "/patternProperties/^a~1b~0/type")]);
    let named = |kind: &str| json!({"type": "object", "properties": {"additionalProperties": {"type": kind}}, "required": ["additionalProperties"]});
    let mut refused = named("string");
    refused["properties"]["additionalProperties"] = json!(false);
    check_places(&named("string"), &refused, &[("never-read", "/properties/additionalProperties")]);
    let dependent = |kind: &str| {
        json!({
            "type": "object",
            "properties": {"a": true, "b": true},
            "dependentSchemas": {"a": {"properties": {"b": {"type": kind}}}},
        })
    };
    check_places(
        &dependent("string"),
        &dependent("integer"),
        &[("type-changed", "/dependentSchemas/a/properties/b/type")],
    );
    let closed = json!({
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "allOf": [{"properties": {"b": {"type": "string"}}}],
        "unevaluatedProperties": false,
    });
    let mut wider = closed.clone();
    wider["properties"]["c"] = json!({"type": "string"});
    check_places(&wider, &closed, &[("field-refused", "/unevaluatedProperties")]);
}

#[test]
fn a_schema_without_a_type_is_explained_as_one_with_a_type() {
    for kind in [None, Some("object")] {
        let with = |field: &str| {
            let mut schema = json!({"properties": {"a": {"type": field}}});
            if let Some(kind) = kind {
                schema["type"] = kind.into();
            }
            schema
        };
        check_places(&with("integer"), &with("string"), &[("type-changed", "/properties/a/type")]);
    }
}

/// A contract whose two messages share a type that writes the field `out` and reads the field `inn`.
fn apart(more: &Value) -> Contract {
    let of = |name: &str| {
        let mut properties = more.clone();
        properties[name] = json!({"type": "integer"});
        let state = json!({"type": "object", "properties": properties, "required": [name]});
        json!({"type": "array", "items": {"$ref": "#/$defs/State"}, "$defs": {"State": state}})
    };
    let both = json!({"writes": of("out"), "reads": of("inn")});
    contract(json!({
        "list": {"kind": "call", "request": both, "reply": both},
        "changed": {"kind": "event", "payload": both},
    }))
}

#[test]
fn a_type_that_cannot_read_what_it_writes_is_reported_once() {
    let found = unreadable(&apart(&json!({})));
    let [finding] = &found[..] else { panic!("{found:?}") };
    assert_eq!(finding.rule.id, "type-unreadable");
    assert!(finding.message.starts_with("`State` cannot read what it writes: "), "{finding:?}");
    assert!(finding.message.contains("`inn` is missing"), "{finding:?}");
    assert_eq!(finding.counterexample, Some(json!([{"out": 0}])));
    assert!(unreadable(&blog(&json!({"type": "string"}))).is_empty());
}

#[test]
fn a_later_change_is_not_blamed_for_what_was_never_readable() {
    let (old, new) = (apart(&json!({})), apart(&json!({"note": {"type": "string"}})));
    let report = check_evolution(&old, &new);
    assert_eq!(report.verdict, Verdict::Compatible, "{report}");
    // But consumers cannot read it.
    assert_eq!(check_consumer(&old, &new).verdict, Verdict::Incompatible);
}

#[test]
fn a_break_next_to_what_was_never_readable_is_found() {
    let (old, new) = (apart(&json!({"n": {"type": "integer"}})), apart(&json!({"n": {"type": "string"}})));
    let report = check_evolution(&old, &new);
    let rules: Vec<&str> = report.findings.iter().map(|finding| finding.rule.id).collect();
    assert_eq!(rules, ["event-type-changed", "request-type-changed", "reply-type-changed"], "{report}");
    let mended = contract(json!({
        "list": {"kind": "call", "request": {"schema": true}, "reply": {"schema": true}},
        "changed": {"kind": "event", "payload": {"schema": true}},
    }));
    assert_eq!(check_evolution(&mended, &apart(&json!({}))).verdict, Verdict::Incompatible);
}
