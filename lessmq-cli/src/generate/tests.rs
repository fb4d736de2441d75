//! Code can be generated for every contract with local references.

use lessmq::contract::{Command, Contract, Docs, Event, Message};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::rust::{Names, RustSources};
use super::{Generated, python, rust, typescript};
use crate::report::Result;
use crate::rust_types::Replacements;

mod texts;

pub(super) fn contract(writes: Value, reads: Value) -> Contract {
    let mut contract = Contract::empty("zoo", "1.0.0".parse().expect("it is a version"));
    let event = Event { docs: Docs::default(), ordered: false, payload: Message { writes, reads } };
    contract.methods.insert("happened".to_owned(), event.into());
    contract
}

fn rust_sources(contract: &Contract) -> Result<Generated> {
    let sources = rust::sources(contract, &Names::default(), &Replacements::default());
    sources.map(|RustSources { generated, .. }| generated)
}

fn check(contract: &Contract) {
    let rust = rust_sources(contract).expect("there is Rust for it");
    for (path, text) in &rust.files {
        if let Err(error) = syn::parse_file(text) {
            panic!("{}: {error}\n{text}", path.display());
        }
    }
    assert!(!typescript::sources(contract).expect("there is TypeScript for it").files.is_empty());
    assert!(!python::sources(contract).expect("there is Python for it").files.is_empty());
    assert_eq!(
        rust,
        rust_sources(contract).expect("there is Rust for it"),
        "the generated code is the same each time"
    );
}

/// Names that are not identifiers.
fn name() -> impl Strategy<Value = String> {
    let known = [
        "a",
        "b",
        "tag",
        "kind",
        "rest",
        "self",
        "Self",
        "_",
        "",
        "type",
        "a b",
        "größe",
        "日本",
        "2nd",
        "__proto__",
        "None",
        "kind2",
        "*/",
        "\"\"\"",
        "\\",
        "²",
        "r#type",
        "\u{0}",
        "İ",
    ];
    prop_oneof![4 => prop::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => any::<String>()]
}

fn reference() -> impl Strategy<Value = Value> {
    prop::sample::select(vec!["#", "#/$defs/A", "#/$defs/Result_of_A_or_B", "#/$defs/Duration"])
        .prop_map(|reference| json!({ "$ref": reference }))
}

fn plain() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(true)),
        Just(json!(false)),
        Just(json!({})),
        Just(json!({"type": "string"})),
        Just(json!({"type": "null"})),
        Just(json!({"type": ["integer", "null"], "format": "uint64", "minimum": 0})),
        Just(json!({"type": "integer", "minimum": 1})),
        Just(json!({"type": "number", "format": "double", "default": 1.5})),
        prop::collection::vec(name(), 0..4).prop_map(|names| json!({"type": "string", "enum": names})),
        name().prop_map(|name| json!({"type": "string", "const": name})),
        reference(),
    ]
}

fn schema() -> impl Strategy<Value = Value> {
    plain().prop_recursive(4, 24, 4, |inner| {
        let many = prop::collection::vec(inner.clone(), 0..4);
        let properties = prop::collection::vec((name(), inner.clone()), 0..4);
        prop_oneof![
            (properties, any::<[bool; 3]>(), inner.clone()).prop_map(|(properties, flags, rest)| {
                let names: Vec<String> = properties.iter().map(|(name, _)| name.clone()).collect();
                let properties: Map<String, Value> = properties.into_iter().collect();
                let mut schema = json!({"type": "object", "properties": properties});
                if flags[0] {
                    schema["required"] = json!(names);
                }
                if flags[1] {
                    schema["additionalProperties"] = if flags[2] { json!(false) } else { rest };
                }
                schema
            }),
            (name(), inner.clone()).prop_map(|(name, content)| json!({
                "type": "object",
                "properties": {name.clone(): content},
                "required": [name],
                "additionalProperties": false
            })),
            (name(), name(), inner.clone()).prop_map(|(tag, name, content)| json!({
                "type": "object",
                "properties": {"tag": {"type": "string", "const": tag}, name.clone(): content},
                "required": ["tag", name]
            })),
            many.clone().prop_map(|options| json!({"oneOf": options})),
            many.clone().prop_map(|options| json!({"anyOf": options})),
            many.prop_map(|items| {
                let length = items.len();
                json!({"type": "array", "prefixItems": items, "minItems": length, "maxItems": length})
            }),
            inner.clone().prop_map(|items| json!({"type": "array", "items": items, "uniqueItems": true})),
            (inner.clone(), inner).prop_map(|(one, other)| json!({
                "type": "object",
                "properties": {"Ok": one, "more": {"type": "string"}},
                "oneOf": [other]
            })),
        ]
    })
}

fn with_definitions(mut schema: Value, definitions: [Value; 3]) -> Value {
    let [a, result, duration] = definitions;
    let definitions = json!({"A": a, "Result_of_A_or_B": result, "Duration": duration});
    match &mut schema {
        Value::Object(object) => {
            object.insert("$defs".to_owned(), definitions);
            schema
        }
        other => json!({"anyOf": [other], "$defs": definitions}),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn code_can_be_generated_for_every_contract(
        writes in schema(), reads in schema(), same in any::<bool>(), definitions in [schema(), schema(), schema()]
    ) {
        let reads = if same { writes.clone() } else { reads };
        let of = |schema| with_definitions(schema, definitions.clone());
        let contract = contract(of(writes), of(reads));
        if is_endless(&contract) {
            return Ok(());
        }
        check(&contract);
    }
}

/// Whether a type only refers to itself, which is rejected.
fn is_endless(contract: &Contract) -> bool {
    rust_sources(contract).is_err_and(|error| error.message.contains("refers to itself"))
}

#[test]
fn a_definition_named_like_a_type_of_the_standard_library_may_be_recursive() {
    let result = json!({"oneOf": [
        {"type": "object", "properties": {"Ok": {"$ref": "#/$defs/Result_of_A"}}, "required": ["Ok"]},
        {"type": "object", "properties": {"Err": {"type": "string"}}, "required": ["Err"]},
    ]});
    let schema = json!({"$ref": "#/$defs/Result_of_A", "$defs": {"Result_of_A": result}});
    check(&contract(schema.clone(), schema));
}

#[test]
fn a_schema_with_too_many_possible_shapes_is_opaque() {
    let mut schema = json!({"not": {}});
    for _ in 0..38 {
        schema = json!({"type": "object", "properties": {"a": {"type": "string"}}, "oneOf": [schema, {"not": {}}]});
    }
    check(&contract(schema.clone(), schema));
}

#[test]
fn deep_schemas_are_read() {
    let mut schema = json!({"type": "string"});
    for _ in 0..100 {
        schema = json!({"type": "object", "properties": {"a": schema}, "required": ["a"]});
    }
    check(&contract(schema.clone(), schema));
}

#[test]
fn a_secret_is_not_printed_parsed_or_copied() {
    let pin = json!({"type": "integer", "format": "uint32", "minimum": 0, "writeOnly": true});
    let of = |definition: Value| {
        json!({"$ref": "#/$defs/Wrapped", "$defs": {
            "Wrapped": {"$ref": "#/$defs/Pin"}, "Pin": definition,
        }})
    };
    let schema = of(pin);
    let contract = contract(schema.clone(), schema);
    let rust = rust_sources(&contract).expect("there is Rust for it");
    let types = &rust.files[std::path::Path::new("types.rs")];
    assert!(
        types.contains("pub struct Pin(pub u32);") && types.contains("pub struct Wrapped(pub Pin);"),
        "{types}"
    );
    for name in ["fmt::Display", "FromStr", "Copy"] {
        assert!(!types.contains(name), "{types}");
    }
}

#[test]
fn keys_of_maps_have_the_types_that_the_contract_names() {
    let check = |path: &str, newtype: Option<&str>, definition: Value, expected: &str| {
        let mut mark = json!({"crate": path.split("::").next(), "version": "1", "path": path});
        newtype.into_iter().for_each(|name| mark["newtype"] = name.into());
        let map =
            json!({"type": "object", "additionalProperties": {"type": "boolean"}, "x-rust-key-type": mark});
        let schema = json!({
            "title": "Held", "type": "object", "properties": {"map": map}, "$defs": {"OrderId": definition, "Other": {}},
        });
        let contract = contract(schema.clone(), schema);
        check(&contract);
        let rust = rust_sources(&contract).expect("there is Rust for it");
        let types = &rust.files[std::path::Path::new("types.rs")];
        assert!(types.contains(expected), "{expected}: {types}");
    };
    let id = json!({"type": "string", "format": "uuid"});
    check("uuid::Uuid", None, id.clone(), "BTreeMap<Uuid, bool>");
    check("uuid::Uuid", Some("OrderId"), id.clone(), "BTreeMap<OrderId, bool>");
    check("uuid::Uuid", Some("ShopId"), id.clone(), "pub struct ShopId(pub Uuid);");
    for other in [json!({"$ref": "#/$defs/Other"}), json!({"type": "string"}), json!(true)] {
        check("uuid::Uuid", Some("OrderId"), other, "BTreeMap<Uuid, bool>");
    }
    check("other::Id", Some("OrderId"), id, "BTreeMap<String, bool>");
}

#[test]
fn every_trait_keeps_its_docs() {
    let schema = json!({"type": "string"});
    let mut contract = contract(schema.clone(), schema.clone());
    let request = Message { writes: schema.clone(), reads: schema };
    let command = Command { docs: Docs::default(), ordered: false, request };
    contract.methods.insert("feed".to_owned(), command.into());
    contract.description = Some("Keeps animals.".to_owned());
    contract.events_description = Some("What animals do.".to_owned());
    let docs = |contract: &Contract| {
        let rust = rust_sources(contract).expect("there is Rust for it");
        let text = &rust.files[std::path::Path::new("interfaces.rs")];
        text.lines().filter_map(|line| line.strip_prefix("/// ")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(docs(&contract), ["Keeps animals.", "What animals do."]);
    contract.methods.remove("feed");
    contract.description = contract.events_description.take();
    assert_eq!(
        docs(&contract),
        ["What animals do."],
        "in a document without a separate description of events"
    );
}

#[test]
fn a_trait_has_a_name_that_no_type_conflicts_with() {
    for name in ["Zoo", "ZooEventsFake", "ZooEventsServer", "ZooEventsClient"] {
        let schema = json!({"title": name, "type": "object", "properties": {"a": {"type": "boolean"}}});
        let rust = rust_sources(&contract(schema.clone(), schema)).expect("there is Rust for it");
        let text = &rust.files[std::path::Path::new("interfaces.rs")];
        let expected = if name == "Zoo" { "pub trait ZooEvents {" } else { "pub trait ZooEventsService {" };
        assert!(text.contains(expected), "{name}: {text}");
    }
}

/// The types that are generated for a schema with the title `Held`.
fn types_of(mut schema: Value) -> String {
    schema["title"] = "Held".into();
    let contract = contract(schema.clone(), schema);
    check(&contract);
    let rust = rust_sources(&contract).expect("there is Rust for it");
    rust.files[std::path::Path::new("types.rs")].clone()
}

fn object(fields: &[&str], required: &[&str]) -> Value {
    let fields: Map<String, Value> =
        fields.iter().map(|name| ((*name).to_owned(), json!({"type": "string"}))).collect();
    json!({"type": "object", "properties": fields, "required": required})
}

#[test]
fn a_union_that_would_lose_fields_in_every_order_is_any_json() {
    let is_any = |one: Value, other: Value| {
        types_of(json!({"anyOf": [one, other]})).contains("pub struct Held(pub Value);")
    };
    assert!(is_any(object(&["a", "b"], &["a"]), object(&["a", "c"], &["a"])));
    assert!(is_any(object(&["a"], &[]), object(&["b"], &[])));
    assert!(!is_any(object(&["a", "b"], &["b"]), object(&["a", "c"], &["a"])), "the second has no `b`");
    let tagged = |tag: &str, field: &str| {
        json!({"type": "object", "required": ["tag"], "properties": {
            "tag": {"type": "string", "const": tag}, field: {"type": "string"},
        }})
    };
    assert!(!is_any(tagged("x", "a"), tagged("y", "b")), "the tags are different");
}

#[test]
fn a_map_is_tried_before_a_struct_that_would_lose_its_entries() {
    let map = json!({"type": "object", "additionalProperties": {"type": "string"}});
    let types = types_of(json!({"anyOf": [object(&["a"], &[]), map]}));
    let position = |text: &str| types.find(text).unwrap_or_else(|| panic!("{text}: {types}"));
    assert!(position("Map(BTreeMap<String, String>)") < position("a: Option<String>"), "{types}");
}

#[test]
fn fields_next_to_a_union_that_would_lose_fields_are_any_json() {
    let mut schema = object(&["z"], &["z"]);
    schema["anyOf"] = json!([object(&["a"], &[]), object(&["b"], &[])]);
    assert!(types_of(schema).contains("pub struct Held(pub Value);"));
}

#[test]
fn a_type_that_may_be_itself_is_any_json() {
    for schema in [
        json!({"anyOf": [{"$ref": "#"}, {"type": "null"}]}),
        json!({"anyOf": [{"type": "string"}, {"$ref": "#"}, {"type": "boolean"}]}),
    ] {
        assert!(types_of(schema.clone()).contains("pub struct Held(pub Value);"), "{schema}");
    }
}

#[test]
fn a_field_that_is_always_written_keeps_its_null() {
    let schema = |required: Value| {
        json!({"type": "object", "title": "Held", "required": required, "properties": {
            "a": {"type": ["boolean", "null", "number"]},
        }})
    };
    let contract = contract(schema(json!(["a"])), schema(json!([])));
    check(&contract);
    let rust = rust_sources(&contract).expect("there is Rust for it");
    let types = &rust.files[std::path::Path::new("types.rs")];
    assert!(types.contains("deserialize_with = \"present\""), "{types}");
}

/// The code with the arguments of one command, in each language.
fn clients(request: &Value) -> [String; 3] {
    let mut contract = Contract::empty("zoo", "1.0.0".parse().expect("it is a version"));
    let message = Message { writes: request.clone(), reads: request.clone() };
    let command = Command { docs: Docs::default(), ordered: false, request: message };
    contract.methods.insert("feed".to_owned(), command.into());
    let file = |generated: Generated, name: &str| generated.files[std::path::Path::new(name)].clone();
    [
        file(rust_sources(&contract).expect("there is Rust for it"), "interfaces.rs"),
        file(typescript::sources(&contract).expect("there is TypeScript for it"), "client.ts"),
        file(python::sources(&contract).expect("there is Python for it"), "client.py"),
    ]
}

#[test]
fn arguments_have_the_declared_order() {
    let mut request = json!({
        "title": "FeedRequest",
        "type": "object",
        "required": ["id", "animal"],
        "properties": {
            "amount": {"type": ["string", "null"]},
            "animal": {"type": "string"},
            "id": {"type": "string"},
            "note": {"type": ["string", "null"]},
        },
    });
    let check = |request: &Value, expected: [&str; 4]| {
        for text in clients(request) {
            let arguments = text.split("feed(").last().expect("it has the method");
            let places = expected
                .map(|name| arguments.find(&format!("{name}:")).or(arguments.find(&format!("{name}?:"))));
            assert!(places.is_sorted() && places[0].is_some(), "{expected:?} {text}");
        }
    };
    check(&request, ["id", "animal", "amount", "note"]);
    request["x-order"] = json!(["note", "id", "amount", "animal"]);
    check(&request, ["note", "id", "amount", "animal"]);
    request["x-order"] = json!(["note", 7, "fish"]);
    check(&request, ["note", "id", "animal", "amount"]);
}
