//! Invalid input has an error or a reason, and never causes a panic, a stack overflow or a wrong verdict.

use lessmq::compat::{Options, Severity, Verdict, check_consumer, check_evolution, compare_schemas};
use lessmq::contract::{Contract, MAX_DOCUMENT_BYTES};
use proptest::prelude::*;
use serde_json::{Value, json};

fn document(methods: Value) -> String {
    json!({"lessmq": "2", "service": "shop", "version": "1.0.0", "methods": methods}).to_string()
}

/// One command, `place`, with this schema.
fn placed(schema: Value) -> Value {
    json!({"place": {"kind": "command", "request": {"schema": schema}}})
}

/// A contract whose command `place` has this schema. It is set afterwards, because documents cannot nest so deep.
fn placing(schema: Value) -> Contract {
    let text = document(placed(json!(true)));
    let mut contract = Contract::from_json(text.as_bytes()).expect("it is a contract");
    let request = &mut contract.command_mut("place").expect("it is there").request;
    request.writes = schema.clone();
    request.reads = schema;
    contract
}

/// Checks that a comparison with a usual schema is undecided, for a reason that contains `reason`.
#[track_caller]
fn is_undecided(schema: Value, reason: &str) {
    let usual =
        placing(json!({"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}));
    let odd = placing(schema);
    for report in [check_evolution(&usual, &odd), check_consumer(&odd, &usual)] {
        assert_eq!(report.verdict, Verdict::Undecided, "{report}");
        let finding = &report.findings[0];
        assert_eq!((finding.rule.id, finding.severity), ("undecided", Severity::Warning));
        assert!(finding.message.contains(reason), "{}", finding.message);
    }
}

#[test]
fn an_invalid_schema_is_undecided() {
    is_undecided(json!({"type": "strin"}), "`strin` is not a type".replace('`', "\"").as_str());
    is_undecided(json!({"required": "id"}), "`required`");
    is_undecided(json!([1]), "not a schema");
    is_undecided(json!({"$schema": "http://json-schema.org/draft-03/schema#"}), "draft-03");
}

#[test]
fn references_without_a_target_or_to_other_documents_are_undecided_and_never_fetched() {
    is_undecided(
        json!({"type": "object", "properties": {"id": {"$ref": "https://example.com/id.json"}}, "required": ["id"]}),
        "is not fetched",
    );
    is_undecided(
        json!({"type": "object", "properties": {"id": {"$ref": "file:///etc/passwd"}}, "required": ["id"]}),
        "is not fetched",
    );
    is_undecided(
        json!({"type": "object", "properties": {"id": {"$ref": "#/$defs/Missing"}}, "required": ["id"]}),
        "has no target",
    );
}

#[test]
fn references_in_a_circle_are_undecided() {
    is_undecided(json!({"$ref": "#"}), "without a part of the value in between");
    let circle =
        json!({"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}}});
    is_undecided(circle, "without a part of the value in between");
}

#[test]
fn a_thousand_levels_are_undecided() {
    let levels: [fn(Value) -> Value; 2] = [
        |inner| Value::from_iter([("properties", Value::from_iter([("a", inner)]))]),
        |inner| Value::from_iter([("x-aliases", json!([])), ("items", inner)]),
    ];
    for level in levels {
        let mut odd = placing(json!(true));
        odd.command_mut("place").expect("it is there").request.reads =
            (0..1_000).fold(json!({"type": "null"}), |inner, _| level(inner));
        let report = check_evolution(&placing(json!({"type": "string"})), &odd);
        assert_eq!(report.verdict, Verdict::Undecided, "{report}");
        assert!(report.findings[0].message.contains("levels deep"), "{report}");
    }
}

#[test]
fn an_endless_search_stops_at_its_budget() {
    let clause = |index: usize| json!({"anyOf": (0..4).map(|other| json!({"required": [format!("f{index}_{other}")]})).collect::<Vec<_>>()});
    let hard =
        json!({"type": "object", "allOf": (0..24).map(clause).collect::<Vec<_>>(), "maxProperties": 23});
    let options = Options { budget: 5_000, ..Options::default() };
    let comparison = compare_schemas(&hard, &json!(false), &options);
    assert_eq!(comparison.verdict, Verdict::Undecided);
    assert!(comparison.undecided.expect("there is a reason").contains("step limit"));
}

#[track_caller]
fn is_rejected(document: &str, reason: &str) {
    let error = Contract::from_json(document.as_bytes()).expect_err("it is not a contract");
    assert!(format!("{error:#}").contains(reason), "{error:#}");
    assert!(error.hint().is_some(), "{error:#} has no hint");
}

#[test]
fn a_document_that_is_not_a_contract_is_rejected_with_a_hint() {
    is_rejected("not JSON", "not a contract document");
    is_rejected(&" ".repeat(50 << 20), "larger than");
    const { assert!(MAX_DOCUMENT_BYTES < 50 << 20) };
    is_rejected(
        &document(placed(json!({}))).replace("{\"schema\":{}}", &"[".repeat(1_000)),
        "recursion limit",
    );
    let command = json!({"kind": "command", "request": {"schema": true}});
    is_rejected(&document(json!({"place order": command})), "`place order`");
    is_rejected(&document(json!({"2": command})), "`2`");
    is_rejected(&document(json!({"": command})), "``");
}

/// Any JSON with keywords of JSON Schema, in place of schemas and methods.
fn any_json() -> impl Strategy<Value = Value> {
    let key = prop_oneof![
        proptest::sample::select(vec![
            "type",
            "$ref",
            "properties",
            "items",
            "anyOf",
            "not",
            "required",
            "enum",
            "format",
            "pattern",
            "$defs",
            "minimum",
            "x-aliases",
            "x-variant-aliases",
            "const",
            "$id",
            "$anchor",
            "$dynamicRef",
            "unevaluatedProperties",
        ])
        .prop_map(str::to_owned),
        "[a-z]{1,3}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        proptest::sample::select(vec![
            "object",
            "string",
            "integer",
            "#",
            "#/$defs/a",
            "uuid",
            "^a+$",
            "(",
            "a"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            3 => proptest::collection::btree_map(key.clone(), inner.clone(), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
            1 => proptest::collection::vec(inner, 0..4).prop_map(Value::from),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_in_place_of_a_schema_has_a_verdict(old in any_json(), new in any_json()) {
        let options = Options { budget: 20_000, ..Options::default() };
        let comparison = compare_schemas(&old, &new, &options);
        prop_assert_eq!(comparison.verdict == Verdict::Undecided, comparison.undecided.is_some());
        prop_assert_eq!(comparison.verdict == Verdict::Incompatible, !comparison.findings.is_empty());
        for finding in comparison.findings {
            prop_assert!(old.pointer(&finding.writer_pointer).is_some(), "{} in {old}", finding.writer_pointer);
            prop_assert!(new.pointer(&finding.reader_pointer).is_some(), "{} in {new}", finding.reader_pointer);
        }
    }

    #[test]
    fn any_json_in_place_of_methods_is_read_or_rejected(methods in any_json()) {
        if methods.is_object() {
            let text = document(placed(methods.clone()));
            let contract = Contract::from_json(text.as_bytes()).expect("a contract may have any schema");
            prop_assert_eq!(check_evolution(&contract, &contract).verdict, Verdict::Identical);
            let is_read = Contract::from_json(document(methods.clone()).as_bytes()).is_ok();
            prop_assert_eq!(is_read, methods == json!({}));
        }
    }
}

/// Sixty types that each require the next one twice, so that a value has 2^60 parts.
fn doubling(leaf: Value) -> Value {
    let mut definitions = serde_json::Map::new();
    for level in 0..60 {
        let next = json!({"$ref": format!("#/$defs/T{}", level + 1)});
        let pair = json!({"type": "object", "properties": {"a": next, "b": next}, "required": ["a", "b"]});
        definitions.insert(format!("T{level}"), pair);
    }
    definitions.insert("T60".to_owned(), leaf);
    json!({"$ref": "#/$defs/T0", "$defs": definitions})
}

#[test]
fn types_whose_values_are_too_large_are_compared_without_a_value() {
    let (texts, integers) = (doubling(json!({"type": "string"})), doubling(json!({"type": "integer"})));
    let changed = compare_schemas(&texts, &integers, &Options::default());
    assert_eq!(changed.verdict, Verdict::Undecided);
    assert!(changed.undecided.is_some_and(|reason| reason.contains("would have more than 10000 values")));
    let wider = compare_schemas(&integers, &doubling(json!({"type": "number"})), &Options::default());
    assert_eq!(wider.verdict, Verdict::Compatible);
}
