//! The kinds of finding, as data.

use serde::{Serialize, Serializer};

/// One kind of finding.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Rule {
    /// Stable and unique, in kebab-case.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub summary: &'static str,
    /// Why that breaks a peer.
    pub explanation: &'static str,
    /// How to make the change compatibly.
    pub remedy: &'static str,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Severity {
    /// A peer breaks.
    Error,
    /// A peer may be surprised.
    Warning,
    /// Worth knowing.
    Info,
}

macro_rules! rules {
    ($($name:ident $id:literal $severity:ident, $summary:literal, $explanation:literal, $remedy:literal;)*) => {
        $(pub(super) static $name: Rule = Rule {
            id: $id,
            severity: Severity::$severity,
            summary: $summary,
            explanation: $explanation,
            remedy: $remedy,
        };)*

        /// Every rule, in the order of the documentation.
        #[must_use]
        pub fn rules() -> &'static [&'static Rule] {
            static RULES: &[&Rule] = &[$(&$name),*];
            RULES
        }
    };
}

rules! {
    FIELD_REQUIRED "field-required" Error,
        "the reader requires a field that the writer may leave out",
        "A message without the field is refused by the reader as a whole, though the writer's schema allows it.",
        "Give the reader's field `#[serde(default)]` or make it an `Option`; or make the writer send it always first.";
    FIELD_REFUSED "field-refused" Error,
        "the writer sends a field that the reader refuses",
        "The reader denies fields that it does not know, so the added field makes the whole message unreadable.",
        "Drop `deny_unknown_fields` on the reader, or release the reader with the new field before the writer.";
    TYPE_CHANGED "type-changed" Error,
        "the writer sends a JSON type that the reader does not take",
        "The reader's type cannot be decoded from the JSON type that the writer sends.",
        "Add a new field of the new type beside the old one, and remove the old one when nobody reads it.";
    VALUE_UNKNOWN "value-unknown" Error,
        "the writer may send a value that the reader does not list",
        "The reader decodes a fixed list of values; any other fails.",
        "Give the reader's enum a `#[serde(other)]` variant before the writer sends the new value.";
    VARIANT_UNKNOWN "variant-unknown" Error,
        "the writer may send a variant that the reader does not know",
        "No alternative of the reader's enum matches, so the message fails to decode.",
        "Give the reader's enum a catch-all variant first; or send the new variant in a new method.";
    VARIANT_AMBIGUOUS "variant-ambiguous" Error,
        "a message matches more than one alternative where the reader allows exactly one",
        "The reader's `oneOf` refuses a message that two of its alternatives accept.",
        "Make the alternatives exclude each other, for example with a tag.";
    RANGE_NARROWED "number-range-narrowed" Error,
        "the writer may send a number outside of the reader's range",
        "A number beyond the range of the reader's type does not decode.",
        "Keep the reader's type as wide as the writer's; narrow the writer first.";
    STEP_NARROWED "number-step-narrowed" Error,
        "the writer may send a number that is not a multiple of the reader's step",
        "The reader takes multiples of a fixed number only.",
        "Narrow the writer first, then the reader.";
    LENGTH_NARROWED "string-length-narrowed" Error,
        "the writer may send a string that is too long or too short for the reader",
        "The reader bounds the length of the string more tightly than the writer.",
        "Narrow the writer first, then the reader.";
    PATTERN_NARROWED "string-pattern-narrowed" Error,
        "the writer may send a string that does not match the reader's pattern",
        "Some string that the writer's schema allows is outside of the language of the reader's pattern.",
        "Narrow the writer first, then the reader.";
    FORMAT_NARROWED "format-narrowed" Error,
        "the writer may send a value that does not parse as the reader's format",
        "A Rust peer decodes a format as a type (a UUID, a timestamp, an `i32`) and refuses what does not parse.",
        "Use the type on the writer's side first, or read it as a plain string or number.";
    ITEM_COUNT_NARROWED "item-count-narrowed" Error,
        "the writer may send more or fewer items than the reader takes",
        "A tuple or array of fixed length decodes from exactly that many items.",
        "Use a `Vec`, or add a new field for the new shape.";
    ITEMS_REPEATED "items-repeated" Error,
        "the writer may send equal items where the reader wants them distinct",
        "The reader asks for unique items.",
        "Use a set on the writer's side first.";
    ITEM_MISSING "item-missing" Error,
        "the writer may send an array without an item that the reader looks for",
        "The reader's `contains` counts items of a certain kind.",
        "Guarantee the item on the writer's side first.";
    FIELD_COUNT_NARROWED "field-count-narrowed" Error,
        "the writer may send more or fewer fields than the reader takes",
        "The reader bounds the number of fields of an object or map.",
        "Narrow the writer first, then the reader.";
    FIELD_NAME_REFUSED "field-name-refused" Error,
        "the writer may send a field or key whose name the reader refuses",
        "The keys of the reader's map are of a narrower type than the writer's.",
        "Keep the reader's keys as wide as the writer's.";
    EXCLUDED "excluded" Error,
        "the writer may send what the reader explicitly excludes",
        "The reader's `not` refuses a message that the writer may send.",
        "Exclude it on the writer's side first.";
    NEVER_READ "never-read" Error,
        "the writer may send a value where the reader takes none",
        "The reader's schema is `false` there: no value is accepted.",
        "Stop sending the value before the reader stops taking it.";
    UNDECIDED "undecided" Warning,
        "whether every message is read could not be decided",
        "The schemas use something that the engine cannot follow, so nothing is promised.",
        "Compare by hand, or write the type in a simpler way.";
    CALL_REMOVED "call-removed" Error,
        "the provider has no such call",
        "Consumers that make the call are refused with `unknown-method`.",
        "Mark the call `#[deprecated]`, wait until nobody makes it, and remove it in a major version.";
    COMMAND_REMOVED "command-removed" Error,
        "the provider has no such command",
        "Commands that consumers still send end in the dead-letter queue.",
        "Mark the command `#[deprecated]`, wait until nobody sends it, and remove it in a major version.";
    EVENT_REMOVED "event-removed" Error,
        "the provider does not declare that it publishes this event",
        "Subscribers wait for something that does not come.",
        "Mark the event `#[deprecated]`, go on publishing it, and remove it in a major version.";
    KIND_CHANGED "method-kind-changed" Error,
        "the method is of another kind than it was",
        "A call is answered, a command is not, an event goes to everybody: peers use the wrong queue.",
        "Add a method of the new kind under another name.";
    CALL_ERROR_ADDED "call-error-added" Error,
        "the call can now be refused with a typed error that its consumers do not know",
        "Consumers were built for a call without errors of its own, and cannot read one.",
        "Add a call under another name that returns a `Result`.";
    IDEMPOTENCE_LOST "idempotence-lost" Error,
        "the call may not be repeated any more, and its consumers may still repeat it",
        "Clients repeat a call that is marked `#[idempotent]` when the connection breaks.",
        "Keep handling a repeated call like one, or add a call under another name.";
    IDEMPOTENCE_GAINED "idempotence-gained" Info,
        "the call may now be repeated",
        "Clients that are built against the new contract repeat the call when the connection breaks.",
        "Nothing is to be done.";
    METHOD_ADDED "method-added" Info,
        "a method was added",
        "Nobody uses it yet.",
        "Nothing is to be done.";
    MESSAGE_CHANGED "message-changed" Info,
        "the message has another shape than it had, and is read all the same",
        "Every message that is sent is still read by the other side.",
        "Nothing is to be done.";
}

/// The rule with this id.
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    rules().iter().copied().find(|rule| rule.id == id)
}

/// The rule of a JSON Schema keyword that refuses a value.
pub(super) fn of_keyword(keyword: &str) -> &'static Rule {
    match keyword {
        "required" | "dependentRequired" | "dependencies" => &FIELD_REQUIRED,
        "additionalProperties" | "unevaluatedProperties" => &FIELD_REFUSED,
        "type" => &TYPE_CHANGED,
        "const" | "enum" => &VALUE_UNKNOWN,
        "anyOf" | "oneOf" => &VARIANT_UNKNOWN,
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => &RANGE_NARROWED,
        "multipleOf" => &STEP_NARROWED,
        "minLength" | "maxLength" => &LENGTH_NARROWED,
        "pattern" => &PATTERN_NARROWED,
        "format" => &FORMAT_NARROWED,
        "minItems" | "maxItems" | "additionalItems" | "unevaluatedItems" => &ITEM_COUNT_NARROWED,
        "uniqueItems" => &ITEMS_REPEATED,
        "contains" | "minContains" | "maxContains" => &ITEM_MISSING,
        "minProperties" | "maxProperties" => &FIELD_COUNT_NARROWED,
        "propertyNames" => &FIELD_NAME_REFUSED,
        "not" => &EXCLUDED,
        _ => &NEVER_READ,
    }
}

pub(super) fn serialize_id<S: Serializer>(rule: &&'static Rule, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(rule.id)
}
