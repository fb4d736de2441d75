//! Rules about sizes: ranges, lengths, counts.

use super::{Family, broken, sent};

pub(super) static FAMILIES: &[&Family] = &[
    &RANGE_NARROWED,
    &STEP_NARROWED,
    &LENGTH_NARROWED,
    &ITEM_COUNT_NARROWED,
    &ITEMS_REPEATED,
    &ITEM_MISSING,
    &FIELD_COUNT_NARROWED,
];

pub(super) static RANGE_NARROWED: Family = Family {
    plain: broken! {
        id: "number-range-narrowed",
        summary: "the sender may send a number outside the range that the receiver accepts",
        explanation: "A number outside the range of the receiver's type fails to decode.",
        remedy: "Accept every number that may be sent. To narrow the range, narrow it at the sender first.",
        before: r#"{"type": "integer", "maximum": 255}"#,
        after: r#"{"type": "integer", "maximum": 127}"#,
        compatible: r#"{"type": "integer", "maximum": 511}"#,
    },
    request: None,
    sent: Some(sent! {
        id: "number-range-widened",
        summary: "the provider may send a number outside the range that its consumers accept",
        explanation: "Consumers decode the number as the type in the old contract and fail if it is out of range.",
        remedy: "Send the wider number in a new field, and keep sending the old one within its range.",
        before: r#"{"type": "object", "properties": {"size": {"type": "integer", "maximum": 127}}, "required": ["size"]}"#,
        after: r#"{"type": "object", "properties": {"size": {"type": "integer", "maximum": 255}}, "required": ["size"]}"#,
        compatible: r#"{"type": "object", "properties": {"size": {"type": "integer", "maximum": 127}, "true_size": {"type": "integer"}}, "required": ["size", "true_size"]}"#,
    }),
};

pub(super) static STEP_NARROWED: Family = Family {
    plain: broken! {
        id: "number-step-narrowed",
        summary: "the sender may send a number that is not a multiple of the receiver's `multipleOf`",
        explanation: "The receiver accepts only multiples of a fixed number.",
        remedy: "Accept every number that may be sent. To require a multiple, first make the sender send only multiples.",
        before: r#"{"type": "integer", "multipleOf": 2}"#,
        after: r#"{"type": "integer", "multipleOf": 4}"#,
        compatible: r#"{"type": "integer", "multipleOf": 1}"#,
    },
    request: None,
    sent: Some(sent! {
        id: "number-step-widened",
        summary: "the provider may send a number that is not a multiple of its consumers' `multipleOf`",
        explanation: "Consumers accept only multiples of a fixed number.",
        remedy: "Send the finer number in a new field.",
        before: r#"{"type": "integer", "multipleOf": 4}"#,
        after: r#"{"type": "integer", "multipleOf": 2}"#,
        compatible: r#"{"type": "integer", "multipleOf": 8}"#,
    }),
};

pub(super) static LENGTH_NARROWED: Family = Family {
    plain: broken! {
        id: "string-length-narrowed",
        summary: "the sender may send a string that is longer or shorter than the receiver accepts",
        explanation: "The receiver limits the length more tightly than the sender.",
        remedy: "Accept every length that may be sent. To narrow the limits, narrow them at the sender first.",
        before: r#"{"type": "string", "maxLength": 10}"#,
        after: r#"{"type": "string", "maxLength": 9}"#,
        compatible: r#"{"type": "string", "maxLength": 11}"#,
    },
    request: None,
    sent: Some(sent! {
        id: "string-length-widened",
        summary: "the provider may send a string that is longer or shorter than its consumers accept",
        explanation: "Consumers limit the length more tightly than the provider does now.",
        remedy: "Cut the text to the old length, and send the full text in a new field.",
        before: r#"{"type": "string", "maxLength": 9}"#,
        after: r#"{"type": "string", "maxLength": 10}"#,
        compatible: r#"{"type": "string", "maxLength": 8}"#,
    }),
};

pub(super) static ITEM_COUNT_NARROWED: Family = Family {
    plain: broken! {
        id: "item-count-narrowed",
        summary: "the sender may send more or fewer items than the receiver accepts",
        explanation: "A tuple or a fixed-length array decodes only from exactly that many items.",
        remedy: "Accept a list of any length, or add a new field for the new shape.",
        before: r#"{"type": "array", "minItems": 2, "maxItems": 2}"#,
        after: r#"{"type": "array", "minItems": 3, "maxItems": 3}"#,
        compatible: r#"{"type": "array"}"#,
    },
    request: None,
    sent: Some(sent! {
        id: "item-count-widened",
        summary: "the provider may send more or fewer items than its consumers accept",
        explanation: "A tuple or a fixed-length array decodes only from exactly that many items.",
        remedy: "Send the new shape in a new field next to the old one.",
        before: r#"{"type": "array", "minItems": 2, "maxItems": 2}"#,
        after: r#"{"type": "array", "minItems": 3, "maxItems": 3}"#,
        compatible: r#"{"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}"#,
    }),
};

pub(super) static ITEMS_REPEATED: Family = Family {
    plain: broken! {
        id: "items-repeated",
        summary: "the sender may send equal items where the receiver accepts only distinct ones",
        explanation: "The receiver requires unique items.",
        remedy: "First make the sender send a set, then require unique items.",
        before: r#"{"type": "array"}"#,
        after: r#"{"type": "array", "uniqueItems": true}"#,
        compatible: r#"{"type": "array", "uniqueItems": false}"#,
    },
    request: None,
    sent: Some(sent! {
        id: "items-may-repeat",
        summary: "the provider may send equal items where its consumers accept only distinct ones",
        explanation: "Consumers require unique items.",
        remedy: "Keep sending a set, and send the list in a new field.",
        before: r#"{"type": "array", "uniqueItems": true}"#,
        after: r#"{"type": "array"}"#,
        compatible: r#"{"type": "array", "uniqueItems": true, "maxItems": 9}"#,
    }),
};

pub(super) static ITEM_MISSING: Family = Family {
    plain: broken! {
        id: "item-missing",
        summary: "the sender may send an array without an item that the receiver requires",
        explanation: "The receiver's `contains` requires a number of matching items.",
        remedy: "First make the sender always send the item, then require it.",
        before: r#"{"type": "array", "items": {"type": "integer"}}"#,
        after: r#"{"type": "array", "items": {"type": "integer"}, "contains": {"minimum": 3}}"#,
        compatible: r#"{"type": "array", "items": {"type": "integer"}, "contains": {"minimum": 3}, "minContains": 0}"#,
    },
    request: None,
    sent: Some(sent! {
        id: "item-now-optional",
        summary: "the provider may send an array without an item that its consumers require",
        explanation: "The consumers' `contains` requires a number of matching items.",
        remedy: "Keep sending the item.",
        before: r#"{"type": "array", "items": {"type": "integer"}, "contains": {"minimum": 3}}"#,
        after: r#"{"type": "array", "items": {"type": "integer"}}"#,
        compatible: r#"{"type": "array", "items": {"type": "integer"}, "contains": {"minimum": 4}}"#,
    }),
};

pub(super) static FIELD_COUNT_NARROWED: Family = Family {
    plain: broken! {
        id: "field-count-narrowed",
        summary: "the sender may send more or fewer fields than the receiver accepts",
        explanation: "The receiver limits the number of fields of an object or map.",
        remedy: "Accept every number of fields that may be sent. To narrow the limits, narrow them at the sender first.",
        before: r#"{"type": "object", "additionalProperties": {"type": "integer"}, "maxProperties": 3}"#,
        after: r#"{"type": "object", "additionalProperties": {"type": "integer"}, "maxProperties": 2}"#,
        compatible: r#"{"type": "object", "additionalProperties": {"type": "integer"}, "maxProperties": 4}"#,
    },
    request: None,
    sent: Some(sent! {
        id: "field-count-widened",
        summary: "the provider may send more or fewer fields than its consumers accept",
        explanation: "Consumers limit the number of fields of an object or map.",
        remedy: "Keep the number of fields within the old limits, and send the rest in a new field.",
        before: r#"{"type": "object", "additionalProperties": {"type": "integer"}, "maxProperties": 2}"#,
        after: r#"{"type": "object", "additionalProperties": {"type": "integer"}, "maxProperties": 3}"#,
        compatible: r#"{"type": "object", "additionalProperties": {"type": "integer"}, "maxProperties": 1}"#,
    }),
};
