//! `docs`: contracts for people and for other tools.

use std::collections::BTreeMap;

use lessmq::contract::{Contract, ContractBuilder, MethodMeta};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::support::Project;

/// A book on the shelf, or `<b>off</b>` it.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Book {
    /// Its number, of 13 digits.
    #[schemars(regex(pattern = "^[0-9]{13}$"))]
    isbn: String,
    /// Its title | as on the [cover](javascript:alert).
    #[schemars(length(min = 1, max = 200))]
    title: String,
    #[serde(default)]
    tags: Vec<String>,
    shelf: Option<Shelf>,
    #[deprecated]
    year: Option<u16>,
}

/// Where books stand.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Shelf {
    /// By the door.
    Front,
    Numbered(u32, u8),
    /// In a room of its own.
    Room {
        /// What is written on the door.
        name: String,
    },
}

/// Books in books in books.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Tree {
    book: Book,
    children: Vec<Tree>,
    by_name: BTreeMap<String, Tree>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
enum LendError {
    /// Somebody else has it.
    Lent { until: String },
    /// There is no such book.
    Unknown,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Lend {
    /// The book's number.
    isbn: String,
    #[serde(default)]
    days: u32,
}

fn meta(name: &'static str) -> MethodMeta {
    MethodMeta::new(name)
}

fn library() -> Contract {
    let lend = MethodMeta {
        description: Some(
            "Lends a book, by [the rules](https://rules.example) or [these](JaVaScRiPt:alert(1)).\n\n# Errors\n\
             ![pixel](https://spy.example/p.png)\n\n<script>alert(1)</script>",
        ),
        idempotent: true,
        ..meta("lend")
    };
    let old = MethodMeta { deprecated: Some("use `lend`"), ..meta("borrow") };
    ContractBuilder::new("library", "1.4.0")
        .description("Books, and who has them.")
        .call::<Lend, Book, LendError>(lend)
        .call::<Lend, Book, lessmq::Never>(old)
        .call::<Tree, Tree, lessmq::Never>(meta("plant"))
        .call::<(), u64, lessmq::Never>(meta("count"))
        .command::<Vec<Book>>(meta("sort"))
        .event::<Shelf>(meta("moved"))
        .build()
}

fn project(name: &str, contract: &Contract) -> Project {
    let project = Project::empty(name);
    project.write("library.json", &contract.to_json());
    project
}

/// What is printed in a format, as JSON.
fn described(name: &str, contracts: &[&Contract], format: &str) -> Value {
    let project = Project::empty(name);
    let paths: Vec<String> = contracts.iter().map(|contract| format!("{}.json", contract.service)).collect();
    for (path, contract) in paths.iter().zip(contracts) {
        project.write(path, &contract.to_json());
    }
    let arguments: Vec<&str> =
        ["docs", "--format", format].into_iter().chain(paths.iter().map(String::as_str)).collect();
    let output = project.cli(arguments);
    assert_eq!(output.exit, 0, "{}", output.stderr);
    serde_json::from_str(&output.stdout).unwrap()
}

/// Asserts that a document is valid by the schema of its format, and that its references lead somewhere.
fn check(document: &Value, schema: &str, is_schema: fn(&Value) -> bool) {
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::options().build(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(errors, Vec::<String>::new());
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(is_schema(schema), "{name} is no JSON Schema: {schema}");
    }
    check_references(document, document);
}

fn check_references(value: &Value, document: &Value) {
    if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
        let target = reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
        assert!(target.is_some(), "{reference} leads nowhere");
    }
    match value {
        Value::Object(fields) => fields.values().for_each(|value| check_references(value, document)),
        Value::Array(items) => items.iter().for_each(|value| check_references(value, document)),
        _ => {}
    }
}

const ASYNCAPI: &str = include_str!("schemas/asyncapi-3.0.0.json");
const OPENAPI: &str = include_str!("schemas/openapi-3.1.json");

fn user() -> Contract {
    Contract::from_json(include_bytes!("../../../contracts/user/contract.json")).unwrap()
}

#[test]
fn asyncapi_is_valid_by_its_own_schema() {
    check(
        &described("docs-asyncapi", &[&library()], "asyncapi"),
        ASYNCAPI,
        jsonschema::draft7::meta::is_valid,
    );
    check(
        &described("docs-asyncapi-two", &[&user(), &library()], "asyncapi"),
        ASYNCAPI,
        jsonschema::draft7::meta::is_valid,
    );
}

#[test]
fn openapi_is_valid_by_its_own_schema() {
    check(
        &described("docs-openapi", &[&library()], "openapi"),
        OPENAPI,
        jsonschema::draft202012::meta::is_valid,
    );
    check(
        &described("docs-openapi-two", &[&user(), &library()], "openapi"),
        OPENAPI,
        jsonschema::draft202012::meta::is_valid,
    );
}

#[test]
fn the_schemas_of_the_formats_refuse_what_is_wrong() {
    let refuses = |schema: &str, format: &str, pointer: &str| {
        let mut document = described(&format!("docs-broken-{format}"), &[&library()], format);
        *document.pointer_mut(pointer).unwrap() = json!(7);
        !jsonschema::options().build(&serde_json::from_str(schema).unwrap()).unwrap().is_valid(&document)
    };
    assert!(refuses(ASYNCAPI, "asyncapi", "/operations/library.lend/action"));
    assert!(refuses(OPENAPI, "openapi", "/paths/~1rpc~1library.lend/post/responses"));
}

#[test]
fn every_example_is_a_message_of_its_type() {
    let document = described("docs-examples", &[&library(), &user()], "openapi");
    let mut seen = 0;
    let mut check = |content: &Value| {
        let content = &content["application/json"];
        let name = content["schema"]["$ref"].as_str().unwrap();
        let schema = json!({"$ref": name, "components": document["components"]});
        let example = content.get("example").unwrap_or_else(|| panic!("{name} has an example"));
        let validator =
            jsonschema::draft202012::options().should_validate_formats(true).build(&schema).unwrap();
        assert!(validator.is_valid(example), "{name}: {example}");
        seen += 1;
    };
    for path in document["paths"].as_object().unwrap().values() {
        check(&path["post"]["requestBody"]["content"]);
        for (status, response) in path["post"]["responses"].as_object().unwrap() {
            if ["200", "422"].contains(&status.as_str()) {
                check(&response["content"]);
            }
        }
    }
    assert_eq!(seen, 16);
}

#[test]
fn a_request_is_shown_as_it_is_read_and_a_reply_as_it_is_written() {
    let document = described("docs-sides", &[&library()], "openapi");
    let schemas = &document["components"]["schemas"];
    // `tags` may be left out of what is read, and stands in all that is written.
    let requires_tags = |name: &str| schemas[name]["required"].as_array().unwrap().contains(&json!("tags"));
    let book =
        |pointer: &str| document.pointer(pointer).unwrap().as_str().unwrap().rsplit('/').next().unwrap();
    let reply = book("/paths/~1rpc~1library.lend/post/responses/200/content/application~1json/schema/$ref");
    assert!(requires_tags(reply), "{reply}");
    let items = schemas["Array_of_Book"]["items"]["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
    assert!(!requires_tags(items), "{items}");
}

#[test]
fn asyncapi_says_who_sends_and_where() {
    let document = described("docs-places", &[&library()], "asyncapi");
    assert_eq!(document["operations"]["library.lend"]["action"], "receive");
    assert_eq!(document["operations"]["library.moved"]["action"], "send");
    assert_eq!(document["channels"]["library.commands"]["address"], "lessmq.library.commands");
    let exchange = &document["channels"]["library.events.moved"]["bindings"]["amqp"]["exchange"];
    assert_eq!(exchange["name"], "lessmq.events");
}

#[test]
fn openapi_leaves_events_out_aloud() {
    let project = project("docs-no-events", &library());
    let output = project.cli(["docs", "library.json", "--format", "openapi", "--out", "api/library.json"]);
    output.check("docs-openapi-out");
    let document: Value = serde_json::from_str(&project.read("api/library.json")).unwrap();
    assert_eq!(document["paths"].as_object().unwrap().len(), 5);
    assert_eq!(document["paths"]["/rpc/library.borrow"]["post"]["deprecated"], true);
    assert!(document["paths"]["/rpc/library.sort"]["post"]["responses"].get("202").is_some());
}

#[test]
fn markdown_tells_people_of_every_method() {
    let project = project("docs-markdown", &library());
    project.cli(["docs", "library.json"]).check("docs-markdown");
}

#[test]
fn html_is_one_page_that_loads_nothing_and_runs_nothing() {
    let project = project("docs-html", &library());
    let output = project.cli(["docs", "library.json", "--format", "html"]);
    output.check("docs-html");
    for outside in ["<script", "<img", "<link", "javascript:", " src=", "url(", "@import", "spy.example"] {
        assert!(!output.stdout.to_lowercase().contains(outside), "{outside}");
    }
    let ids: Vec<&str> =
        output.stdout.split(" id=\"").skip(1).filter_map(|text| text.split('"').next()).collect();
    let unique: std::collections::BTreeSet<&&str> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len(), "an id is there twice: {ids:?}");
    for target in output.stdout.split("href=\"#").skip(1).filter_map(|text| text.split('"').next()) {
        assert!(ids.contains(&target), "#{target} leads nowhere");
    }
}

/// A service whose only call has these schemas as request.
fn with_request(schema: Value) -> Contract {
    let mut contract =
        ContractBuilder::new("odd", "0.1.0").call::<(), (), lessmq::Never>(meta("call")).build();
    let request = &mut contract.calls.get_mut("call").unwrap().request;
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
        ("anchor", json!({"items": {"$ref": "#node"}, "$defs": {"Node": {"$anchor": "node"}}})),
        ("dynamic", json!({"items": {"$dynamicRef": "#node"}})),
    ] {
        project.write(&format!("{name}.json"), &with_request(schema).to_json());
        project.cli(["docs", &format!("{name}.json")]).check(&format!("docs-refused-{name}"));
    }
}

#[test]
fn what_is_no_contract_is_refused() {
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
fn odd_schemas_are_described_all_the_same() {
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
        ("damaged", json!({"properties": 7, "required": "x", "type": ["string", 3], "enum": {}, "allOf": 1})),
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

#[test]
fn packages_are_described_without_a_document() {
    let library = "\n/// Orders.\n#[lessmq::interface(service = \"shop\")]\npub trait Orders {\n    /// How many there are.\n    async fn count(&self) -> u64;\n}\n";
    let project = Project::package("docs-package", library);
    project.cli(["docs"]).check("docs-package");
}

#[test]
fn another_namespace_is_where_its_queues_are() {
    let project = project("docs-namespace", &library());
    let output = project.cli(["docs", "library.json", "--format", "asyncapi", "--namespace", "test"]);
    assert!(output.stdout.contains("\"test.library.calls\"") && !output.stdout.contains("lessmq.library"));
    project.cli(["docs", "library.json", "--namespace", "Not a name"]).check("docs-refused-namespace");
}
