//! Damaged and unusual contracts.

use lessmq::contract::{Contract, ContractBuilder};
use serde_json::{Value, json};

use super::library::{library, meta};
use super::project;
use crate::support::Project;

/// A service whose only call has these schemas as request.
fn with_request(schema: Value) -> Contract {
    let mut contract =
        ContractBuilder::new("odd", "0.1.0").call::<(), (), lessmq::Never>(meta("call")).build();
    let request = &mut contract.call_mut("call").unwrap().request;
    (request.reads, request.writes) = (schema.clone(), schema);
    contract
}

const FORMATS: [&str; 4] = ["asyncapi", "openapi", "markdown", "html"];

#[test]
fn references_that_cannot_be_followed_are_refused() {
    let project = Project::empty("docs-references");
    for (name, schema) in [
        ("remote", json!({"$ref": "https://schemas.example/order.json"})),
        ("dangling", json!({"properties": {"a": {"$ref": "#/$defs/Missing"}}})),
        ("anchor", json!({"items": {"$ref": "#node"}, "$defs": {"Node": {"$anchor": "other"}}})),
        ("dynamic", json!({"items": {"$dynamicRef": "#node"}})),
    ] {
        project.write(&format!("{name}.json"), &with_request(schema).to_json());
        project.cli(["docs", &format!("{name}.json")]).check(&format!("docs-refused-{name}"));
    }
}

#[test]
fn references_to_anchors_and_identifiers_are_references_to_types() {
    let project = project("docs-anchor", &library());
    let node = |keyword: &str, value: &str| json!({"Node": {keyword: value, "type": "string"}});
    for (reference, definitions) in
        [("#node", node("$anchor", "node")), ("node.json", node("$id", "node.json"))]
    {
        let schema = json!({"type": "array", "items": {"$ref": reference}, "$defs": definitions});
        project.write("anchor.json", &with_request(schema).to_json());
        let output = project.cli(["docs", "anchor.json", "--format", "openapi"]);
        assert_eq!(output.exit, 0, "{output:?}");
        let document: Value = serde_json::from_str(&output.stdout).unwrap();
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["Node"], json!({"type": "string"}), "{schemas}");
        let is_list = |schema: &Value| schema["items"] == json!({"$ref": "#/components/schemas/Node"});
        assert!(schemas.as_object().unwrap().values().any(is_list), "{schemas}");
    }
}

#[test]
fn data_with_the_name_of_a_reference_is_not_an_example() {
    let project = project("docs-data", &library());
    let schema = json!({"type": "object", "properties": {"$ref": {"type": "string"}}, "required": ["$ref"]});
    project.write("data.json", &with_request(schema).to_json());
    for format in ["asyncapi", "openapi"] {
        let output = project.cli(["docs", "data.json", "--format", format]);
        assert_eq!(output.exit, 0, "{output:?}");
        let document: Value = serde_json::from_str(&output.stdout).unwrap();
        let mut remaining = vec![&document];
        while let Some(value) = remaining.pop() {
            let reference = value.get("$ref").and_then(Value::as_str);
            assert!(reference.is_none_or(|text| text.starts_with("#/")), "{value}");
            remaining.extend(value.as_object().into_iter().flat_map(|fields| fields.values()));
            remaining.extend(value.as_array().into_iter().flatten());
        }
    }
}

#[test]
fn documents_that_are_not_contracts_are_refused() {
    let project = project("docs-refused", &library());
    project.write("other.json", r#"{"openapi": "3.1.0"}"#);
    project.write("names.json", &library().to_json().replace("\"count\"", "\"a/b\""));
    for name in ["other", "names", "missing"] {
        project.cli(["docs", &format!("{name}.json")]).check(&format!("docs-refused-{name}"));
    }
    project.cli(["docs", "library.json", "library.json"]).check("docs-refused-twice");
    project.cli(["docs", "library.json", "--service", "shop"]).check("docs-refused-service");
    project.cli(["docs", "library.json", "--out", "."]).check("docs-refused-out");
    project.cli(["docs", "library.json", "-p", "library"]).check("docs-refused-both");
}

#[test]
fn unusual_schemas_are_described_too() {
    // Each level names the next one twice: written out, it would be 2^60 values.
    let level = |n: usize| {
        let next = json!({"$ref": format!("#/$defs/L{}", n + 1)});
        json!({"properties": {"a": next, "b": next}, "required": ["a", "b"], "oneOf": [{"allOf": [next]}, {"allOf": [next]}]})
    };
    let mut doubling = json!({"$ref": "#/$defs/L0", "$defs": {"L60": {"type": "string"}}});
    for n in 0..60 {
        doubling["$defs"][format!("L{n}")] = level(n);
    }
    let mut required = doubling.clone();
    for n in 0..60 {
        required["$defs"][format!("L{n}")].as_object_mut().unwrap().remove("oneOf");
    }
    let nested =
        (0..110).fold(json!({"type": "string"}), |inner, _| json!({"items": inner, "type": "array"}));
    for (name, schema) in [
        ("circle", json!({"$ref": "#"})),
        (
            "required-circle",
            json!({"type": "object", "properties": {"next": {"$ref": "#"}}, "required": ["next"]}),
        ),
        ("anything", json!(true)),
        ("nothing", json!(false)),
        (
            "names",
            json!({"title": "</style><script>", "properties": {"a`|<b>\u{1b}[31m": {"const": "`` | </pre>"}}}),
        ),
        ("doubling", doubling),
        ("required-doubling", required),
        ("nested", nested),
    ] {
        let project = project(&format!("docs-odd-{name}"), &with_request(schema));
        for format in FORMATS {
            let output = project.cli(["docs", "library.json", "--format", format]);
            assert_eq!((output.exit, output.stderr.as_str()), (0, ""), "{name} as {format}");
            assert!(!output.stdout.contains('\u{1b}'), "{name} as {format}");
            assert!(format != "html" || !output.stdout.contains("<script"), "{name}");
        }
    }
}
