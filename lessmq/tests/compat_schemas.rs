//! The verdicts of `compare_schemas`, by keyword and at its limits.

use lessmq::compat::{Draft, Formats, Options, Reading, SchemaComparison, Verdict, compare_schemas};
use serde_json::{Value, json};

fn typed(writer: &Value, reader: &Value) -> SchemaComparison {
    compare_schemas(writer, reader, &Options::default())
}

fn strict(writer: &Value, reader: &Value) -> SchemaComparison {
    let options = Options { reading: Reading::Strict, formats: Formats::Annotate, ..Options::default() };
    compare_schemas(writer, reader, &options)
}

#[track_caller]
fn check(comparison: SchemaComparison, expected: Verdict) {
    assert_eq!(comparison.verdict, expected, "{comparison:?}");
    let has_examples = comparison.findings.iter().all(|finding| finding.counterexample.is_some());
    assert_eq!(comparison.findings.is_empty(), expected != Verdict::Incompatible);
    assert!(has_examples, "no counter-example: {comparison:?}");
    assert_eq!(comparison.undecided.is_some(), expected == Verdict::Undecided, "{comparison:?}");
}

fn map_of(values: Value) -> Value {
    json!({"type": "object", "additionalProperties": values})
}

#[test]
fn the_selected_pairs_of_rust_types_have_the_right_verdict() {
    for line in include_str!("compat_pairs.jsonl").lines() {
        let pair: Value = serde_json::from_str(line).expect("the file holds one pair a line");
        let expected = |label: &str| pair[label].as_bool().expect("every pair has three labels");
        let verdicts = [
            (typed(&pair["old"], &pair["new"]), expected("typed")),
            (strict(&pair["old"], &pair["new"]), expected("strict")),
        ];
        for (comparison, expected) in verdicts {
            let fine = matches!(comparison.verdict, Verdict::Compatible | Verdict::Identical);
            assert_eq!(fine, expected, "{}: {comparison:?}", pair["id"]);
            assert_ne!(comparison.verdict, Verdict::Undecided, "{}: {comparison:?}", pair["id"]);
        }
    }
}

#[test]
fn annotations_are_ignored() {
    let left = json!({"title": "A", "properties": {"title": {"type": "string", "description": "x"}}});
    let right = json!({"$comment": "B", "properties": {"title": {"type": "string"}}});
    check(typed(&left, &right), Verdict::Identical);
}

#[test]
fn a_closed_writer_does_not_send_what_it_does_not_declare() {
    let old = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    let new = json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}});
    check(typed(&old, &new), Verdict::Compatible);
    check(strict(&old, &new), Verdict::Incompatible);
    let flattened = json!({"allOf": [old, {"properties": {"b": {"type": "string"}}}]});
    check(typed(&flattened, &new), Verdict::Incompatible);
    let map = json!({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": {"type": "string"}});
    check(typed(&map, &new), Verdict::Incompatible);
}

#[test]
fn the_values_of_a_map_may_not_narrow() {
    let wide = map_of(json!({"type": "integer", "format": "uint16", "minimum": 0, "maximum": 65535}));
    let narrow = map_of(json!({"type": "integer", "format": "uint8", "minimum": 0, "maximum": 255}));
    check(typed(&wide, &narrow), Verdict::Incompatible);
    check(typed(&narrow, &wide), Verdict::Compatible);
}

#[test]
fn a_field_that_the_reader_requires_and_forbids_is_incompatible() {
    let writer = map_of(json!({"type": "integer"}));
    let reader = json!({"type": "object", "required": ["a"], "additionalProperties": false});
    check(typed(&writer, &reader), Verdict::Incompatible);
}

#[test]
fn a_union_is_the_same_inside_and_outside_of_a_property() {
    let of = |kind: Value| json!({"type": "object", "properties": {"a": kind}, "required": ["a"]});
    let inside = of(json!({"anyOf": [{"type": "string"}, {"type": "integer"}]}));
    let outside = json!({"anyOf": [of(json!({"type": "string"})), of(json!({"type": "integer"}))]});
    check(strict(&inside, &outside), Verdict::Compatible);
    check(strict(&outside, &inside), Verdict::Compatible);
}

#[test]
fn integers_beyond_two_to_the_53_are_exact() {
    let at_most = |maximum: u64| json!({"type": "integer", "maximum": maximum});
    check(typed(&at_most(9_007_199_254_740_992), &at_most(9_007_199_254_740_993)), Verdict::Compatible);
    let narrowed = typed(&at_most(u64::MAX), &at_most(u64::MAX - 1));
    assert_eq!(narrowed.findings[0].counterexample, Some(json!(u64::MAX)));
    let unsigned = json!({"type": "integer", "format": "uint64"});
    let signed = json!({"type": "integer", "format": "int64"});
    check(typed(&unsigned, &signed), Verdict::Incompatible);
    check(typed(&signed, &unsigned), Verdict::Incompatible);
}

#[test]
fn patterns_are_compared_as_languages() {
    let of = |pattern: &str| json!({"type": "string", "pattern": pattern});
    check(strict(&of("^(ab)+$"), &of("^ab")), Verdict::Compatible);
    check(strict(&of("^[a-z0-9-]{1,63}$"), &json!({"maxLength": 63, "minLength": 1})), Verdict::Compatible);
    check(strict(&of("^[a-z0-9-]{1,64}$"), &json!({"maxLength": 63})), Verdict::Incompatible);
    check(strict(&of("^(?!x$)[a-z]$"), &of("^[a-wyz]$")), Verdict::Compatible);
    check(strict(&of("a"), &of(r"(a)\1?")), Verdict::Undecided);
}

#[test]
fn formats_are_types_where_they_are_asserted() {
    let of = |format: &str| json!({"type": "string", "format": format});
    let uuid = json!({"type": "string", "pattern": "^[0-9a-fA-F-]{36}$"});
    check(typed(&of("uuid"), &uuid), Verdict::Compatible);
    check(typed(&of("date-time"), &json!({"type": "string", "minLength": 20})), Verdict::Compatible);
    check(typed(&of("ipv4"), &of("ip")), Verdict::Compatible);
    for (narrow, wide) in [
        ("uri", "uri-reference"),
        ("uri", "iri"),
        ("uri-reference", "iri-reference"),
        ("iri", "iri-reference"),
        ("email", "idn-email"),
        ("hostname", "idn-hostname"),
        ("ipv6", "ip"),
    ] {
        check(typed(&of(narrow), &of(wide)), Verdict::Compatible);
    }
    for (wide, narrow) in [("uri-reference", "uri"), ("iri", "uri"), ("ip", "ipv6"), ("ip", "ipv4")] {
        check(typed(&of(wide), &of(narrow)), Verdict::Incompatible);
    }
    check(typed(&of("date-time"), &of("uuid")), Verdict::Incompatible);
    check(typed(&of("email"), &json!({"type": "string"})), Verdict::Compatible);
    check(typed(&json!({"type": "string"}), &of("email")), Verdict::Incompatible);
    check(typed(&json!({"type": "string"}), &of("flavour-of-the-day")), Verdict::Undecided);
    check(strict(&json!({"type": "string"}), &of("uuid")), Verdict::Compatible);
}

#[test]
fn evaluated_properties_are_those_of_the_selected_branch() {
    let writer =
        json!({"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}});
    let reader = json!({
        "properties": {"a": true},
        "anyOf": [{"properties": {"b": {"type": "integer"}}, "required": ["b"]}, {"required": ["a"]}, true],
        "unevaluatedProperties": false,
    });
    check(typed(&writer, &reader), Verdict::Compatible);
    let without = json!({"properties": {"a": true}, "unevaluatedProperties": false});
    check(typed(&writer, &without), Verdict::Incompatible);
}

#[test]
fn recursive_types_are_compared_coinductively() {
    let tree = |value: Value| {
        json!({
            "$ref": "#/$defs/Tree",
            "$defs": {"Tree": {
                "type": "object",
                "properties": {"value": value, "children": {"type": "array", "items": {"$ref": "#/$defs/Tree"}}},
                "required": ["value", "children"],
            }},
        })
    };
    let number = tree(json!({"type": "number"}));
    let integer = tree(json!({"type": "integer"}));
    check(typed(&integer, &number), Verdict::Compatible);
    check(typed(&number, &integer), Verdict::Incompatible);
    let endless = json!({"type": "object", "properties": {"next": {"$ref": "#"}}, "required": ["next"]});
    check(strict(&endless, &json!(false)), Verdict::Compatible);
}

#[test]
fn sets_of_recursive_values_are_counted() {
    let sets = |most: Value| {
        let mut kids = json!({"type": "array", "items": {"$ref": "#"}, "uniqueItems": true});
        kids["maxItems"] = most;
        json!({"type": "object", "properties": {"kids": kids}, "required": ["kids"], "additionalProperties": false})
    };
    check(strict(&sets(json!(4)), &sets(json!(2))), Verdict::Incompatible);
    check(strict(&sets(json!(2)), &sets(json!(4))), Verdict::Compatible);
}

#[test]
fn every_incompatibility_of_a_message_is_a_finding() {
    let old = json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}});
    let new = json!({
        "type": "object",
        "properties": {"a": {"type": "string", "maxLength": 3}, "b": {"type": "integer", "minimum": 0}, "c": true},
        "required": ["a", "c"],
    });
    let rules: Vec<&str> = typed(&old, &new).findings.iter().map(|finding| finding.rule.id).collect();
    assert_eq!(rules.iter().filter(|rule| **rule == "field-required").count(), 2, "{rules:?}");
    assert!(
        rules.contains(&"string-length-narrowed") && rules.contains(&"number-range-narrowed"),
        "{rules:?}"
    );
}

#[test]
fn a_recursive_enum_of_a_hundred_variants_is_decided() {
    let variants = |count: usize| {
        let variant = |index: usize| {
            json!({
                "type": "object",
                "properties": {
                    "type": {"type": "string", "const": format!("V{index}")},
                    "inner": {"anyOf": [{"$ref": "#/$defs/E"}, {"type": "null"}]},
                    "list": {"type": "array", "items": {"$ref": "#/$defs/E"}},
                },
                "required": ["type", "list"],
            })
        };
        json!({"$ref": "#/$defs/E", "$defs": {"E": {"oneOf": (0..count).map(variant).collect::<Vec<_>>()}}})
    };
    check(typed(&variants(100), &variants(101)), Verdict::Compatible);
    check(typed(&variants(101), &variants(100)), Verdict::Incompatible);
}

#[test]
fn draft_07_has_other_forms_of_tuples_and_references() {
    let options = Options { draft: Some(Draft::Draft7), ..Options::default() };
    let writer = json!({"type": "array", "items": [{"type": "integer"}], "additionalItems": false});
    let reader = json!({"type": "array", "items": [{"type": "number"}]});
    check(compare_schemas(&writer, &reader, &options), Verdict::Compatible);
    check(compare_schemas(&reader, &writer, &options), Verdict::Incompatible);
    let beside = json!({"definitions": {"a": {"type": "string"}}, "$ref": "#/definitions/a", "maxLength": 1});
    check(compare_schemas(&json!({"type": "string"}), &beside, &options), Verdict::Compatible);
}

#[test]
fn remote_references_are_not_fetched() {
    let remote = json!({"$ref": "https://example.com/schema.json"});
    check(typed(&json!({"type": "string"}), &remote), Verdict::Undecided);
    check(typed(&remote, &json!(true)), Verdict::Compatible);
    check(typed(&json!({"$ref": "#/$defs/Missing"}), &json!({"type": "null"})), Verdict::Undecided);
}

#[test]
fn invalid_schemas_are_undecided() {
    for invalid in [
        json!({"type": "strin"}),
        json!({"minimum": "3"}),
        json!({"required": "a"}),
        json!({"properties": []}),
        json!({"minLength": -1}),
        json!({"multipleOf": 0}),
        json!({"anyOf": {}}),
        json!([1]),
        json!({"$ref": "#"}),
        json!({"$schema": "http://json-schema.org/draft-03/schema#", "type": "any"}),
        json!({"$schema": "http://json-schema.org/draft-06/schema#", "exclusiveMinimum": true}),
    ] {
        check(typed(&invalid, &json!({"type": "string"})), Verdict::Undecided);
        check(typed(&json!({"type": "string"}), &invalid), Verdict::Undecided);
    }
}

/// Half of the stack that a thread has by default.
const SMALL_STACK: usize = 1 << 20;

fn on_a_small_stack(work: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(SMALL_STACK);
        let handle = thread.spawn_scoped(scope, work).expect("the thread starts");
        if let Err(panic) = handle.join() {
            std::panic::resume_unwind(panic);
        }
    });
}

#[test]
fn deep_schemas_are_compared_on_a_small_stack() {
    let nested = |depth: usize, leaf: &str| {
        (0..depth)
            .fold(json!({"type": leaf}), |inner, _| json!({"properties": {"a": inner}, "required": ["a"]}))
    };
    on_a_small_stack(|| {
        check(typed(&nested(100, "integer"), &nested(100, "number")), Verdict::Compatible);
        check(typed(&nested(100, "string"), &nested(100, "number")), Verdict::Incompatible);
    });
    check(typed(&nested(1_000, "integer"), &nested(1_000, "number")), Verdict::Undecided);
    let lists = (0..1_000).fold(json!({"type": "null"}), |inner, _| json!({"items": inner}));
    check(typed(&lists, &json!({"type": "array"})), Verdict::Undecided);
}

#[test]
fn long_chains_of_types_are_compared_on_a_small_stack() {
    let chain = |length: usize, leaf: &str| {
        let mut defs = serde_json::Map::new();
        for index in 0..length {
            let next = json!({"type": "object", "properties": {"next": {"$ref": format!("#/$defs/T{}", index + 1)}}, "required": ["next"]});
            defs.insert(format!("T{index}"), next);
        }
        defs.insert(format!("T{length}"), json!({"type": leaf}));
        json!({"$ref": "#/$defs/T0", "$defs": defs})
    };
    on_a_small_stack(|| {
        check(typed(&chain(300, "integer"), &chain(300, "number")), Verdict::Compatible);
        check(typed(&chain(300, "string"), &chain(300, "number")), Verdict::Incompatible);
        let endless = typed(&chain(5_000, "integer"), &chain(5_000, "number"));
        check(endless, Verdict::Undecided);
    });
}

#[test]
fn long_circles_of_types_are_compared_on_a_small_stack() {
    let circle = |length: usize, leaf: &str| {
        let mut defs = serde_json::Map::new();
        for index in 0..length {
            let next = json!({"$ref": format!("#/$defs/T{}", (index + 1) % length)});
            let properties = json!({"next": next, "value": {"type": leaf}});
            defs.insert(
                format!("T{index}"),
                json!({"type": "object", "properties": properties, "required": ["value"]}),
            );
        }
        json!({"$ref": "#/$defs/T0", "$defs": defs})
    };
    on_a_small_stack(|| {
        check(typed(&circle(200, "integer"), &circle(200, "number")), Verdict::Compatible);
        check(typed(&circle(200, "integer"), &circle(150, "number")), Verdict::Compatible);
        check(typed(&circle(200, "string"), &circle(200, "number")), Verdict::Incompatible);
    });
}

#[test]
fn many_choices_are_compared_on_a_small_stack() {
    let one_of = |count: usize| {
        let variant = |index: usize| {
            let name = format!("f{index}");
            json!({"type": "object", "properties": {&name: {"type": "string"}}, "required": [&name]})
        };
        json!({"anyOf": (0..count).map(variant).collect::<Vec<_>>()})
    };
    on_a_small_stack(|| {
        check(typed(&one_of(200), &one_of(201)), Verdict::Compatible);
        check(typed(&one_of(201), &one_of(200)), Verdict::Incompatible);
    });
}

#[test]
fn combinations_of_too_many_levels_are_undecided() {
    let combined = |leaf: &str| {
        let types = json!({"type": ["string", "integer", "null"]});
        (0..100).fold(json!({"type": leaf}), |inner, _| json!({"allOf": [inner, types]}))
    };
    on_a_small_stack(|| check(typed(&combined("string"), &combined("object")), Verdict::Undecided));
}

#[test]
fn schemas_that_are_unknown_for_the_same_reason_are_not_equal() {
    let with_rest = |rest: &str| {
        let branch = |index: usize| json!({"properties": {format!("f{index}"): {"type": "string"}}});
        let branches: Vec<Value> = (0..8).map(branch).collect();
        json!({"type": "object", "anyOf": branches, "unevaluatedProperties": {"type": rest}})
    };
    let comparison = strict(&with_rest("string"), &with_rest("integer"));
    assert_ne!(comparison.verdict, Verdict::Compatible, "{comparison:?}");
}

#[test]
fn a_spent_budget_is_undecided() {
    let clause = |index: usize| json!({"anyOf": [{"required": [format!("a{index}")]}, {"required": [format!("b{index}")]}, {"required": [format!("c{index}")]}]});
    let writer =
        json!({"type": "object", "allOf": (0..14).map(clause).collect::<Vec<_>>(), "maxProperties": 13});
    let options = Options { reading: Reading::Strict, budget: 2_000, ..Options::default() };
    check(compare_schemas(&writer, &json!(false), &options), Verdict::Undecided);
}

/// The number of comparisons grows with the number of values, not with its square: 30,000 values have 450 million pairs.
#[test]
fn enums_of_many_values_are_decided() {
    const COUNT: u32 = 30_000;
    let names = || (0..COUNT).map(|index| format!("v{index}"));
    let constant = |name: String| json!({"const": name, "title": name});
    let listed = json!({"enum": names().collect::<Vec<_>>()});
    let reversed = json!({"enum": names().rev().collect::<Vec<_>>()});
    let described = json!({"oneOf": names().map(constant).collect::<Vec<_>>()});
    let more = json!({"enum": names().chain(Some("more".to_owned())).collect::<Vec<_>>()});
    for (old, new) in [(&listed, &reversed), (&listed, &described), (&described, &reversed), (&listed, &more)]
    {
        check(strict(old, new), Verdict::Compatible);
    }
    for (old, new) in [(&more, &listed), (&more, &described), (&json!({"type": "string"}), &listed)] {
        let comparison = strict(old, new);
        assert_eq!(comparison.verdict, Verdict::Incompatible, "{:?}", comparison.undecided);
    }
    let repeated = json!({"oneOf": vec![json!({"const": 1}); COUNT as usize]});
    assert_eq!(strict(&json!({"const": 1}), &repeated).verdict, Verdict::Incompatible);
    let numbers = json!({"enum": (0..COUNT).collect::<Vec<_>>()});
    check(strict(&numbers, &json!({"type": "integer", "maximum": COUNT})), Verdict::Compatible);
    assert_eq!(strict(&json!({"type": "integer"}), &numbers).verdict, Verdict::Incompatible);
}

#[test]
fn a_finding_points_at_both_sides() {
    let of = |kind: &str| {
        json!({
            "$defs": {"Address": {"type": "object", "properties": {"street": {"type": kind}}, "required": ["street"]}},
            "type": "object",
            "properties": {"home": {"$ref": "#/$defs/Address"}},
            "required": ["home"],
        })
    };
    let comparison = typed(&of("string"), &of("integer"));
    let finding = &comparison.findings[0];
    assert_eq!(finding.reader_pointer, "/$defs/Address/properties/street/type");
    assert_eq!(finding.writer_pointer, "/$defs/Address/properties/street");
    assert_eq!(finding.counterexample, Some(json!({"home": {"street": "a"}})));
    assert_eq!(finding.rule.id, "type-changed");
}

#[test]
fn a_part_with_several_schemas_on_each_level_is_evaluated_once() {
    let step = json!({"properties": {"a": {"$ref": "#"}}, "type": "object"});
    let recursive = json!({"anyOf": [step, {"allOf": [step, {"not": {"required": ["b"]}}]}, {"const": 1}]});
    let deep = (0..18).fold(json!({"b": 1}), |inner, _| json!({"a": inner}));
    let constant = json!({"const": deep});
    check(strict(&constant, &recursive), Verdict::Compatible);
    check(strict(&constant, &json!({"not": recursive})), Verdict::Incompatible);
}

#[test]
fn a_recursive_part_that_did_not_change_is_not_compared_with_itself() {
    // Each choice refers to all others, so that a search would visit all sets of them.
    let schema = |more: &str| {
        let mut definitions = serde_json::Map::new();
        for at in 0..12 {
            let branches = (0..12).map(|to| {
                let of = |name: &str| json!({"$ref": format!("#/$defs/{name}{to}")});
                json!({"properties": {format!("p{at}{to}"): of("A"), "list": {"items": of("A")}}})
            });
            definitions.insert(format!("A{at}"), json!({"anyOf": branches.collect::<Vec<_>>()}));
        }
        json!({"properties": {"a": {"$ref": "#/$defs/A0"}, more: {"type": "string"}}, "$defs": definitions})
    };
    let options = Options { reading: Reading::Strict, budget: 2_000, ..Options::default() };
    let (old, mut new) = (schema("b"), schema("b"));
    new["properties"]["c"] = json!(true);
    check(compare_schemas(&old, &new, &options), Verdict::Compatible);
    new["$defs"]["A11"]["anyOf"][3] =
        json!({"properties": {"list": {"type": "array"}}, "required": ["list"]});
    let comparison = compare_schemas(&old, &new, &options);
    assert_ne!(comparison.verdict, Verdict::Compatible, "{comparison:?}");
}

#[test]
fn unevaluated_properties_are_decided_over_many_branches() {
    let schema = |count: usize, rest: Value| {
        let branch = |at: usize| {
            let of = |name: &str| json!({"properties": {format!("{name}{at}"): {"type": "string"}}});
            json!({"anyOf": [{"required": [format!("a{at}")], "properties": of("a")["properties"]}, of("b")]})
        };
        let branches: Vec<Value> = (0..count).map(branch).collect();
        json!({"type": "object", "allOf": branches, "unevaluatedProperties": rest})
    };
    check(strict(&schema(2, json!(false)), &schema(2, json!({"type": "string"}))), Verdict::Compatible);
    let (none, texts) = (schema(20, json!(false)), schema(20, json!({"type": "string"})));
    check(strict(&texts, &none), Verdict::Incompatible);
    check(strict(&json!({"enum": [{"a3": "x", "b4": "y"}]}), &none), Verdict::Compatible);
    check(strict(&json!({"enum": [{"a3": "x", "c": "y"}]}), &none), Verdict::Incompatible);
}

#[test]
fn fields_that_only_patterns_describe_are_decided() {
    let of = |patterns: usize, kind: &str| {
        let all = (0..patterns).map(|at| (format!("^p{at}-"), json!({"type": kind})));
        json!({"type": "object", "patternProperties": all.collect::<serde_json::Map<_, _>>(), "additionalProperties": false})
    };
    for patterns in [2, 7, 20] {
        check(strict(&of(patterns, "integer"), &of(patterns, "number")), Verdict::Compatible);
        check(strict(&of(patterns, "number"), &of(patterns, "integer")), Verdict::Incompatible);
    }
    // Both of two fields need a name that only a pattern describes.
    let needs = json!({"not": {"patternProperties": {"^a": {"type": "null"}}}});
    let both =
        json!({"allOf": [needs, {"not": {"patternProperties": {"^b": {"type": "null"}}}}], "type": "object"});
    check(strict(&both, &json!({"minProperties": 1})), Verdict::Compatible);
    check(strict(&both, &json!({"minProperties": 3})), Verdict::Incompatible);
}

#[test]
fn a_long_range_of_integers_is_compared_with_an_enum() {
    let range = json!({"type": "integer", "minimum": 0, "maximum": 20_000});
    let listed = |count: u32| json!({"enum": (0..=count).collect::<Vec<u32>>()});
    check(strict(&range, &listed(20_000)), Verdict::Compatible);
    check(strict(&range, &listed(19_999)), Verdict::Incompatible);
}
