//! Rules about the fields of an object.

use super::{Family, broken, sent};

pub(super) static FAMILIES: &[&Family] = &[&FIELD_REQUIRED, &FIELD_REFUSED, &FIELD_NAME_REFUSED, &NEVER_READ];

pub(in crate::compat) static FIELD_REQUIRED: Family = Family {
    plain: broken! {
        id: "field-required",
        summary: "the receiver requires a field that the sender may leave out",
        explanation: "A message without the field is rejected, although the sender's schema allows it.",
        remedy: "Accept messages without the field, or first make the sender always send it.",
        before: r#"{"type": "object", "properties": {"id": {"type": "integer"}}}"#,
        after: r#"{"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}"#,
        compatible: r#"{"type": "object", "properties": {"id": {"type": "integer"}}}"#,
    },
    request: Some(broken! {
        id: "request-field-now-required",
        summary: "the provider requires a field that consumers may leave out",
        explanation: "Consumers built against the old contract do not send the field, so each of their messages is rejected.",
        remedy: "Make the field an `Option` or give it `#[serde(default)]`; an argument of a method can only be an `Option`. If it is a renamed field that still accepts its old name (`#[serde(alias)]`), put `#[lessmq::reads]` above the derive.",
        before: r#"{"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}"#,
        after: r#"{"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}, "required": ["name", "age"]}"#,
        compatible: r#"{"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer", "default": 0}}, "required": ["name"]}"#,
    }),
    sent: Some(sent! {
        id: "field-now-optional",
        summary: "the provider may leave out a field that its consumers require",
        explanation: "Consumers built against the old contract require the field in every message and fail to decode one without it. A field that was removed or renamed is always missing.",
        remedy: "Keep sending the field, with a neutral value if there is nothing to send. Mark it `#[deprecated]` and remove it in a major version.",
        before: r#"{"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}, "required": ["name", "age"]}"#,
        after: r#"{"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}, "required": ["name"]}"#,
        compatible: r#"{"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer", "deprecated": true}}, "required": ["name", "age"]}"#,
    }),
};

/// The remedy of [`FIELD_REQUIRED`] where the field is an argument of a method, which takes no attributes.
pub(in crate::compat) const ARGUMENT_REQUIRED_REMEDY: &str = "Make the argument an `Option`. If it is a renamed argument, give it back its old name: arguments have no aliases.";

pub(in crate::compat) static FIELD_REFUSED: Family = Family {
    plain: broken! {
        id: "field-refused",
        summary: "the sender may send a field that the receiver does not accept",
        explanation: "The receiver denies unknown fields, so a message with this field is rejected.",
        remedy: "Accept unknown fields, or declare the field before it is sent.",
        before: r#"{"type": "object", "properties": {"id": {"type": "integer"}, "note": {"type": "string"}}}"#,
        after: r#"{"type": "object", "properties": {"id": {"type": "integer"}}, "additionalProperties": false}"#,
        compatible: r#"{"type": "object", "properties": {"id": {"type": "integer"}}}"#,
    },
    request: Some(broken! {
        id: "request-field-now-refused",
        summary: "the provider rejects a field that its consumers send",
        explanation: "The provider denies unknown fields, so it rejects every message with this field.",
        remedy: "Keep the field and ignore its value, or remove `deny_unknown_fields`.",
        before: r#"{"type": "object", "properties": {"id": {"type": "integer"}, "note": {"type": "string"}}}"#,
        after: r#"{"type": "object", "properties": {"id": {"type": "integer"}}, "additionalProperties": false}"#,
        compatible: r#"{"type": "object", "properties": {"id": {"type": "integer"}}}"#,
    }),
    sent: Some(sent! {
        id: "field-added",
        summary: "the provider sends a field that its consumers reject",
        explanation: "Consumers deny unknown fields, so those built against the old contract reject every message with this field.",
        remedy: "Send the field in a separate message. Remove `deny_unknown_fields` from the type in a major version: after that, adding fields is compatible.",
        before: r#"{"type": "object", "properties": {"id": {"type": "integer"}}, "additionalProperties": false}"#,
        after: r#"{"type": "object", "properties": {"id": {"type": "integer"}, "note": {"type": "string"}}, "additionalProperties": false}"#,
        compatible: r#"{"type": "object", "properties": {"id": {"type": "integer"}}, "additionalProperties": false}"#,
    }),
};

pub(super) static FIELD_NAME_REFUSED: Family = Family {
    plain: broken! {
        id: "field-name-refused",
        summary: "the sender may send a field or key whose name the receiver does not accept",
        explanation: "The receiver's map has a narrower key type than the sender's.",
        remedy: "Accept every key that may be sent.",
        before: r#"{"type": "object", "additionalProperties": {"type": "integer"}}"#,
        after: r#"{"type": "object", "additionalProperties": {"type": "integer"}, "propertyNames": {"pattern": "^[a-z]+$"}}"#,
        compatible: r#"{"type": "object", "additionalProperties": {"type": "integer"}}"#,
    },
    request: None,
    sent: Some(sent! {
        id: "key-widened",
        summary: "the provider may send a key that its consumers do not accept",
        explanation: "Consumers decode a map with a narrower key type than the provider's.",
        remedy: "Keep the key type, or send the new map in a new field next to the old one.",
        before: r#"{"type": "object", "additionalProperties": {"type": "integer"}, "propertyNames": {"pattern": "^[a-z]+$"}}"#,
        after: r#"{"type": "object", "additionalProperties": {"type": "integer"}}"#,
        compatible: r#"{"type": "object", "additionalProperties": {"type": "integer"}, "propertyNames": {"pattern": "^[a-f]+$"}}"#,
    }),
};

pub(in crate::compat) static NEVER_READ: Family = Family {
    plain: broken! {
        id: "never-read",
        summary: "the sender may send a value where the receiver accepts none",
        explanation: "The receiver's schema is `false` there, so it rejects every value.",
        remedy: "Stop sending the value before the receiver stops accepting it.",
        before: r#"{"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}"#,
        after: r#"{"type": "object", "properties": {"id": false}}"#,
        compatible: r#"{"type": "object", "properties": {"id": true}}"#,
    },
    request: None,
    sent: None,
};
