//! The canonical form of a contract: the text whose hash is the fingerprint.
//!
//! Keys are sorted. White space and annotations (titles, descriptions, examples, deprecation) are left out. Lists whose
//! order has no meaning (`required`, `type`) are sorted. The text contains only what affects messages.
//!
//! The form does not depend on the layout of the document, and has its own version (the `1` in its first line). So
//! contracts with the same promises have the same fingerprint, whether they were read from format `1` or `2`.

use std::fmt::Write;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::schema::{Content, content, is_annotation, is_set};
use super::{Contract, Fingerprint, Message, Method};

pub(super) fn fingerprint(contract: &Contract) -> Fingerprint {
    hash(&canonical(contract))
}

/// The fingerprint of one method of a contract, with its name and its service.
pub(super) fn method_fingerprint(service: &str, name: &str, method: &Method) -> Fingerprint {
    let mut text = header(service);
    push_method(&mut text, name, method);
    hash(&text)
}

fn hash(text: &str) -> Fingerprint {
    let digest = Sha256::digest(text);
    let mut digits = String::with_capacity(64);
    for byte in digest {
        write!(digits, "{byte:02x}").expect("writing to a string cannot fail");
    }
    Fingerprint(digits)
}

/// The canonical form of one message.
pub(crate) fn canonical_message(message: &Message) -> String {
    let mut text = String::new();
    push_message(&mut text, "message", message);
    text
}

fn canonical(contract: &Contract) -> String {
    let mut out = header(&contract.service);
    for (name, method) in contract.methods_by_kind() {
        push_method(&mut out, name, method);
    }
    out
}

fn header(service: &str) -> String {
    format!("lessmq 1\nservice {service}\n")
}

fn push_method(out: &mut String, name: &str, method: &Method) {
    let idempotent = if method.is_idempotent() { " idempotent" } else { "" };
    let ordered = if method.is_ordered() { " ordered" } else { "" };
    out.push_str(&format!("{} {name}{idempotent}{ordered}\n", method.kind()));
    for (role, message) in method.messages() {
        push_message(out, role.as_str(), message);
    }
}

fn push_message(out: &mut String, role: &str, message: &Message) {
    for (side, schema) in [("writes", &message.writes), ("reads", &message.reads)] {
        out.push_str(role);
        out.push(' ');
        out.push_str(side);
        out.push(' ');
        push_schema(out, schema);
        out.push('\n');
    }
}

fn push_schema(out: &mut String, schema: &Value) {
    match schema {
        Value::Object(_) => {
            push_entries(out, schema, is_annotation, |out, keyword, value| match (content(keyword), value) {
                (Content::SchemaMap, Value::Object(_)) => {
                    push_entries(out, value, |_| false, |out, _, schema| push_schema(out, schema));
                }
                (Content::Schema | Content::SchemaList, _) => push_schema(out, value),
                (_, Value::Array(items)) if is_set(keyword) => {
                    let mut texts: Vec<String> = items.iter().map(Value::to_string).collect();
                    texts.sort_unstable();
                    out.push_str(&format!("[{}]", texts.join(",")));
                }
                _ => push_data(out, value),
            })
        }
        Value::Array(schemas) => push_array(out, schemas, push_schema),
        plain => out.push_str(&plain.to_string()),
    }
}

fn push_data(out: &mut String, value: &Value) {
    match value {
        Value::Object(_) => push_entries(out, value, |_| false, |out, _, value| push_data(out, value)),
        Value::Array(items) => push_array(out, items, push_data),
        plain => out.push_str(&plain.to_string()),
    }
}

fn push_array(out: &mut String, items: &[Value], mut push: impl FnMut(&mut String, &Value)) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        push(out, item);
    }
    out.push(']');
}

fn push_entries(
    out: &mut String,
    object: &Value,
    is_left_out: fn(&str) -> bool,
    mut push: impl FnMut(&mut String, &str, &Value),
) {
    let mut entries: Vec<_> = object.as_object().into_iter().flatten().collect();
    entries.sort_unstable_by_key(|(name, _)| *name);
    out.push('{');
    for (name, value) in entries.into_iter().filter(|(name, _)| !is_left_out(name)) {
        if !out.ends_with('{') {
            out.push(',');
        }
        out.push_str(&Value::from(name.as_str()).to_string());
        out.push(':');
        push(out, name, value);
    }
    out.push('}');
}
