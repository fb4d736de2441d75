//! [OpenAPI 3.1](https://spec.openapis.org/oas/v3.1.1.html) of calls and commands over HTTP.
//!
//! `POST /rpc/{service}.{method}` with the request object as its body. The response to a call is 200 with the reply, or
//! 422 with the typed error. The response to a command is 202 after the broker has stored it. Events are not included,
//! because they are not requests.

use lessmq::contract::{Contract, MethodKind, Role};
use serde_json::{Map, Value, json};

use super::Subject;
use super::hoist::{PREFIX, remove_reference_data};
use super::methods::{Method, Part, methods};
use crate::report::Result;

const FAILED: &str =
    "No result: the request is invalid, or the provider is not running or did not answer in time.";

pub(super) fn document(subject: &Subject) -> Result<Value> {
    let (methods, mut types) = methods(&subject.contracts, |kind| kind != MethodKind::Event)?;
    remove_reference_data(&mut types.schemas);
    let paths: Map<String, Value> = methods
        .iter()
        .map(|method| (format!("/rpc/{}", method.full_name()), json!({"post": operation(method)})))
        .collect();
    let tag = |contract: &Contract| {
        let mut tag = json!({"name": contract.service});
        if let Some(description) = contract.overview() {
            tag["description"] = description.into();
        }
        tag
    };
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {"title": subject.title(), "version": subject.version()},
        "tags": subject.contracts.iter().map(tag).collect::<Vec<_>>(),
        "paths": paths,
        "components": {"schemas": types.schemas},
    });
    if let Some(description) = subject.description() {
        document["info"]["description"] = description.into();
    }
    Ok(document)
}

fn operation(method: &Method<'_>) -> Value {
    let mut responses = json!({"default": {"description": FAILED}});
    let mut answer = |status: &str, description: &str, part: Option<&Part<'_>>| {
        responses[status] = json!({"description": description});
        if let Some(part) = part {
            responses[status]["content"] = content(part);
        }
    };
    if method.kind == MethodKind::Command {
        answer("202", "The command is stored and will be handled.", None);
    } else {
        answer("200", "The reply.", method.part(Role::Reply));
    }
    if let Some(error) = method.part(Role::Error) {
        answer("422", "The provider's typed error.", Some(error));
    }
    let mut operation = json!({
        "operationId": method.key(),
        "tags": [method.contract.service],
        "responses": responses,
    });
    if let Some(request) = method.part(Role::Request) {
        operation["requestBody"] = json!({"required": true, "content": content(request)});
    }
    let description = method.description();
    for (key, text) in [("summary", method.summary()), ("description", description.as_deref())] {
        if let Some(text) = text {
            operation[key] = text.into();
        }
    }
    if method.docs.deprecated.is_some() {
        operation["deprecated"] = true.into();
    }
    if method.idempotent {
        operation["x-lessmq-idempotent"] = true.into();
    }
    operation
}

fn content(part: &Part<'_>) -> Value {
    let mut content = json!({"schema": {"$ref": format!("{PREFIX}{}", part.type_name)}});
    if let Some(example) = &part.example {
        content["example"] = example.clone();
    }
    json!({"application/json": content})
}
