//! Rules about what a value is: its type, its variant, its text.

use super::{Family, broken, sent};

pub(super) static FAMILIES: &[&Family] = &[
    &TYPE_CHANGED,
    &VALUE_UNKNOWN,
    &VARIANT_UNKNOWN,
    &VARIANT_AMBIGUOUS,
    &PATTERN_NARROWED,
    &FORMAT_NARROWED,
    &EXCLUDED,
];

pub(super) static TYPE_CHANGED: Family = Family {
    plain: broken! {
        id: "type-changed",
        summary: "the sender may send a JSON type that the receiver does not accept",
        explanation: "The receiver's type does not decode from the JSON type that is sent.",
        remedy: "Accept both types, or add a field of the new type next to the old one.",
        before: r#"{"type": "integer"}"#,
        after: r#"{"type": "string"}"#,
        compatible: r#"{"type": ["integer", "string"]}"#,
    },
    request: Some(broken! {
        id: "request-type-changed",
        summary: "consumers send a JSON type that the provider no longer accepts",
        explanation: "Messages from consumers built against the old contract do not decode as the new type.",
        remedy: "Add an optional field of the new type next to the old one and accept either. Remove the old one in a major version.",
        before: r#"{"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}"#,
        after: r#"{"type": "object", "properties": {"age": {"type": "string"}}, "required": ["age"]}"#,
        compatible: r#"{"type": "object", "properties": {"age": {"type": "integer"}, "age_text": {"type": ["string", "null"]}}, "required": ["age"]}"#,
    }),
    sent: Some(sent! {
        id: "type-changed",
        summary: "the provider may send a JSON type that its consumers do not accept",
        explanation: "Consumers built against the old contract cannot decode the new type. A field that becomes an `Option` has a new type too: `null`.",
        remedy: "Add a field of the new type next to the old one and send both. Remove the old one in a major version.",
        before: r#"{"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}"#,
        after: r#"{"type": "object", "properties": {"age": {"type": ["integer", "null"]}}, "required": ["age"]}"#,
        compatible: r#"{"type": "object", "properties": {"age": {"type": "integer"}, "true_age": {"type": ["integer", "null"]}}, "required": ["age", "true_age"]}"#,
    }),
};

pub(super) static VALUE_UNKNOWN: Family = Family {
    plain: broken! {
        id: "value-unknown",
        summary: "the sender may send a value that the receiver does not know",
        explanation: "The receiver decodes a fixed list of values and fails on any other.",
        remedy: "Accept any other value too (`#[serde(other)]` and `#[lessmq::reads]`) before the new one is sent.",
        before: r#"{"enum": ["open", "paid", "lost"]}"#,
        after: r#"{"enum": ["open", "paid"]}"#,
        compatible: r#"{"type": "string"}"#,
    },
    request: Some(broken! {
        id: "request-value-removed",
        summary: "consumers may send a value that the provider no longer knows",
        explanation: "The provider decodes a fixed list of values and rejects a message with any other.",
        remedy: "Keep the variant, mark it `#[deprecated]` and handle it like its successor. If it was renamed and its old name is still accepted (`#[serde(alias)]`), put `#[lessmq::reads]` above the derive.",
        before: r#"{"enum": ["open", "paid", "lost"]}"#,
        after: r#"{"enum": ["open", "paid"]}"#,
        compatible: r#"{"enum": ["open", "paid", "lost"], "deprecated": true}"#,
    }),
    sent: Some(sent! {
        id: "value-added",
        summary: "the provider may send a value that its consumers do not know",
        explanation: "Consumers built against the old contract decode a fixed list of values and fail on any other.",
        remedy: "Send the new case in a new optional field, and the nearest known value in the old one. If the enum has had a `#[serde(other)]` variant and `#[lessmq::reads]` above the derive from the start, adding values is compatible.",
        before: r#"{"type": "object", "properties": {"state": {"enum": ["open", "paid"]}}, "required": ["state"]}"#,
        after: r#"{"type": "object", "properties": {"state": {"enum": ["open", "paid", "lost"]}}, "required": ["state"]}"#,
        compatible: r#"{"type": "object", "properties": {"state": {"enum": ["open", "paid"]}, "fate": {"enum": ["lost"]}}, "required": ["state"]}"#,
    }),
};

pub(in crate::compat) static VARIANT_UNKNOWN: Family = Family {
    plain: broken! {
        id: "variant-unknown",
        summary: "the sender may send a variant that the receiver does not know",
        explanation: "The message matches none of the receiver's alternatives, so it fails to decode.",
        remedy: "Accept any other variant too (`#[serde(other)]` and `#[lessmq::reads]`, or `#[serde(untagged)]`) before the new one is sent.",
        before: r#"{"oneOf": [{"properties": {"kind": {"const": "card"}}, "required": ["kind"]}, {"properties": {"kind": {"const": "cash"}}, "required": ["kind"]}, {"properties": {"kind": {"const": "coin"}}, "required": ["kind"]}]}"#,
        after: r#"{"oneOf": [{"properties": {"kind": {"const": "card"}}, "required": ["kind"]}, {"properties": {"kind": {"const": "cash"}}, "required": ["kind"]}]}"#,
        compatible: r#"{"properties": {"kind": {"type": "string"}}, "required": ["kind"]}"#,
    },
    request: Some(broken! {
        id: "request-variant-removed",
        summary: "consumers may send a variant that the provider no longer knows",
        explanation: "The message matches none of the provider's alternatives, so it is rejected.",
        remedy: "Keep the variant, mark it `#[deprecated]` and handle it like its successor. If it was renamed and its old name is still accepted (`#[serde(alias)]`), put `#[lessmq::reads]` above the derive.",
        before: r#"{"oneOf": [{"type": "object", "properties": {"card": {"type": "string"}}, "required": ["card"], "additionalProperties": false}, {"type": "object", "properties": {"cash": {"type": "integer"}}, "required": ["cash"], "additionalProperties": false}, {"type": "object", "properties": {"coin": {"type": "integer"}}, "required": ["coin"], "additionalProperties": false}]}"#,
        after: r#"{"oneOf": [{"type": "object", "properties": {"card": {"type": "string"}}, "required": ["card"], "additionalProperties": false}, {"type": "object", "properties": {"cash": {"type": "integer"}}, "required": ["cash"], "additionalProperties": false}]}"#,
        compatible: r#"{"oneOf": [{"type": "object", "properties": {"card": {"type": "string"}}, "required": ["card"], "additionalProperties": false}, {"type": "object", "properties": {"cash": {"type": "integer"}}, "required": ["cash"], "additionalProperties": false}, {"type": "object", "properties": {"coin": {"type": "integer"}}, "required": ["coin"], "additionalProperties": false, "deprecated": true}]}"#,
    }),
    sent: Some(sent! {
        id: "variant-added",
        summary: "the provider may send a variant that its consumers do not know",
        explanation: "The message matches none of the alternatives that consumers know, so it fails to decode.",
        remedy: "Send the new variant in a new method or a new optional field. If the enum has had a catch-all variant (`#[serde(other)]`) and `#[lessmq::reads]` above the derive from the start, adding variants is compatible.",
        before: r#"{"type": "object", "properties": {"by": {"oneOf": [{"properties": {"kind": {"const": "card"}}, "required": ["kind"]}, {"properties": {"kind": {"const": "cash"}}, "required": ["kind"]}]}}, "required": ["by"]}"#,
        after: r#"{"type": "object", "properties": {"by": {"oneOf": [{"properties": {"kind": {"const": "card"}}, "required": ["kind"]}, {"properties": {"kind": {"const": "cash"}}, "required": ["kind"]}, {"properties": {"kind": {"const": "coin"}}, "required": ["kind"]}]}}, "required": ["by"]}"#,
        compatible: r#"{"type": "object", "properties": {"by": {"oneOf": [{"properties": {"kind": {"const": "card"}}, "required": ["kind"]}, {"properties": {"kind": {"const": "cash"}}, "required": ["kind"]}]}, "coin": {"type": ["integer", "null"]}}, "required": ["by"]}"#,
    }),
};

pub(in crate::compat) static VARIANT_AMBIGUOUS: Family = Family {
    plain: broken! {
        id: "variant-ambiguous",
        summary: "the sender may send a value that matches more than one alternative of the receiver's `oneOf`",
        explanation: "A `oneOf` rejects a value that two of its alternatives accept.",
        remedy: "Make the alternatives exclude each other, for example with a tag.",
        before: r#"{"type": "integer"}"#,
        after: r#"{"oneOf": [{"type": "integer"}, {"minimum": 3}]}"#,
        compatible: r#"{"anyOf": [{"type": "integer"}, {"minimum": 3}]}"#,
    },
    request: None,
    sent: None,
};

pub(super) static PATTERN_NARROWED: Family = Family {
    plain: broken! {
        id: "string-pattern-narrowed",
        summary: "the sender may send a string that does not match the receiver's pattern",
        explanation: "The receiver rejects strings that do not match its pattern, and the sender may send some.",
        remedy: "Accept every string that may be sent. To narrow the pattern, narrow it at the sender first.",
        before: r#"{"type": "string", "pattern": "^[a-z]+$"}"#,
        after: r#"{"type": "string", "pattern": "^[a-f]+$"}"#,
        compatible: r#"{"type": "string", "pattern": "^[a-z0-9]+$"}"#,
    },
    request: None,
    sent: Some(sent! {
        id: "string-pattern-widened",
        summary: "the provider may send a string that does not match its consumers' pattern",
        explanation: "Consumers built against the old contract reject strings that do not match the old pattern.",
        remedy: "Send the new strings in a new field.",
        before: r#"{"type": "string", "pattern": "^[a-f]+$"}"#,
        after: r#"{"type": "string", "pattern": "^[a-z]+$"}"#,
        compatible: r#"{"type": "string", "pattern": "^[a-c]+$"}"#,
    }),
};

pub(super) static FORMAT_NARROWED: Family = Family {
    plain: broken! {
        id: "format-narrowed",
        summary: "the sender may send a value that does not parse as the receiver's format",
        explanation: "A Rust peer decodes a format as a type (a UUID, a timestamp, an `i32`) and rejects a value that does not parse.",
        remedy: "Accept every value that may be sent. To narrow the format, narrow it at the sender first.",
        before: r#"{"type": "integer", "format": "int64"}"#,
        after: r#"{"type": "integer", "format": "int32"}"#,
        compatible: r#"{"type": "number", "format": "double"}"#,
    },
    request: None,
    sent: Some(sent! {
        id: "format-widened",
        summary: "the provider may send a value that does not parse as its consumers' format",
        explanation: "Consumers decode the format as a type (a UUID, a timestamp, an `i32`) and reject a value that does not parse.",
        remedy: "Send the wider type in a new field, and keep sending the old one.",
        before: r#"{"type": "object", "properties": {"id": {"type": "string", "format": "uuid"}}, "required": ["id"]}"#,
        after: r#"{"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}"#,
        compatible: r#"{"type": "object", "properties": {"id": {"type": "string", "format": "uuid"}, "code": {"type": "string"}}, "required": ["id", "code"]}"#,
    }),
};

pub(super) static EXCLUDED: Family = Family {
    plain: broken! {
        id: "excluded",
        summary: "the sender may send a value that the receiver excludes with `not`",
        explanation: "The receiver's `not` rejects a value that may be sent.",
        remedy: "Stop sending the value before the receiver excludes it.",
        before: r#"{"type": "string"}"#,
        after: r#"{"not": {"const": "a"}}"#,
        compatible: r#"{"not": {"type": "null"}}"#,
    },
    request: None,
    sent: None,
};
