//! Breaks over what a value is: its type, its variant, its text.

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
    plain: broken!(
        "type-changed",
        "a JSON type is sent that is not accepted",
        "The accepted type cannot be decoded from the JSON type that is sent.",
        "Accept both types, or add a new field of the new type beside the old one.",
        r#"{"type": "integer"}"#,
        r#"{"type": "string"}"#,
        r#"{"type": ["integer", "string"]}"#
    ),
    request: Some(broken!(
        "request-type-changed",
        "consumers send a JSON type that the provider does not accept any more",
        "Messages of consumers that were built before cannot be decoded as the new type.",
        "Add an optional field of the new type beside the old one, and accept either; remove the old one in a major version.",
        r#"{"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}"#,
        r#"{"type": "object", "properties": {"age": {"type": "string"}}, "required": ["age"]}"#,
        r#"{"type": "object", "properties": {"age": {"type": "integer"}, "age_text": {"type": ["string", "null"]}}, "required": ["age"]}"#
    )),
    sent: Some(sent!(
        "type-changed",
        "the provider may send a JSON type that its consumers do not accept",
        "Consumers that were built before cannot decode the new type. An `Option` where there was none counts: `null` is a type of its own.",
        "Add a field of the new type beside the old one, and go on sending both; remove the old one in a major version.",
        r#"{"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}"#,
        r#"{"type": "object", "properties": {"age": {"type": ["integer", "null"]}}, "required": ["age"]}"#,
        r#"{"type": "object", "properties": {"age": {"type": "integer"}, "true_age": {"type": ["integer", "null"]}}, "required": ["age", "true_age"]}"#
    )),
};

pub(super) static VALUE_UNKNOWN: Family = Family {
    plain: broken!(
        "value-unknown",
        "a value may be sent that is not among those accepted",
        "A fixed list of values is decoded; any other fails.",
        "Accept any other value too (`#[serde(other)]`), before the new one is sent.",
        r#"{"enum": ["open", "paid", "lost"]}"#,
        r#"{"enum": ["open", "paid"]}"#,
        r#"{"type": "string"}"#
    ),
    request: Some(broken!(
        "request-value-removed",
        "consumers may send a value that the provider does not know any more",
        "The provider decodes a fixed list of values, and refuses a message with any other.",
        "Keep the variant and mark it `#[deprecated]`; map it to its successor where it is handled. If it was renamed and is still accepted under its old name (`#[serde(alias)]`), put `#[lessmq::aliases]` above the derive.",
        r#"{"enum": ["open", "paid", "lost"]}"#,
        r#"{"enum": ["open", "paid"]}"#,
        r#"{"enum": ["open", "paid", "lost"], "deprecated": true}"#
    )),
    sent: Some(sent!(
        "value-added",
        "the provider may send a value that its consumers do not know",
        "Consumers that were built before decode a fixed list of values, and fail at any other.",
        "Tell of the new case in a new optional field, and send the nearest known value in the old one. Where the enum has had a `#[serde(other)]` variant from the start, values can be added freely.",
        r#"{"type": "object", "properties": {"state": {"enum": ["open", "paid"]}}, "required": ["state"]}"#,
        r#"{"type": "object", "properties": {"state": {"enum": ["open", "paid", "lost"]}}, "required": ["state"]}"#,
        r#"{"type": "object", "properties": {"state": {"enum": ["open", "paid"]}, "fate": {"enum": ["lost"]}}, "required": ["state"]}"#
    )),
};

pub(in crate::compat) static VARIANT_UNKNOWN: Family = Family {
    plain: broken!(
        "variant-unknown",
        "a variant may be sent that is not accepted",
        "None of the accepted alternatives matches, so the message fails to decode.",
        "Accept any other variant too (`#[serde(other)]`, `#[serde(untagged)]`), before the new one is sent.",
        r#"{"oneOf": [{"properties": {"kind": {"const": "card"}}, "required": ["kind"]}, {"properties": {"kind": {"const": "cash"}}, "required": ["kind"]}, {"properties": {"kind": {"const": "coin"}}, "required": ["kind"]}]}"#,
        r#"{"oneOf": [{"properties": {"kind": {"const": "card"}}, "required": ["kind"]}, {"properties": {"kind": {"const": "cash"}}, "required": ["kind"]}]}"#,
        r#"{"properties": {"kind": {"type": "string"}}, "required": ["kind"]}"#
    ),
    request: Some(broken!(
        "request-variant-removed",
        "consumers may send a variant that the provider does not know any more",
        "None of the provider's alternatives matches, so the message is refused.",
        "Keep the variant, mark it `#[deprecated]`, and handle it as its successor. If it was renamed and is still accepted under its old name (`#[serde(alias)]`), put `#[lessmq::aliases]` above the derive.",
        r#"{"oneOf": [{"type": "object", "properties": {"card": {"type": "string"}}, "required": ["card"], "additionalProperties": false}, {"type": "object", "properties": {"cash": {"type": "integer"}}, "required": ["cash"], "additionalProperties": false}, {"type": "object", "properties": {"coin": {"type": "integer"}}, "required": ["coin"], "additionalProperties": false}]}"#,
        r#"{"oneOf": [{"type": "object", "properties": {"card": {"type": "string"}}, "required": ["card"], "additionalProperties": false}, {"type": "object", "properties": {"cash": {"type": "integer"}}, "required": ["cash"], "additionalProperties": false}]}"#,
        r#"{"oneOf": [{"type": "object", "properties": {"card": {"type": "string"}}, "required": ["card"], "additionalProperties": false}, {"type": "object", "properties": {"cash": {"type": "integer"}}, "required": ["cash"], "additionalProperties": false}, {"type": "object", "properties": {"coin": {"type": "integer"}}, "required": ["coin"], "additionalProperties": false, "deprecated": true}]}"#
    )),
    sent: Some(sent!(
        "variant-added",
        "the provider may send a variant that its consumers do not know",
        "None of the alternatives that consumers were built with matches, so the message fails to decode.",
        "Send the new variant in a new method or a new optional field. Where the enum has had a catch-all variant (`#[serde(other)]`) from the start, variants can be added freely.",
        r#"{"type": "object", "properties": {"by": {"oneOf": [{"properties": {"kind": {"const": "card"}}, "required": ["kind"]}, {"properties": {"kind": {"const": "cash"}}, "required": ["kind"]}]}}, "required": ["by"]}"#,
        r#"{"type": "object", "properties": {"by": {"oneOf": [{"properties": {"kind": {"const": "card"}}, "required": ["kind"]}, {"properties": {"kind": {"const": "cash"}}, "required": ["kind"]}, {"properties": {"kind": {"const": "coin"}}, "required": ["kind"]}]}}, "required": ["by"]}"#,
        r#"{"type": "object", "properties": {"by": {"oneOf": [{"properties": {"kind": {"const": "card"}}, "required": ["kind"]}, {"properties": {"kind": {"const": "cash"}}, "required": ["kind"]}]}, "coin": {"type": ["integer", "null"]}}, "required": ["by"]}"#
    )),
};

pub(in crate::compat) static VARIANT_AMBIGUOUS: Family = Family {
    plain: broken!(
        "variant-ambiguous",
        "a message matches more than one alternative where exactly one is accepted",
        "A `oneOf` refuses a message that two of its alternatives accept.",
        "Make the alternatives exclude each other, for example with a tag.",
        r#"{"type": "integer"}"#,
        r#"{"oneOf": [{"type": "integer"}, {"minimum": 3}]}"#,
        r#"{"anyOf": [{"type": "integer"}, {"minimum": 3}]}"#
    ),
    request: None,
    sent: None,
};

pub(super) static PATTERN_NARROWED: Family = Family {
    plain: broken!(
        "string-pattern-narrowed",
        "a string may be sent that does not match the accepted pattern",
        "Some string that may be sent is outside of the language of the pattern.",
        "Keep the pattern as wide as what is sent; narrow what is sent first.",
        r#"{"type": "string", "pattern": "^[a-z]+$"}"#,
        r#"{"type": "string", "pattern": "^[a-f]+$"}"#,
        r#"{"type": "string", "pattern": "^[a-z0-9]+$"}"#
    ),
    request: None,
    sent: Some(sent!(
        "string-pattern-widened",
        "the provider may send a string that does not match its consumers' pattern",
        "Consumers check the text against the pattern that they were built with.",
        "Send the new texts in a new field.",
        r#"{"type": "string", "pattern": "^[a-f]+$"}"#,
        r#"{"type": "string", "pattern": "^[a-z]+$"}"#,
        r#"{"type": "string", "pattern": "^[a-c]+$"}"#
    )),
};

pub(super) static FORMAT_NARROWED: Family = Family {
    plain: broken!(
        "format-narrowed",
        "a value may be sent that does not parse as the accepted format",
        "A Rust peer decodes a format as a type (a UUID, a timestamp, an `i32`) and refuses what does not parse.",
        "Keep the accepted type as wide as what is sent; narrow what is sent first.",
        r#"{"type": "integer", "format": "int64"}"#,
        r#"{"type": "integer", "format": "int32"}"#,
        r#"{"type": "number", "format": "double"}"#
    ),
    request: None,
    sent: Some(sent!(
        "format-widened",
        "the provider may send a value that does not parse as its consumers' format",
        "Consumers decode the format as a type (a UUID, a timestamp, an `i32`) and refuse what does not parse.",
        "Send the wider type in a new field, and go on sending the old one.",
        r#"{"type": "object", "properties": {"id": {"type": "string", "format": "uuid"}}, "required": ["id"]}"#,
        r#"{"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}"#,
        r#"{"type": "object", "properties": {"id": {"type": "string", "format": "uuid"}, "code": {"type": "string"}}, "required": ["id", "code"]}"#
    )),
};

pub(super) static EXCLUDED: Family = Family {
    plain: broken!(
        "excluded",
        "a value may be sent that is explicitly excluded",
        "A `not` refuses a message that may be sent.",
        "Stop sending it before it is excluded.",
        r#"{"type": "string"}"#,
        r#"{"not": {"const": "a"}}"#,
        r#"{"not": {"type": "null"}}"#
    ),
    request: None,
    sent: None,
};
