//! Properties of `compare_schemas` over documents of all drafts: references that lead nowhere, parts that are undecidable on
//! both sides, and identifiers in odd places. The `jsonschema` crate says which values are valid.

use jsonschema::Validator;
use lessmq::compat::{Draft, Formats, Options, Reading, SchemaComparison, Verdict, compare_schemas};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

const DRAFTS: [Draft; 5] =
    [Draft::Draft4, Draft::Draft6, Draft::Draft7, Draft::Draft201909, Draft::Draft202012];

fn draft() -> impl Strategy<Value = Draft> {
    select(DRAFTS.to_vec())
}

fn name() -> impl Strategy<Value = String> {
    select(vec!["a", "b", "$id", "id"]).prop_map(str::to_owned)
}

fn scalar() -> impl Strategy<Value = Value> {
    select(vec![json!(null), json!(true), json!(0), json!(1), json!(2.5), json!("a"), json!("word")])
}

fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::Array),
            btree_map(name(), inner, 0..3).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// A part that is filled later: `{"hole": NUMBER}`.
const HOLE: &str = "hole";
/// The references of the holes. Those of the first two are identified by their URI, so they mean the same in every document.
const REFERENCES: [&str; 5] = [
    "https://remote.test/a",
    "https://remote.test/b#/x",
    "common.json",
    "#/definitions/Missing",
    "../up.json#a",
];
const IDENTIFIED: usize = 2;

/// A schema of `draft`, whose leaves are of `leaf`.
fn schema(draft: Draft, leaf: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let plain = prop_oneof![
        2 => select(vec!["null", "boolean", "integer", "number", "string", "array", "object"])
            .prop_map(|kind| json!({"type": kind})),
        1 => vec(scalar(), 1..3).prop_map(|values| json!({"enum": values})),
        1 => (0..3).prop_map(|bound| json!({"minimum": bound})),
        1 => Just(json!({"type": "string", "pattern": r"\bword\b"})),
        1 => Just(json!({})),
        1 => Just(json!({"not": {}})),
    ];
    let leaf = prop_oneof![3 => plain, 2 => leaf];
    leaf.prop_recursive(3, 16, 3, move |inner| {
        let listed = vec(inner.clone(), 1..3);
        let objects = (btree_map(name(), inner.clone(), 0..3), inner.clone(), any::<[bool; 2]>(), name());
        let objects = objects.prop_map(|(properties, others, has, required)| {
            let mut schema = json!({"properties": properties});
            if has[0] {
                schema["additionalProperties"] = others;
            }
            if has[1] {
                schema["required"] = json!([required]);
            }
            schema
        });
        prop_oneof![
            3 => objects,
            2 => (select(vec!["anyOf", "allOf", "oneOf"]), listed.clone())
                .prop_map(|(keyword, schemas)| json!({keyword: schemas})),
            1 => inner.clone().prop_map(|inner| json!({"not": inner})),
            2 => (listed, inner.clone(), inner).prop_map(move |(first, rest, third)| of_draft(draft, first, rest, third)),
        ]
    })
    .boxed()
}

/// A schema with keywords that differ between the drafts.
fn of_draft(draft: Draft, first: Vec<Value>, rest: Value, third: Value) -> Value {
    let lists = match draft {
        Draft::Draft202012 => json!({"prefixItems": first, "items": rest}),
        _ => json!({"items": first, "additionalItems": rest}),
    };
    let more = match draft {
        Draft::Draft4 => json!({"dependencies": {"a": third}, "minimum": 0, "exclusiveMinimum": true}),
        Draft::Draft6 => json!({"dependencies": {"a": ["b"]}, "contains": third, "exclusiveMinimum": 0}),
        Draft::Draft7 => {
            json!({"if": third, "then": {"const": 1}, "dependencies": {"b": {"required": ["a"]}}})
        }
        Draft::Draft201909 => json!({"dependentSchemas": {"a": third}, "unevaluatedProperties": false}),
        _ => {
            json!({"dependentRequired": {"a": ["b"]}, "contains": third, "minContains": 0, "maxContains": 1})
        }
    };
    let mut schema = lists.as_object().expect("it is an object").clone();
    schema.extend(more.as_object().expect("it is an object").clone());
    Value::Object(schema)
}

fn hole() -> BoxedStrategy<Value> {
    (0..REFERENCES.len()).prop_map(|index| json!({HOLE: index})).boxed()
}

/// The schema with its holes filled. Constants have none.
fn filled(schema: &Value, fill: &impl Fn(usize) -> Value) -> Value {
    match schema {
        Value::Array(items) => items.iter().map(|item| filled(item, fill)).collect(),
        Value::Object(members) => match members.get(HOLE).and_then(Value::as_u64) {
            Some(index) => fill(usize::try_from(index).expect("it is small")),
            None => {
                let inner = members.iter().map(|(name, inner)| (name.clone(), filled(inner, fill)));
                Value::Object(inner.collect::<Map<String, Value>>())
            }
        },
        other => other.clone(),
    }
}

fn validator(schema: &Value, draft: Draft) -> Validator {
    let draft = match draft {
        Draft::Draft4 => jsonschema::Draft::Draft4,
        Draft::Draft6 => jsonschema::Draft::Draft6,
        Draft::Draft7 => jsonschema::Draft::Draft7,
        Draft::Draft201909 => jsonschema::Draft::Draft201909,
        _ => jsonschema::Draft::Draft202012,
    };
    let options = jsonschema::options().with_draft(draft).offline();
    options.build(schema).unwrap_or_else(|error| panic!("{error}: {schema}"))
}

fn compare(writer: &Value, reader: &Value, draft: Draft) -> SchemaComparison {
    let options = Options {
        reading: Reading::Strict,
        formats: Formats::Annotate,
        draft: Some(draft),
        ..Options::default()
    };
    compare_schemas(writer, reader, &options)
}

fn is_compatible(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Compatible | Verdict::Identical)
}

/// Schemas that a reference may lead to.
fn meaning() -> impl Strategy<Value = Value> {
    select(vec![
        json!({}),
        json!({"not": {}}),
        json!({"type": "string"}),
        json!({"minimum": 1}),
        json!({"required": ["a"]}),
    ])
}

/// Two schemas of one draft with holes: the second is often made of the first.
fn pair() -> impl Strategy<Value = (Draft, Value, Value)> {
    draft().prop_flat_map(|draft| {
        let one = || schema(draft, hole());
        (one(), one(), 0..4_u8).prop_map(move |(writer, reader, form)| {
            let reader = match form {
                0 => reader,
                1 => json!({"anyOf": [reader, writer]}),
                2 => json!({"not": {"allOf": [{"not": writer}, reader]}}),
                _ => writer.clone(),
            };
            (draft, writer, reader)
        })
    })
}

/// A document with identifiers where schemas are, and where they are not.
fn identified() -> impl Strategy<Value = (Draft, Value)> {
    draft().prop_flat_map(|draft| {
        let references = select(references(draft)).prop_map(|reference| json!({"$ref": reference}));
        let leaf = references.boxed();
        (schema(draft, leaf.clone()), schema(draft, leaf), any::<[bool; 4]>())
            .prop_map(move |(root, part, odd)| (draft, document(draft, &root, &part, odd)))
    })
}

/// The references to the identifiers of [`document`].
fn references(draft: Draft) -> Vec<&'static str> {
    let mut references = vec!["https://e.test/a", "a", "part/b", "#/definitions/named", "#/definitions/part"];
    references.push(if draft >= Draft::Draft6 { "#anchor" } else { "#/definitions/b" });
    references
}

fn document(draft: Draft, root: &Value, part: &Value, odd: [bool; 4]) -> Value {
    let id = if draft == Draft::Draft4 { "id" } else { "$id" };
    let decoy = json!({id: "https://e.test/a", "type": "null"});
    let anchored = match draft {
        Draft::Draft4 => json!({"type": "boolean"}),
        Draft::Draft6 | Draft::Draft7 => json!({"$id": "#anchor", "type": "boolean"}),
        _ => json!({"$anchor": "anchor", "type": "boolean"}),
    };
    let mut document = json!({
        id: "https://e.test/root",
        // References are only below a property, so that none leads to itself.
        "properties": {"a": root, "b": {"properties": {"a": part}}},
        "definitions": {
            "named": {id: "a", "type": "integer"},
            "part": {id: "part/", "definitions": {"b": {id: "b", "type": "string"}}, "type": ["array", "null"]},
            "b": anchored,
        },
    });
    if odd[0] {
        document["x-note"] = decoy.clone();
    }
    if odd[1] {
        document["properties"]["a"] = json!({"anyOf": [document["properties"]["a"], {"enum": [decoy]}]});
    }
    if odd[2] {
        document["default"] = json!({"properties": decoy});
    }
    if odd[3] {
        document["properties"][id] = json!({"type": "string"});
    }
    document
}

proptest! {
    #[test]
    fn a_verdict_is_right_whatever_the_references_lead_to(
        (draft, writer, reader) in pair(),
        shared in vec(meaning(), IDENTIFIED),
        own in vec(meaning(), 2 * REFERENCES.len()),
        values in vec(value(), 20),
    ) {
        let reference = |index: usize| json!({"$ref": REFERENCES[index]});
        let comparison = compare(&filled(&writer, &reference), &filled(&reader, &reference), draft);
        // A document of its own may have another meaning, except where the reference is identified.
        let of = |side: usize| {
            let (shared, own) = (&shared, &own);
            move |index: usize| shared.get(index).unwrap_or(&own[side * REFERENCES.len() + index]).clone()
        };
        let (meant_writer, meant_reader) = (filled(&writer, &of(0)), filled(&reader, &of(1)));
        let (sends, reads) = (validator(&meant_writer, draft), validator(&meant_reader, draft));
        if is_compatible(comparison.verdict) {
            for value in &values {
                prop_assert!(
                    !sends.is_valid(value) || reads.is_valid(value),
                    "{:?}: {} {} {}", draft, meant_writer, meant_reader, value
                );
            }
        }
        for finding in comparison.findings {
            let example = finding.counterexample.expect("every break has an example");
            prop_assert!(
                sends.is_valid(&example) && !reads.is_valid(&example),
                "{:?}: {} {} {}", draft, meant_writer, meant_reader, example
            );
        }
    }

    #[test]
    fn a_schema_of_any_draft_accepts_what_the_jsonschema_crate_accepts(
        (draft, schema) in draft().prop_flat_map(|draft| (Just(draft), schema(draft, Just(json!({"minLength": 2})).boxed()))),
        values in vec(value(), 20),
    ) {
        agree(draft, &schema, &values)?;
    }

    #[test]
    fn identifiers_are_found_only_where_schemas_are((draft, schema) in identified(), values in vec(value(), 20)) {
        agree(draft, &schema, &values)?;
    }
}

/// Each value is sent alone. The verdict is that of the `jsonschema` crate, unless it is undecided.
fn agree(draft: Draft, schema: &Value, values: &[Value]) -> Result<(), TestCaseError> {
    let independent = validator(schema, draft);
    for value in values.iter().cloned().chain(values.iter().map(|value| json!({"a": value}))) {
        let comparison = compare(&json!({"enum": [value]}), schema, draft);
        if comparison.verdict != Verdict::Undecided {
            prop_assert_eq!(
                is_compatible(comparison.verdict),
                independent.is_valid(&value),
                "{:?}: {} {}: {:?}",
                draft,
                schema,
                value,
                comparison
            );
        }
    }
    Ok(())
}
