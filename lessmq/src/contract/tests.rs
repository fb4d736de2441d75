use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::*;

/// One account.
#[derive(Serialize, Deserialize, JsonSchema)]
struct User {
    /// The name to show.
    name: String,
    #[serde(default)]
    roles: Vec<String>,
}

fn users() -> Contract {
    let get = MethodMeta { description: Some("One account."), ..MethodMeta::new("get") };
    ContractBuilder::new("user", "1.2.3")
        .description("Accounts.")
        .call::<u32, User, crate::Never>(get)
        .command::<User>(MethodMeta::new("reindex"))
        .event::<User>(MethodMeta::new("registered"))
        .build()
}

fn validator() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(DOCUMENT_SCHEMA).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

#[test]
fn a_document_is_read_back_and_fits_its_schema() {
    let contract = users();
    let document = contract.to_json();
    assert_eq!(Contract::from_json(document.as_bytes()).unwrap(), contract);
    let errors: Vec<_> =
        validator().iter_errors(&serde_json::from_str(&document).unwrap()).map(|e| e.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
}

#[test]
fn both_directions_are_kept_where_they_differ() {
    let contract = users();
    let payload = &contract.event("registered").unwrap().payload;
    assert_eq!(payload.writes["required"], json!(["name", "roles"]));
    assert_eq!(payload.reads["required"], json!(["name"]));
    let document: Value = serde_json::from_str(&contract.to_json()).unwrap();
    assert!(document["events"]["registered"]["payload"]["writes"].is_object());
    assert!(document["calls"]["get"]["request"]["schema"].is_object(), "one schema where both agree");
}

#[test]
fn a_call_without_errors_of_its_own_has_none_in_its_contract() {
    assert!(users().call("get").unwrap().error.is_none());
}

#[test]
fn docs_and_versions_do_not_change_the_fingerprint() {
    let mut documented = users();
    documented.version = "9.9.9".parse().unwrap();
    documented.description = Some("Other words.".to_owned());
    let payload = &mut documented.events.get_mut("registered").unwrap().payload;
    payload.reads["description"] = json!("Other words.");
    payload.reads["properties"]["name"]["title"] = json!("Name");
    assert_eq!(documented.fingerprint(), users().fingerprint());
}

#[test]
fn fields_that_are_named_like_annotations_count() {
    let with = |field: &str| {
        let mut contract = users();
        contract.commands.get_mut("reindex").unwrap().request.reads["properties"][field] =
            json!({"type": "string"});
        contract.fingerprint()
    };
    assert_ne!(with("title"), users().fingerprint());
    assert_ne!(with("title"), with("description"));
}

#[test]
fn the_order_of_required_fields_does_not_change_the_fingerprint() {
    let mut contract = users();
    contract.events.get_mut("registered").unwrap().payload.writes["required"] = json!(["roles", "name"]);
    assert_eq!(contract.fingerprint(), users().fingerprint());
}

#[test]
fn the_wire_shape_changes_the_fingerprint() {
    let mut contract = users();
    contract.calls.get_mut("get").unwrap().idempotent = true;
    assert_ne!(contract.fingerprint(), users().fingerprint());
}

#[test]
fn ids_are_read_back_and_strangers_are_not() {
    let id = users().id();
    assert_eq!(ContractId::parse(&id.to_string()), Some(id));
    for stranger in ["", "urn:lessmq:user", "https://example.com/schema", "urn:lessmq:user:1.0.0:xyz"] {
        assert_eq!(ContractId::parse(stranger), None, "{stranger}");
    }
}

#[test]
fn two_interfaces_of_one_service_merge_unless_they_share_a_name() {
    let mut contract = users();
    let events = ContractBuilder::new("user", "1.3.0").event::<u32>(MethodMeta::new("deleted")).build();
    contract.merge(&events).unwrap();
    assert_eq!(contract.version.to_string(), "1.3.0");
    let error = contract.merge(&events).unwrap_err();
    assert_eq!(error.to_string(), "service `user` has two methods `deleted`");
}

#[test]
fn what_is_no_contract_is_refused_with_the_place() {
    for (document, expected) in [
        ("", "EOF"),
        ("[]", "expected"),
        (r#"{"lessmq":"2","service":"user","version":"1.0.0"}"#, "unknown variant `2`"),
        (r#"{"lessmq":"1","service":"user","version":"one"}"#, "line 1"),
        (
            r#"{"lessmq":"1","service":"user","version":"1.0.0","calls":{"get":{}}}"#,
            "missing field `request`",
        ),
        (
            r#"{"lessmq":"1","service":"user","version":"1.0.0","events":{"e":{"payload":{}}}}"#,
            "either `schema`",
        ),
        (r#"{"lessmq":"1","service":"The User","version":"1.0.0"}"#, "is not a name"),
        (&format!(r#"{{"description":{}"#, "[".repeat(100_000)), "expected a string"),
        (&format!(r#"{{"events":{{"e":{{"payload":{{"schema":{}"#, "[".repeat(100_000)), "recursion limit"),
    ] {
        let error = Contract::from_json(document.as_bytes()).unwrap_err();
        assert!(format!("{error:#}").contains(expected), "{error:#}");
    }
}

#[test]
fn a_schema_that_is_none_is_named_with_its_place_in_the_document() {
    let mut contract = users();
    contract.check_schemas().expect("schemas that were derived are schemas");
    let bad = json!({"type": "object", "properties": {"name": {"type": "strin"}}});
    let command = contract.commands.get_mut("reindex").unwrap();
    command.request = Message { writes: json!(true), reads: bad };
    let error = format!("{:#}", contract.check_schemas().unwrap_err());
    let place = "at `/commands/reindex/request/reads/properties/name/type`: expected a type";
    assert!(error.contains(place) && error.contains("found \"strin\""), "{error}");
}

#[test]
fn a_request_without_arguments_may_get_its_first_optional_one() {
    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Nothing {}
    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Something {
        page: Option<u32>,
    }
    let command = |message| {
        let mut contract = Contract::empty("user", "1.0.0".parse().unwrap());
        contract.commands.insert("list".to_owned(), Command { docs: Docs::default(), request: message });
        contract
    };
    let report = crate::compat::check_evolution(
        &command(Message::of::<Nothing>()),
        &command(Message::of::<Something>()),
    );
    assert_eq!(report.verdict, crate::compat::Verdict::Compatible, "{report}");
}
