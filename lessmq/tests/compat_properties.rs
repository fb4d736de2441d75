//! Properties of `compare_schemas` over random schemas: it is sound, reflexive and transitive, and its counter-examples are
//! valid.

use jsonschema::Validator;
use lessmq::ErrorKind;
use lessmq::compat::{Formats, Options, Reading, Verdict, compare_schemas};
use lessmq::contract::Message;
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

fn scalar() -> impl Strategy<Value = Value> {
    select(vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(1),
        json!(2),
        json!(3),
        json!(0.5),
        json!(""),
        json!("a"),
        json!("b"),
        json!("ab"),
        json!("aaa"),
    ])
}

fn name() -> impl Strategy<Value = String> {
    select(vec!["a", "b", "c", "ab"]).prop_map(str::to_owned)
}

/// Small JSON values with the names and constants of the schemas.
fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::Array),
            btree_map(name(), inner, 0..4).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// A schema of the keywords that have a value.
fn keywords<const N: usize>(given: [(&str, Option<Value>); N]) -> Value {
    let given = given.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Object(given.collect::<Map<String, Value>>())
}

fn number_schema() -> impl Strategy<Value = Value> {
    let bound = || weighted(0.3, select(vec![json!(-1), json!(0), json!(1), json!(2), json!(1.5)]));
    let step = weighted(0.3, select(vec![json!(2), json!(3), json!(0.5)]));
    let kind = weighted(0.6, select(vec![json!("integer"), json!("number")]));
    (kind, bound(), bound(), bound(), step).prop_map(|(kind, minimum, maximum, above, step)| {
        keywords([
            ("type", kind),
            ("minimum", minimum),
            ("maximum", maximum),
            ("exclusiveMinimum", above),
            ("multipleOf", step),
        ])
    })
}

fn string_schema() -> impl Strategy<Value = Value> {
    let length = || weighted(0.3, (0..4_u32).prop_map(Value::from));
    let pattern = select(vec!["^a*$", "a", "^[ab]{1,2}$", "b$", "^(?!a)", "^.{2}"]);
    let kind = weighted(0.6, Just(json!("string")));
    (kind, length(), length(), weighted(0.4, pattern.prop_map(Value::from))).prop_map(
        |(kind, min, max, pattern)| {
            keywords([("type", kind), ("minLength", min), ("maxLength", max), ("pattern", pattern)])
        },
    )
}

fn object_schema(inner: BoxedStrategy<Value>) -> impl Strategy<Value = Value> {
    let members = |chance| {
        let members = btree_map(name(), inner.clone(), 0..3);
        weighted(chance, members.prop_map(|members| members.into_iter().collect::<Value>()))
    };
    let required =
        weighted(0.5, btree_set(name(), 0..3).prop_map(|names| names.into_iter().collect::<Value>()));
    let count = || weighted(0.15, (0..4_u32).prop_map(Value::from));
    let closed = || prop_oneof![Just(json!(false)), inner.clone()];
    let kind = weighted(0.7, Just(json!("object")));
    (
        kind,
        members(0.8),
        required,
        weighted(0.3, closed()),
        members(0.15),
        count(),
        count(),
        weighted(0.08, closed()),
    )
        .prop_map(|(kind, properties, required, others, patterns, min, max, unevaluated)| {
            keywords([
                ("type", kind),
                ("properties", properties),
                ("required", required),
                ("additionalProperties", others),
                ("patternProperties", patterns),
                ("minProperties", min),
                ("maxProperties", max),
                ("unevaluatedProperties", unevaluated),
            ])
        })
}

fn array_schema(inner: BoxedStrategy<Value>) -> impl Strategy<Value = Value> {
    let prefix = weighted(0.3, vec(inner.clone(), 1..3).prop_map(Value::from));
    let count = |chance| weighted(chance, (0..4_u32).prop_map(Value::from));
    let kind = weighted(0.7, Just(json!("array")));
    let unique = weighted(0.2, Just(json!(true)));
    (
        kind,
        prefix,
        weighted(0.5, inner.clone()),
        weighted(0.2, inner),
        count(0.2),
        count(0.2),
        count(0.1),
        unique,
    )
        .prop_map(|(kind, prefix, items, contains, min, max, least, unique)| {
            keywords([
                ("type", kind),
                ("prefixItems", prefix),
                ("items", items),
                ("minContains", least.filter(|_| contains.is_some())),
                ("contains", contains),
                ("minItems", min),
                ("maxItems", max),
                ("uniqueItems", unique),
            ])
        })
}

fn combined_schema(inner: BoxedStrategy<Value>) -> impl Strategy<Value = Value> {
    let branches = vec(inner.clone(), 1..4);
    prop_oneof![
        (select(vec!["anyOf", "allOf", "oneOf"]), branches)
            .prop_map(|(key, branches)| json!({key: branches})),
        inner.clone().prop_map(|inner| json!({"not": inner})),
        (inner.clone(), inner.clone(), inner)
            .prop_map(|(condition, then, other)| json!({"if": condition, "then": then, "else": other})),
    ]
}

/// Random schemas; a few refer to themselves through a property.
fn schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        1 => any::<bool>().prop_map(Value::from),
        2 => vec(scalar(), 1..4).prop_map(|values| json!({"enum": values})),
        2 => value().prop_map(|value| json!({"const": value})),
        2 => select(vec!["null", "boolean", "integer", "string", "array", "object"])
            .prop_map(|kind| json!({"type": kind})),
        3 => number_schema(),
        3 => string_schema(),
        1 => Just(json!({"properties": {"a": {"$ref": "#"}}})),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let inner = inner.boxed();
        prop_oneof![
            4 => object_schema(inner.clone()),
            2 => array_schema(inner.clone()),
            2 => combined_schema(inner),
        ]
    })
}

fn options(reading: Reading) -> Options {
    Options { reading, formats: Formats::Annotate, ..Options::default() }
}

fn verdict(writer: &Value, reader: &Value, reading: Reading) -> Verdict {
    compare_schemas(writer, reader, &options(reading)).verdict
}

fn validator(schema: &Value) -> Validator {
    jsonschema::draft202012::new(schema).expect("the schemas are schemas")
}

fn is_compatible(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Compatible | Verdict::Identical)
}

/// The schema with `additionalProperties: false` wherever it declares properties and no map.
fn closed(schema: &Value) -> Value {
    match schema {
        Value::Array(items) => items.iter().map(closed).collect(),
        Value::Object(members) => {
            let verbatim = |key: &str| matches!(key, "const" | "enum");
            let each = |(key, member): (&String, &Value)| {
                (key.clone(), if verbatim(key) { member.clone() } else { closed(member) })
            };
            let mut schema: Map<String, Value> = members.iter().map(each).collect();
            if schema.get("properties").is_some_and(Value::is_object) {
                schema.entry("additionalProperties").or_insert(json!(false));
            }
            Value::Object(schema)
        }
        other => other.clone(),
    }
}

/// Whether several schemas apply to one object, so that closing each of them would close too much.
fn has_conjuncts(schema: &Value) -> bool {
    match schema {
        Value::Array(items) => items.iter().any(has_conjuncts),
        Value::Object(members) => members.iter().any(|(key, member)| {
            let joined = [
                "allOf",
                "anyOf",
                "oneOf",
                "not",
                "if",
                "patternProperties",
                "prefixItems",
                "contains",
                "unevaluatedProperties",
            ];
            joined.contains(&key.as_str())
                || (!matches!(key.as_str(), "const" | "enum") && has_conjuncts(member))
        }),
        _ => false,
    }
}

proptest! {
    #[test]
    fn a_typed_writer_is_the_writer_without_undeclared_properties(writer in schema(), reader in schema()) {
        if !has_conjuncts(&writer) {
            for reader in [reader.clone(), json!({"anyOf": [reader, closed(&writer)]})] {
                let typed = verdict(&writer, &reader, Reading::Typed);
                let by_hand = verdict(&closed(&writer), &reader, Reading::Strict);
                let decided = typed != Verdict::Undecided && by_hand != Verdict::Undecided;
                prop_assert!(!decided || is_compatible(typed) == is_compatible(by_hand), "{writer} {reader}");
            }
        }
    }

    #[test]
    fn compatible_means_that_no_value_is_refused(
        writer in schema(),
        reader in schema(),
        values in vec(value(), 60),
    ) {
        // A reader made of the writer is compatible more often than a random one.
        for reader in [reader.clone(), json!({"anyOf": [reader, writer]}), json!({"not": {"not": writer}})] {
            let comparison = compare_schemas(&writer, &reader, &options(Reading::Strict));
            let (sends, reads) = (validator(&writer), validator(&reader));
            if is_compatible(comparison.verdict) {
                for value in &values {
                    prop_assert!(!sends.is_valid(value) || reads.is_valid(value), "{writer} {reader} {value}");
                }
            }
            for finding in comparison.findings {
                let example = finding.counterexample.expect("every break has an example");
                prop_assert!(sends.is_valid(&example) && !reads.is_valid(&example), "{writer} {reader} {example}");
            }
        }
    }

    #[test]
    fn messages_are_checked_as_the_jsonschema_crate_does(schema in schema(), values in vec(value(), 30)) {
        let message = Message { writes: schema.clone(), reads: true.into() };
        let independent = validator(&schema);
        for value in values {
            let checked = message.check_written(value.to_string().as_bytes());
            prop_assert_eq!(checked.is_ok(), independent.is_valid(&value), "{} {}: {:?}", schema, value, checked);
            if let Err(error) = checked {
                prop_assert_eq!(error.kind(), ErrorKind::Decode, "{}: {:?}", schema, error);
            }
        }
    }

    #[test]
    fn a_schema_is_compatible_with_itself(schema in schema()) {
        for reading in [Reading::Typed, Reading::Strict] {
            prop_assert_eq!(verdict(&schema, &schema, reading), Verdict::Identical);
            let restated = json!({"allOf": [schema]});
            let answer = verdict(&restated, &json!({"anyOf": [restated]}), reading);
            prop_assert!(answer != Verdict::Incompatible, "{schema}");
        }
    }

    #[test]
    fn inclusion_is_transitive(first in schema(), second in schema(), third in schema()) {
        let second = json!({"anyOf": [second, first]});
        let third = json!({"anyOf": [third, second]});
        let pairs = [(&first, &second), (&second, &third)];
        if pairs.iter().all(|(writer, reader)| is_compatible(verdict(writer, reader, Reading::Strict))) {
            let whole = verdict(&first, &third, Reading::Strict);
            prop_assert!(whole != Verdict::Incompatible, "{first} {second} {third}");
        }
    }

    #[test]
    fn a_closed_writer_sends_no_more_than_an_open_one(writer in schema(), reader in schema()) {
        if is_compatible(verdict(&writer, &reader, Reading::Strict)) {
            prop_assert!(verdict(&writer, &reader, Reading::Typed) != Verdict::Incompatible, "{writer} {reader}");
        }
    }
}
