//! Breaks over how much: ranges, lengths, counts.

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
    plain: broken!(
        "number-range-narrowed",
        "a number may be sent outside of the accepted range",
        "A number beyond the range of the accepted type does not decode.",
        "Keep the accepted range as wide as what is sent; narrow what is sent first.",
        r#"{"type": "integer", "maximum": 255}"#,
        r#"{"type": "integer", "maximum": 127}"#,
        r#"{"type": "integer", "maximum": 511}"#
    ),
    request: None,
    sent: Some(sent!(
        "number-range-widened",
        "the provider may send a number outside of its consumers' range",
        "Consumers decode the type that they were built with, and a number beyond its range fails.",
        "Send the wider number in a new field, and go on sending the old one within its range.",
        r#"{"type": "object", "properties": {"size": {"type": "integer", "maximum": 127}}, "required": ["size"]}"#,
        r#"{"type": "object", "properties": {"size": {"type": "integer", "maximum": 255}}, "required": ["size"]}"#,
        r#"{"type": "object", "properties": {"size": {"type": "integer", "maximum": 127}, "true_size": {"type": "integer"}}, "required": ["size", "true_size"]}"#
    )),
};

pub(super) static STEP_NARROWED: Family = Family {
    plain: broken!(
        "number-step-narrowed",
        "a number may be sent that is not a multiple of the accepted step",
        "Multiples of a fixed number are accepted only.",
        "Keep the accepted step; narrow what is sent first.",
        r#"{"type": "integer", "multipleOf": 2}"#,
        r#"{"type": "integer", "multipleOf": 4}"#,
        r#"{"type": "integer", "multipleOf": 1}"#
    ),
    request: None,
    sent: Some(sent!(
        "number-step-widened",
        "the provider may send a number that is not a multiple of its consumers' step",
        "Consumers accept multiples of a fixed number only.",
        "Send the finer number in a new field.",
        r#"{"type": "integer", "multipleOf": 4}"#,
        r#"{"type": "integer", "multipleOf": 2}"#,
        r#"{"type": "integer", "multipleOf": 8}"#
    )),
};

pub(super) static LENGTH_NARROWED: Family = Family {
    plain: broken!(
        "string-length-narrowed",
        "a string may be sent that is longer or shorter than accepted",
        "The accepted length is bounded more tightly than what is sent.",
        "Keep the accepted lengths as wide as what is sent; narrow what is sent first.",
        r#"{"type": "string", "maxLength": 10}"#,
        r#"{"type": "string", "maxLength": 9}"#,
        r#"{"type": "string", "maxLength": 11}"#
    ),
    request: None,
    sent: Some(sent!(
        "string-length-widened",
        "the provider may send a string that is longer or shorter than its consumers accept",
        "Consumers bound the length more tightly than the provider does now.",
        "Cut the text to the old length, and send the whole in a new field.",
        r#"{"type": "string", "maxLength": 9}"#,
        r#"{"type": "string", "maxLength": 10}"#,
        r#"{"type": "string", "maxLength": 8}"#
    )),
};

pub(super) static ITEM_COUNT_NARROWED: Family = Family {
    plain: broken!(
        "item-count-narrowed",
        "more or fewer items may be sent than are accepted",
        "A tuple or array of fixed length decodes from exactly that many items.",
        "Accept a list of any length, or add a new field for the new shape.",
        r#"{"type": "array", "minItems": 2, "maxItems": 2}"#,
        r#"{"type": "array", "minItems": 3, "maxItems": 3}"#,
        r#"{"type": "array"}"#
    ),
    request: None,
    sent: Some(sent!(
        "item-count-widened",
        "the provider may send more or fewer items than its consumers accept",
        "A tuple or array of fixed length decodes from exactly that many items.",
        "Send the new shape in a new field beside the old one.",
        r#"{"type": "array", "minItems": 2, "maxItems": 2}"#,
        r#"{"type": "array", "minItems": 3, "maxItems": 3}"#,
        r#"{"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}"#
    )),
};

pub(super) static ITEMS_REPEATED: Family = Family {
    plain: broken!(
        "items-repeated",
        "equal items may be sent where distinct ones are accepted only",
        "The accepted list asks for unique items.",
        "Send a set first, then ask for one.",
        r#"{"type": "array"}"#,
        r#"{"type": "array", "uniqueItems": true}"#,
        r#"{"type": "array", "uniqueItems": false}"#
    ),
    request: None,
    sent: Some(sent!(
        "items-may-repeat",
        "the provider may send equal items where its consumers expect distinct ones",
        "Consumers ask for unique items.",
        "Go on sending a set; send the list in a new field.",
        r#"{"type": "array", "uniqueItems": true}"#,
        r#"{"type": "array"}"#,
        r#"{"type": "array", "uniqueItems": true, "maxItems": 9}"#
    )),
};

pub(super) static ITEM_MISSING: Family = Family {
    plain: broken!(
        "item-missing",
        "an array may be sent without an item that is looked for",
        "A `contains` counts items of a certain kind.",
        "Send the item always first, then ask for it.",
        r#"{"type": "array", "items": {"type": "integer"}}"#,
        r#"{"type": "array", "items": {"type": "integer"}, "contains": {"minimum": 3}}"#,
        r#"{"type": "array", "items": {"type": "integer"}, "contains": {"minimum": 3}, "minContains": 0}"#
    ),
    request: None,
    sent: Some(sent!(
        "item-now-optional",
        "the provider may send an array without an item that its consumers look for",
        "Consumers count items of a certain kind.",
        "Go on sending the item.",
        r#"{"type": "array", "items": {"type": "integer"}, "contains": {"minimum": 3}}"#,
        r#"{"type": "array", "items": {"type": "integer"}}"#,
        r#"{"type": "array", "items": {"type": "integer"}, "contains": {"minimum": 4}}"#
    )),
};

pub(super) static FIELD_COUNT_NARROWED: Family = Family {
    plain: broken!(
        "field-count-narrowed",
        "more or fewer fields may be sent than are accepted",
        "The number of fields of an object or map is bounded.",
        "Keep the accepted numbers as wide as what is sent; narrow what is sent first.",
        r#"{"type": "object", "additionalProperties": {"type": "integer"}, "maxProperties": 3}"#,
        r#"{"type": "object", "additionalProperties": {"type": "integer"}, "maxProperties": 2}"#,
        r#"{"type": "object", "additionalProperties": {"type": "integer"}, "maxProperties": 4}"#
    ),
    request: None,
    sent: Some(sent!(
        "field-count-widened",
        "the provider may send more or fewer fields than its consumers accept",
        "Consumers bound the number of fields of an object or map.",
        "Keep to the old numbers, and send the rest in a new field.",
        r#"{"type": "object", "additionalProperties": {"type": "integer"}, "maxProperties": 2}"#,
        r#"{"type": "object", "additionalProperties": {"type": "integer"}, "maxProperties": 3}"#,
        r#"{"type": "object", "additionalProperties": {"type": "integer"}, "maxProperties": 1}"#
    )),
};
