//! [AsyncAPI 3.0](https://www.asyncapi.com/docs/reference/specification/v3.0.0) documents of a provider, which receives
//! calls and commands, and sends replies and events.
//!
//! The channels are a queue for a service's calls, one for its commands and one for its ordered commands, and a routing
//! key for each event. Addresses and AMQP bindings are those of the RabbitMQ transport.

use lessmq::contract::{MethodKind, Role};
use lessmq::name::in_code;
use serde_json::{Map, Value, json};

use super::Subject;
use super::hoist::{Types, remove_reference_data};
use super::methods::{Method, Part, methods};
use crate::report::Result;

const JSON: &str = "application/json";
const BINDING_VERSION: &str = "0.3.0";

pub(super) fn document(subject: &Subject) -> Result<Value> {
    let (methods, mut types) = methods(&subject.contracts, |_| true)?;
    remove_reference_data(&mut types.schemas);
    let (mut channels, mut operations, mut messages) = (Map::new(), Map::new(), Map::new());
    for method in &methods {
        for part in &method.parts {
            let name = message_name(method, part.role);
            let channel = channels
                .entry(channel_name(method, part.role))
                .or_insert_with(|| channel(&subject.namespace, method, part.role));
            channel["messages"][&name] = reference(&["components", "messages", &name]);
            messages.insert(name, message(method, part));
        }
        operations.insert(method.key(), operation(method));
    }
    let mut document = json!({
        "asyncapi": "3.0.0",
        "info": {"title": subject.title(), "version": subject.version()},
        "defaultContentType": JSON,
        "channels": channels,
        "operations": operations,
        "components": {
            "schemas": schemas(types),
            "messages": messages,
            "messageTraits": {"cloudEvents": cloud_events()},
        },
    });
    if let [only] = subject.contracts.as_slice() {
        document["id"] = only.id().to_string().into();
    }
    if let Some(description) = subject.description() {
        document["info"]["description"] = description.into();
    }
    Ok(document)
}

/// The types as draft-07 schemas, which AsyncAPI supports.
fn schemas(types: Types) -> Map<String, Value> {
    use schemars::transform::{RemoveRefSiblings, ReplacePrefixItems, Transform};
    let draft_07 = |(name, value): (String, Value)| {
        let schema = match schemars::Schema::try_from(value.clone()) {
            Ok(mut schema) => {
                RemoveRefSiblings::default().transform(&mut schema);
                ReplacePrefixItems::default().transform(&mut schema);
                schema.to_value()
            }
            Err(_) => value,
        };
        (name, schema)
    };
    types.schemas.into_iter().map(draft_07).collect()
}

fn channel_name(method: &Method<'_>, role: Role) -> String {
    let service = &method.contract.service;
    match (method.kind, role) {
        (MethodKind::Call, Role::Request) => format!("{service}.calls"),
        (MethodKind::Call, _) => format!("{service}.replies"),
        (MethodKind::Command, _) => format!("{service}.commands{}", ordered_suffix(method)),
        (MethodKind::Event, _) => format!("{service}.events.{}", in_code(method.name)),
    }
}

/// What the addresses of ordered commands and events end in.
fn ordered_suffix(method: &Method<'_>) -> &'static str {
    if method.ordered { ".ordered" } else { "" }
}

fn channel(namespace: &str, method: &Method<'_>, role: Role) -> Value {
    let service = &method.contract.service;
    let queue = |what: &str| {
        let name = format!("{namespace}.{service}.{what}");
        let queue = json!({"name": name, "durable": true, "exclusive": false, "autoDelete": false});
        let binding = json!({"is": "queue", "queue": queue, "bindingVersion": BINDING_VERSION});
        (json!(name), Some(binding))
    };
    let (address, description, binding) = match (method.kind, role) {
        (MethodKind::Call, Role::Request) => {
            let (address, binding) = queue("calls");
            (address, "Calls: each is handled at most once, before its deadline.", binding)
        }
        (MethodKind::Call, _) => {
            (Value::Null, "Replies and typed errors, in a separate queue for each caller.", None)
        }
        (MethodKind::Command, _) => {
            let (address, binding) = queue(&format!("commands{}", ordered_suffix(method)));
            let description = match method.ordered {
                false => "Commands: each is handled at least once, by one consumer.",
                true => {
                    "Ordered commands: each is handled at least once, by one consumer, in the order of sending."
                }
            };
            (address, description, binding)
        }
        (MethodKind::Event, _) => {
            let exchange = json!({"name": format!("{namespace}.events"), "type": "topic", "durable": true, "autoDelete": false});
            let binding =
                json!({"is": "routingKey", "exchange": exchange, "bindingVersion": BINDING_VERSION});
            let description = match method.ordered {
                false => "An event: handled at least once by every group that subscribes.",
                true => {
                    "An ordered event: handled at least once by every group that subscribes, in the order of publishing."
                }
            };
            (json!(method.full_name() + ordered_suffix(method)), description, Some(binding))
        }
    };
    let mut channel = json!({"address": address, "description": description, "messages": {}});
    if let Some(binding) = binding {
        channel["bindings"] = json!({"amqp": binding});
    }
    channel
}

fn message_name(method: &Method<'_>, role: Role) -> String {
    match method.kind {
        MethodKind::Call => format!("{}.{}", method.key(), role.as_str()),
        MethodKind::Command | MethodKind::Event => method.key(),
    }
}

fn message(method: &Method<'_>, part: &Part<'_>) -> Value {
    let full_name = method.full_name();
    let mut message = json!({
        "name": full_name,
        "title": part.type_name,
        "contentType": JSON,
        "payload": reference(&["components", "schemas", &part.type_name]),
        "traits": [reference(&["components", "messageTraits", "cloudEvents"])],
    });
    if let Some(example) = &part.example {
        // AsyncAPI 3.0 allows only objects as examples of messages.
        if example.is_object() {
            message["examples"] = json!([{"payload": example}]);
        }
    }
    if part.role == Role::Error {
        message["summary"] = "The provider's typed error: `lessmqoutcome` is `rejected`.".into();
    }
    if method.kind == MethodKind::Call {
        let location = "$message.header#/correlation_id";
        let description = "The AMQP property `correlation_id`. The reply has the correlation id of its call.";
        message["correlationId"] = json!({"location": location, "description": description});
    }
    message
}

fn operation(method: &Method<'_>) -> Value {
    let messages = |roles: &[Role]| -> Vec<Value> {
        let of_role = |role: &Role| method.part(*role).map(|part| channel_message(method, part.role));
        roles.iter().filter_map(of_role).collect()
    };
    let (action, role) = match method.kind {
        MethodKind::Call | MethodKind::Command => ("receive", Role::Request),
        MethodKind::Event => ("send", Role::Payload),
    };
    let mut operation = json!({
        "action": action,
        "channel": reference(&["channels", &channel_name(method, role)]),
        "messages": messages(&[role]),
    });
    if method.kind == MethodKind::Call {
        operation["reply"] = json!({
            "address": {
                "location": "$message.header#/reply_to",
                "description": "The AMQP property `reply_to`.",
            },
            "channel": reference(&["channels", &channel_name(method, Role::Reply)]),
            "messages": messages(&[Role::Reply, Role::Error]),
        });
    }
    let description = method.description();
    for (key, text) in [("summary", method.summary()), ("description", description.as_deref())] {
        if let Some(text) = text {
            operation[key] = text.into();
        }
    }
    if method.idempotent {
        operation["x-lessmq-idempotent"] = true.into();
    }
    if method.ordered {
        operation["x-lessmq-ordered"] = true.into();
    }
    // AsyncAPI has no deprecated operations.
    if method.docs.deprecated.is_some() {
        operation["x-deprecated"] = true.into();
    }
    operation
}

fn channel_message(method: &Method<'_>, role: Role) -> Value {
    reference(&["channels", &channel_name(method, role), "messages", &message_name(method, role)])
}

fn reference(path: &[&str]) -> Value {
    json!({"$ref": format!("#/{}", path.join("/"))})
}

/// The attributes of every message, as the RabbitMQ transport writes them.
fn cloud_events() -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    json!({
        "description": "CloudEvents 1.0 in binary mode. On AMQP `id`, `type`, `source` and `datacontenttype` are the properties `message_id`, `type`, `app_id` and `content_type`.",
        "headers": {
            "type": "object",
            "required": ["cloudEvents:specversion"],
            "properties": {
                "cloudEvents:specversion": {"type": "string", "const": "1.0"},
                "cloudEvents:dataschema": text("The sender's contract: `urn:lessmq:{service}:{version}:{fingerprint}`."),
                "cloudEvents:time": {"type": "string", "format": "date-time", "description": "When the message was created; not set on calls and replies."},
                "cloudEvents:traceparent": text("W3C trace context."),
                "cloudEvents:tracestate": text("W3C trace context."),
                "cloudEvents:partitionkey": text("The message group. On ordered interfaces, messages of one group are handled in order."),
                "cloudEvents:lessmqexpiresin": text("The time left until the deadline, in milliseconds."),
                "cloudEvents:lessmqoutcome": {
                    "type": "string",
                    "enum": ["ok", "rejected", "fault"],
                    "description": "On replies: `ok` or absent for the reply, `rejected` for the provider's typed error, `fault` for a call without a result.",
                },
            },
        },
    })
}
