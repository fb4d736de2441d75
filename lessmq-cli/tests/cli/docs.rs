//! `docs`: contracts for people and for other tools.

mod input;
mod library;

use lessmq::contract::{Contract, ContractBuilder, MethodMeta};
use serde_json::{Value, json};

use self::library::library;
use crate::support::Project;

fn project(name: &str, contract: &Contract) -> Project {
    let project = Project::empty(name);
    project.write("library.json", &contract.to_json());
    project
}

/// The document in a JSON format.
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

/// Checks that a document is valid by the schema of its format, and that its references can be resolved.
fn check(document: &Value, schema: &str, is_schema: fn(&Value) -> bool) {
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::options().build(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(errors, Vec::<String>::new());
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(is_schema(schema), "{name} is not a JSON Schema: {schema}");
    }
    check_references(document, document);
}

fn check_references(value: &Value, document: &Value) {
    if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
        let target = reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
        assert!(target.is_some(), "{reference} has no target");
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
fn asyncapi_is_valid_by_its_schema() {
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
fn openapi_is_valid_by_its_schema() {
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
fn the_official_schemas_reject_invalid_documents() {
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
fn requests_have_the_schema_that_is_read_and_replies_the_one_that_is_written() {
    let document = described("docs-sides", &[&library()], "openapi");
    let schemas = &document["components"]["schemas"];
    // `tags` is optional for readers, and always written.
    let requires_tags = |name: &str| schemas[name]["required"].as_array().unwrap().contains(&json!("tags"));
    let book =
        |pointer: &str| document.pointer(pointer).unwrap().as_str().unwrap().rsplit('/').next().unwrap();
    let reply = book("/paths/~1rpc~1library.lend/post/responses/200/content/application~1json/schema/$ref");
    assert!(requires_tags(reply), "{reply}");
    let items = schemas["Array_of_Book"]["items"]["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
    assert!(!requires_tags(items), "{items}");
}

#[test]
fn asyncapi_has_directions_and_addresses() {
    let document = described("docs-places", &[&library()], "asyncapi");
    assert_eq!(document["operations"]["library.lend"]["action"], "receive");
    assert_eq!(document["operations"]["library.moved"]["action"], "send");
    assert_eq!(document["channels"]["library.commands"]["address"], "lessmq.library.commands");
    let exchange = &document["channels"]["library.events.moved"]["bindings"]["amqp"]["exchange"];
    assert_eq!(exchange["name"], "lessmq.events");
}

#[test]
fn asyncapi_has_the_addresses_of_ordered_messages() {
    let ordered = |name| MethodMeta { ordered: true, ..MethodMeta::new(name) };
    let contract = ContractBuilder::new("bank", "1.0.0")
        .command::<String>(MethodMeta::new("open"))
        .command::<String>(ordered("transfer"))
        .event::<String>(ordered("transferred"))
        .build();
    let document = described("docs-ordered", &[&contract], "asyncapi");
    check(&document, ASYNCAPI, |_| true);
    let (channels, operations) = (&document["channels"], &document["operations"]);
    let queue = &channels["bank.commands.ordered"]["bindings"]["amqp"]["queue"];
    assert_eq!(queue["name"], "lessmq.bank.commands.ordered");
    assert_eq!(channels["bank.commands"]["address"], "lessmq.bank.commands");
    assert_eq!(channels["bank.events.transferred"]["address"], "bank.transferred.ordered");
    assert_eq!(operations["bank.open"]["channel"]["$ref"], "#/channels/bank.commands");
    assert_eq!(operations["bank.transfer"]["channel"]["$ref"], "#/channels/bank.commands.ordered");
}

#[test]
fn openapi_skips_events_with_a_note() {
    let project = project("docs-no-events", &library());
    let output = project.cli(["docs", "library.json", "--format", "openapi", "--out", "api/library.json"]);
    output.check("docs-openapi-out");
    let document: Value = serde_json::from_str(&project.read("api/library.json")).unwrap();
    assert_eq!(document["paths"].as_object().unwrap().len(), 5);
    assert_eq!(document["paths"]["/rpc/library.borrow"]["post"]["deprecated"], true);
    assert!(document["paths"]["/rpc/library.sort"]["post"]["responses"].get("202").is_some());
}

#[test]
fn markdown_lists_every_method() {
    let project = project("docs-markdown", &library());
    project.cli(["docs", "library.json"]).check("docs-markdown");
}

#[test]
fn html_is_one_page_without_scripts_or_external_resources() {
    let project = project("docs-html", &library());
    let output = project.cli(["docs", "library.json", "--format", "html"]);
    output.check("docs-html");
    for outside in ["<script", "<img", "<link", "javascript:", " src=", "url(", "@import", "spy.example"] {
        assert!(!output.stdout.to_lowercase().contains(outside), "{outside}");
    }
    let ids: Vec<&str> =
        output.stdout.split(" id=\"").skip(1).filter_map(|text| text.split('"').next()).collect();
    let unique: std::collections::BTreeSet<&&str> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len(), "duplicate id: {ids:?}");
    for target in output.stdout.split("href=\"#").skip(1).filter_map(|text| text.split('"').next()) {
        assert!(ids.contains(&target), "#{target} has no target");
    }
}

#[test]
fn a_package_can_be_described_without_a_document() {
    let library = "\n/// Orders.\n#[lessmq::interface(service = \"shop\")]\npub trait Orders {\n    /// The number of orders.\n    async fn count(&self) -> u64;\n}\n";
    let project = Project::package("docs-package", library);
    project.cli(["docs"]).check("docs-package");
}

#[test]
fn a_namespace_is_the_prefix_of_addresses() {
    let project = project("docs-namespace", &library());
    let output = project.cli(["docs", "library.json", "--format", "asyncapi", "--namespace", "test"]);
    assert!(output.stdout.contains("\"test.library.calls\"") && !output.stdout.contains("lessmq.library"));
    project.cli(["docs", "library.json", "--namespace", "Not a name"]).check("docs-refused-namespace");
}
