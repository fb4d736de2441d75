//! Breaks over the fields of an object.

use super::{Family, broken, sent};

pub(super) static FAMILIES: &[&Family] = &[&FIELD_REQUIRED, &FIELD_REFUSED, &FIELD_NAME_REFUSED, &NEVER_READ];

pub(super) static FIELD_REQUIRED: Family = Family {
    plain: broken!(
        "field-required",
        "a field is required that the sender may leave out",
        "A message without the field is refused as a whole, though the sender's schema allows it.",
        "Accept messages without the field, or make the sender send it always first.",
        r#"{"type": "object", "properties": {"id": {"type": "integer"}}}"#,
        r#"{"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}"#,
        r#"{"type": "object", "properties": {"id": {"type": "integer"}}}"#
    ),
    request: Some(broken!(
        "request-field-now-required",
        "the provider requires a field that consumers may leave out",
        "Consumers that were built before do not send the field, and each of their messages is refused as a whole.",
        "Give the field `#[serde(default)]` or make it an `Option`. If it is an old field under a new name that is still accepted under the old one (`#[serde(alias)]`), put `#[lessmq::aliases]` above the derive.",
        r#"{"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}"#,
        r#"{"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}, "required": ["name", "age"]}"#,
        r#"{"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer", "default": 0}}, "required": ["name"]}"#
    )),
    sent: Some(sent!(
        "field-now-optional",
        "the provider may leave out a field that its consumers require",
        "Consumers that were built before decode the field from each message, and fail where it is missing. A field that was removed or renamed is missing always.",
        "Go on sending the field, with a neutral value where there is none; mark it `#[deprecated]`, and remove it in a major version.",
        r#"{"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}, "required": ["name", "age"]}"#,
        r#"{"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}, "required": ["name"]}"#,
        r#"{"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer", "deprecated": true}}, "required": ["name", "age"]}"#
    )),
};

pub(in crate::compat) static FIELD_REFUSED: Family = Family {
    plain: broken!(
        "field-refused",
        "a field is sent that is not accepted",
        "The receiver denies fields that it does not know, so this one makes the whole message unreadable.",
        "Accept unknown fields, or declare the field before it is sent.",
        r#"{"type": "object", "properties": {"id": {"type": "integer"}, "note": {"type": "string"}}}"#,
        r#"{"type": "object", "properties": {"id": {"type": "integer"}}, "additionalProperties": false}"#,
        r#"{"type": "object", "properties": {"id": {"type": "integer"}}}"#
    ),
    request: Some(broken!(
        "request-field-now-refused",
        "the provider refuses a field that its consumers send",
        "The provider denies fields that it does not know, so messages of consumers that send this one are refused as a whole.",
        "Keep the field and ignore what it says, or drop `deny_unknown_fields`.",
        r#"{"type": "object", "properties": {"id": {"type": "integer"}, "note": {"type": "string"}}}"#,
        r#"{"type": "object", "properties": {"id": {"type": "integer"}}, "additionalProperties": false}"#,
        r#"{"type": "object", "properties": {"id": {"type": "integer"}}}"#
    )),
    sent: Some(sent!(
        "field-added",
        "the provider sends a field that its consumers refuse",
        "Consumers deny fields that they do not know, so this one makes the whole message unreadable for those that were built before.",
        "Send the field in a message of its own; drop `deny_unknown_fields` from the type in a major version, for then fields can be added freely.",
        r#"{"type": "object", "properties": {"id": {"type": "integer"}}, "additionalProperties": false}"#,
        r#"{"type": "object", "properties": {"id": {"type": "integer"}, "note": {"type": "string"}}, "additionalProperties": false}"#,
        r#"{"type": "object", "properties": {"id": {"type": "integer"}}, "additionalProperties": false}"#
    )),
};

pub(super) static FIELD_NAME_REFUSED: Family = Family {
    plain: broken!(
        "field-name-refused",
        "a field or key may be sent whose name is not accepted",
        "The keys of the accepted map are of a narrower type than those that are sent.",
        "Keep the accepted keys as wide as those that are sent.",
        r#"{"type": "object", "additionalProperties": {"type": "integer"}}"#,
        r#"{"type": "object", "additionalProperties": {"type": "integer"}, "propertyNames": {"pattern": "^[a-z]+$"}}"#,
        r#"{"type": "object", "additionalProperties": {"type": "integer"}}"#
    ),
    request: None,
    sent: Some(sent!(
        "key-widened",
        "the provider may send a key that its consumers do not accept",
        "The keys of the map that consumers decode are of a narrower type than those that the provider may send now.",
        "Keep the type of the keys, or send the new map in a new field beside the old one.",
        r#"{"type": "object", "additionalProperties": {"type": "integer"}, "propertyNames": {"pattern": "^[a-z]+$"}}"#,
        r#"{"type": "object", "additionalProperties": {"type": "integer"}}"#,
        r#"{"type": "object", "additionalProperties": {"type": "integer"}, "propertyNames": {"pattern": "^[a-f]+$"}}"#
    )),
};

pub(in crate::compat) static NEVER_READ: Family = Family {
    plain: broken!(
        "never-read",
        "a value may be sent where none is accepted",
        "The accepted schema is `false` there: no value fits.",
        "Stop sending the value before it stops being accepted.",
        r#"{"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}"#,
        r#"{"type": "object", "properties": {"id": false}}"#,
        r#"{"type": "object", "properties": {"id": true}}"#
    ),
    request: None,
    sent: None,
};
