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
fn a_message_has_two_schemas_if_they_differ() {
    let contract = users();
    let payload = &contract.event("registered").unwrap().payload;
    assert_eq!(payload.writes["required"], json!(["name", "roles"]));
    assert_eq!(payload.reads["required"], json!(["name"]));
    let document: Value = serde_json::from_str(&contract.to_json()).unwrap();
    assert!(document["methods"]["registered"]["payload"]["writes"].is_object());
    assert!(document["methods"]["get"]["request"]["schema"].is_object(), "one schema where both agree");
}

#[test]
fn a_call_without_a_typed_error_has_none_in_its_contract() {
    assert!(users().call("get").unwrap().error.is_none());
}

#[test]
fn a_contract_includes_a_part_of_its_methods_with_the_same_promises() {
    let whole = users();
    let mut part = users();
    part.methods.remove("get");
    assert!(whole.includes(&part) && whole.includes(&whole) && !part.includes(&whole));
    part.command_mut("reindex").unwrap().ordered = true;
    assert!(!whole.includes(&part));
    part = Contract { service: "users".to_owned(), ..users() };
    assert!(!whole.includes(&part), "of another service");
}

#[test]
fn docs_and_versions_do_not_change_the_fingerprint() {
    let mut documented = users();
    documented.version = "9.9.9".parse().unwrap();
    documented.description = Some("Other words.".to_owned());
    documented.events_description = Some("Other words.".to_owned());
    let payload = &mut documented.event_mut("registered").unwrap().payload;
    payload.reads["description"] = json!("Other words.");
    payload.reads["properties"]["name"]["title"] = json!("Name");
    assert_eq!(documented.fingerprint(), users().fingerprint());
}

#[test]
fn fields_named_like_annotations_change_the_fingerprint() {
    let with = |field: &str| {
        let mut contract = users();
        contract.command_mut("reindex").unwrap().request.reads["properties"][field] =
            json!({"type": "string"});
        contract.fingerprint()
    };
    assert_ne!(with("title"), users().fingerprint());
    assert_ne!(with("title"), with("description"));
}

#[test]
fn the_order_of_required_fields_does_not_change_the_fingerprint() {
    let mut contract = users();
    contract.event_mut("registered").unwrap().payload.writes["required"] = json!(["roles", "name"]);
    assert_eq!(contract.fingerprint(), users().fingerprint());
}

#[test]
fn the_wire_shape_changes_the_fingerprint() {
    let mut contract = users();
    contract.call_mut("get").unwrap().idempotent = true;
    assert_ne!(contract.fingerprint(), users().fingerprint());
}

#[test]
fn only_contract_ids_are_parsed() {
    let id = users().id();
    assert_eq!(ContractId::parse(&id.to_string()), Some(id));
    for stranger in ["", "urn:lessmq:user", "https://example.com/schema", "urn:lessmq:user:1.0.0:xyz"] {
        assert_eq!(ContractId::parse(stranger), None, "{stranger}");
    }
}

#[test]
fn interfaces_of_a_service_merge_unless_they_share_a_method_name() {
    let mut contract = users();
    let events = ContractBuilder::new("user", "1.3.0").event::<u32>(MethodMeta::new("deleted")).build();
    contract.merge(&events).unwrap();
    assert_eq!(contract.version.to_string(), "1.3.0");
    let error = contract.merge(&events).unwrap_err();
    assert_eq!(error.to_string(), "service `user` has two methods `deleted`");
}

#[test]
fn two_versions_of_a_method_merge_unless_code_would_call_another_method_the_same() {
    let with = |name| ContractBuilder::new("user", "1.3.0").event::<u32>(MethodMeta::new(name)).build();
    let mut contract = users();
    contract.merge(&with("get@2")).unwrap();
    assert_eq!(
        (contract.newer_version("get"), contract.older_version("get@2")),
        (Some("get@2"), Some("get"))
    );
    assert_eq!(Contract::from_json(contract.to_json().as_bytes()).unwrap(), contract);
    let error = contract.merge(&with("get_v2")).unwrap_err();
    let expected =
        "service `user` has methods `get@2` and `get_v2`, which have the same name in generated code";
    assert_eq!((error.to_string().as_str(), error.kind()), (expected, ErrorKind::Config));
    contract.methods.extend(with("get_v2").methods);
    let error = Contract::from_json(contract.to_json().as_bytes()).unwrap_err();
    assert_eq!((error.to_string().as_str(), error.kind()), (expected, ErrorKind::Decode));
}

#[test]
fn the_schema_of_documents_and_the_parser_have_the_same_rule_for_names() {
    let validator = validator();
    let long = |length: usize, version: &str| format!("{}{version}", "g".repeat(length));
    let check = |name: &str, is_valid: bool| {
        let method = json!({"kind": "event", "payload": {"schema": true}});
        let document =
            json!({"lessmq": "2", "service": "user", "version": "1.0.0", "methods": {name: method}});
        assert_eq!(validator.is_valid(&document), is_valid, "schema: {name}");
        assert_eq!(Contract::from_json(document.to_string().as_bytes()).is_ok(), is_valid, "parser: {name}");
    };
    for name in
        ["get", "g", "get_2", "get__x_", "import", "get@2", "get@9", "get@10", "get@9999", "new@2", "news"]
    {
        check(name, true);
    }
    for name in [
        "",
        "Get",
        "getX",
        "_get",
        "2get",
        "get-x",
        "a/b",
        "get@",
        "get@0",
        "get@1",
        "get@02",
        "get@10000",
        "get@2@2",
        "@2",
    ] {
        check(name, false);
    }
    for name in crate::name::MethodName::RESERVED {
        check(name, false);
    }
    for (longest, version) in [(64, ""), (61, "@2"), (60, "@10"), (59, "@100"), (58, "@1000")] {
        check(&long(longest, version), true);
        check(&long(longest + 1, version), false);
    }
}

#[test]
fn documents_that_are_not_contracts_are_rejected_with_the_place() {
    let head = r#""service":"user","version":"1.0.0""#;
    for (document, expected) in [
        (String::new(), "EOF"),
        ("[]".to_owned(), "expected"),
        (r#"{"lessmq":"2","service":"user","version":"one"}"#.to_owned(), "at `/version`"),
        (format!(r#"{{"lessmq":"2",{head}}}"#), "missing field `methods`"),
        (
            format!(r#"{{"lessmq":"2",{head},"methods":{{"get":{{"kind":"call"}}}}}}"#),
            "at `/methods/get`: missing field `request`",
        ),
        (
            format!(r#"{{"lessmq":"2",{head},"methods":{{"get":{{"kind":"stream"}}}}}}"#),
            "at `/methods/get/kind`: unknown variant `stream`",
        ),
        (
            format!(r#"{{"lessmq":"2",{head},"methods":{{"e":{{"kind":"event","payload":{{}}}}}}}}"#),
            "at `/methods/e/payload`: a message has either `schema`",
        ),
        (format!(r#"{{"lessmq":"2",{head},"methods":{{}},"calls":{{}}}}"#), "`calls` belongs to format `1`"),
        (format!(r#"{{"lessmq":"1",{head},"methods":{{}}}}"#), "`methods` belongs to format `2`"),
        (r#"{"lessmq":"1","service":"The User","version":"1.0.0"}"#.to_owned(), "`The User`"),
        (format!(r#"{{"description":{}"#, "[".repeat(100_000)), "expected a string"),
        (format!(r#"{{"events":{{"e":{{"payload":{{"schema":{}"#, "[".repeat(100_000)), "recursion limit"),
    ] {
        let error = Contract::from_json(document.as_bytes()).unwrap_err();
        assert!(format!("{error:#}").contains(expected), "{error:#}");
        assert_eq!(error.kind(), ErrorKind::Decode, "{error:#}");
    }
}

#[test]
fn a_document_of_an_unknown_format_is_rejected_by_its_format_whatever_else_it_has() {
    for document in [
        r#"{"lessmq":"3","service":"user","version":"1.0.0","methods":{}}"#,
        r#"{"service":["user"],"methods":[],"lessmq":"3"}"#,
    ] {
        let error = Contract::from_json(document.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert_eq!(error.to_string(), "unsupported contract format `3`: this program reads `1` and `2`");
        assert!(error.hint().is_some_and(|hint| hint.contains("upgrade")), "{error:#}");
    }
}

/// The contract of `users`, as format `1` wrote it.
fn old_document() -> Value {
    let mut document: Value = serde_json::from_str(&users().to_json()).unwrap();
    document["lessmq"] = json!("1");
    for (map, method) in [("calls", "get"), ("commands", "reindex"), ("events", "registered")] {
        let mut fields = document["methods"][method].take();
        fields.as_object_mut().unwrap().remove("kind");
        document[map] = json!({method: fields});
    }
    document.as_object_mut().unwrap().remove("methods");
    document
}

#[test]
fn a_document_of_format_1_is_the_same_contract_with_the_same_fingerprint() {
    let contract = Contract::from_json(old_document().to_string().as_bytes()).unwrap();
    assert_eq!(contract, users());
    assert_eq!(contract.fingerprint(), users().fingerprint());
    assert!(contract.to_json().starts_with("{\n  \"lessmq\": \"2\""), "{}", contract.to_json());
}

#[test]
fn two_methods_with_one_name_in_a_document_of_format_1_are_rejected() {
    let mut document = old_document();
    document["commands"]["get"] = document["commands"]["reindex"].clone();
    let error = Contract::from_json(document.to_string().as_bytes()).unwrap_err();
    assert!(format!("{error:#}").contains("service `user` has two methods `get`"), "{error:#}");
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[test]
fn unknown_fields_are_ignored() {
    let mut document: Value = serde_json::from_str(&users().to_json()).unwrap();
    document["owner"] = json!("team");
    document["methods"]["get"]["cost"] = json!({"units": 3});
    document["methods"]["get"]["request"]["examples"] = json!([1]);
    assert_eq!(Contract::from_json(document.to_string().as_bytes()).unwrap(), users());
}

#[test]
fn messages_are_listed_with_their_methods_roles_and_places() {
    let contract = users();
    let document: Value = serde_json::from_str(&contract.to_json()).unwrap();
    let found: Vec<String> = contract
        .messages()
        .map(|sent| {
            assert!(document.pointer(&sent.pointer()).is_some(), "{}", sent.pointer());
            format!("{} {} {}", sent.kind, sent.method, sent.role)
        })
        .collect();
    assert_eq!(
        found,
        ["call get request", "call get reply", "command reindex request", "event registered payload"]
    );
}

#[test]
fn ordering_is_written_where_it_is_promised_and_changes_the_fingerprint() {
    assert!(!users().to_json().contains("ordered"));
    for method in ["reindex", "registered"] {
        let mut ordered = users();
        match ordered.methods.get_mut(method).unwrap() {
            Method::Command(command) => command.ordered = true,
            Method::Event(event) => event.ordered = true,
            Method::Call(_) => panic!("`{method}` is not a call"),
        }
        assert_ne!(ordered.fingerprint(), users().fingerprint());
        let document: Value = serde_json::from_str(&ordered.to_json()).unwrap();
        assert_eq!(document["methods"][method]["ordered"], json!(true));
        assert!(validator().is_valid(&document));
        assert_eq!(Contract::from_json(ordered.to_json().as_bytes()).unwrap(), ordered);
    }
}

#[test]
fn an_invalid_schema_is_reported_with_its_pointer() {
    let mut contract = users();
    contract.check_schemas().expect("schemas that were derived are schemas");
    let bad = json!({"type": "object", "properties": {"name": {"type": "strin"}}});
    let command = contract.command_mut("reindex").unwrap();
    command.request = Message { writes: json!(true), reads: bad };
    let error = format!("{:#}", contract.check_schemas().unwrap_err());
    let place = "at `/methods/reindex/request/reads/properties/name/type`: expected a type";
    assert!(error.contains(place) && error.contains("found \"strin\""), "{error}");
}

#[test]
fn an_optional_argument_may_be_added_to_a_request_without_arguments() {
    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Nothing {}
    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Something {
        page: Option<u32>,
    }
    let command = |message| {
        let mut contract = Contract::empty("user", "1.0.0".parse().unwrap());
        let command = Command { docs: Docs::default(), ordered: false, request: message };
        contract.methods.insert("list".to_owned(), command.into());
        contract
    };
    let report = crate::compat::check_evolution(
        &command(Message::of::<Nothing>()),
        &command(Message::of::<Something>()),
    );
    assert_eq!(report.verdict, crate::compat::Verdict::Compatible, "{report}");
}

/// The contract of users with an annotation of every schema, which must have no effect.
fn users_annotated(annotate: impl Fn(&mut Value)) -> Contract {
    let plain = users();
    let mut marked = plain.clone();
    for (_, message) in marked.methods.values_mut().flat_map(Method::messages_mut) {
        [&mut message.writes, &mut message.reads].into_iter().for_each(&annotate);
    }
    assert_ne!(marked, plain);
    assert_eq!(marked.fingerprint(), plain.fingerprint());
    for (old, new) in [(&plain, &marked), (&marked, &plain)] {
        let report = crate::compat::check_evolution(old, new);
        assert_eq!(report.verdict, crate::compat::Verdict::Identical, "{report}");
    }
    assert_eq!(Contract::from_json(marked.to_json().as_bytes()).unwrap(), marked);
    assert!(validator().is_valid(&serde_json::from_str(&marked.to_json()).unwrap()));
    marked
}

#[test]
fn the_order_of_arguments_is_an_annotation() {
    let marked = users_annotated(|schema| schema[schema::ARGUMENT_ORDER] = json!(["b", "a"]));
    let mut document: Value = serde_json::from_str(&marked.to_json()).unwrap();
    let request = document.pointer_mut("/methods/get/request/schema").unwrap();
    request[schema::ARGUMENT_ORDER] = json!("b, a");
    assert!(!validator().is_valid(&document));
}

#[test]
fn rust_types_are_annotations() {
    let mark = json!({"crate": "uuid", "version": "1", "path": "uuid::Uuid", "parameters": [{"$id": "x"}]});
    let marked = users_annotated(|schema| {
        schema[schema::RUST_KEY_TYPE] = mark.clone();
        schema[schema::RUST_TYPE] = mark.clone();
    });
    assert_eq!(marked.without_rust_types(), users());
}

/// An id that is parsed.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(extend("format" = "uuid"))]
struct ParsedId(String);

impl TryFrom<String> for ParsedId {
    type Error = String;

    fn try_from(text: String) -> std::result::Result<Self, String> {
        if text.len() == 36 { Ok(Self(text)) } else { Err(format!("{text} is wrong")) }
    }
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Keyed {
    id: ParsedId,
    shares: std::collections::BTreeMap<ParsedId, u32>,
}

#[test]
fn the_error_of_a_value_names_its_format_and_the_error_of_a_key_names_the_key() {
    let id = "0199f4a2-5b1c-7c3e-8f00-000000000001";
    let check = |payload: String, expected: &str| {
        let error = codec::<Keyed>().decode(payload.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(expected) && !error.contains("hunter2"), "{error}");
    };
    check(
        format!(r#"{{"id": "hunter2", "shares": {{"{id}": 1}}}}"#),
        "contract at `id`: not a `uuid` at line 1",
    );
    check(
        format!("{{\"id\": \"{id}\",\n \"shares\": {{\"{id}\": 1, \"an \\\"id\" : 2}}}}"),
        "contract at `shares.an \"id`: invalid key at line 2",
    );
    check(
        format!(r#"{{"id": "{id}", "shares": {{"{id}": "hunter2"}}}}"#),
        "invalid type: string, expected u32",
    );
    let error =
        Message::of::<Keyed>().check_read(br#"{"id": "hunter2", "shares": {}}"#).unwrap_err().to_string();
    assert!(error.contains("at `/id`: ") && error.ends_with(": not a `uuid`"), "{error}");
}
