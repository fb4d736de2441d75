//! The kinds of finding, as data: each with what it means, how to avoid it, and a pair of schemas that shows it.
//!
//! A break between two plain schemas has one rule. In a contract the same break means something else in what consumers
//! send than in what the provider sends, and is mended in another way, so there the rule is one of a [`Family`].

mod fields;
mod methods;
mod sizes;
mod values;

use serde::{Serialize, Serializer};

pub(super) use self::fields::{FIELD_REFUSED, NEVER_READ};
pub(super) use self::methods::{
    CALL_ERROR_ADDED, CALL_REMOVED, COMMAND_REMOVED, EVENT_REMOVED, IDEMPOTENCE_GAINED, IDEMPOTENCE_LOST,
    KIND_CHANGED, MESSAGE_CHANGED, METHOD_ADDED, UNDECIDED,
};
pub(super) use self::values::{VARIANT_AMBIGUOUS, VARIANT_UNKNOWN};
use super::Direction;

/// One kind of finding.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
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
    /// A change that is found by the rule.
    pub example: Example,
}

/// A change, as JSON texts: schemas of one message, or for rules about methods the methods of two contracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Example {
    /// What it was.
    pub before: &'static str,
    /// What breaks.
    pub after: &'static str,
    /// What to do instead.
    pub mended: &'static str,
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

/// One break, by who sends the message.
#[derive(Debug)]
pub(super) struct Family {
    /// Between two plain schemas, and in what consumers send where nothing else is said.
    pub(super) plain: Rule,
    /// In what consumers send.
    request: Option<Rule>,
    /// In the provider's replies and errors, and in its events.
    sent: Option<[Rule; 2]>,
}

/// A rule of severity `error`.
macro_rules! broken {
    ($id:expr, $summary:literal, $explanation:literal, $remedy:literal, $before:literal, $after:literal, $mended:literal) => {
        $crate::compat::Rule {
            id: $id,
            severity: $crate::compat::Severity::Error,
            summary: $summary,
            explanation: $explanation,
            remedy: $remedy,
            example: $crate::compat::Example { before: $before, after: $after, mended: $mended },
        }
    };
}

/// The two rules for what a provider sends: in replies, in events.
macro_rules! sent {
    ($id:literal, $($text:literal),*) => {
        [broken!(concat!("reply-", $id), $($text),*), broken!(concat!("event-", $id), $($text),*)]
    };
}

use {broken, sent};

fn families() -> impl Iterator<Item = &'static Family> {
    [fields::FAMILIES, values::FAMILIES, sizes::FAMILIES].into_iter().flatten().copied()
}

/// Every rule, in the order of the documentation.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let of_family = |family: &'static Family| {
        std::iter::once(&family.plain).chain(&family.request).chain(family.sent.iter().flatten())
    };
    methods::RULES.iter().copied().chain(families().flat_map(of_family))
}

/// The rule with this id.
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.id == id)
}

/// The rule for a break in a message of this direction that between two plain schemas is `plain`.
pub(super) fn in_direction(plain: &'static Rule, direction: Direction) -> &'static Rule {
    let Some(family) = families().find(|family| family.plain.id == plain.id) else { return plain };
    let directed = match (direction, &family.sent) {
        (Direction::Request, _) => family.request.as_ref(),
        (Direction::Reply | Direction::Error, Some([reply, _])) => Some(reply),
        (Direction::Payload, Some([_, event])) => Some(event),
        (_, None) => None,
    };
    directed.unwrap_or(plain)
}

/// The rule of a JSON Schema keyword that refuses a value.
pub(super) fn of_keyword(keyword: &str) -> &'static Rule {
    let family = match keyword {
        "required" | "dependentRequired" | "dependencies" => &fields::FIELD_REQUIRED,
        "additionalProperties" | "unevaluatedProperties" => &fields::FIELD_REFUSED,
        "type" => &values::TYPE_CHANGED,
        "const" | "enum" => &values::VALUE_UNKNOWN,
        "anyOf" | "oneOf" => &values::VARIANT_UNKNOWN,
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => &sizes::RANGE_NARROWED,
        "multipleOf" => &sizes::STEP_NARROWED,
        "minLength" | "maxLength" => &sizes::LENGTH_NARROWED,
        "pattern" => &values::PATTERN_NARROWED,
        "format" => &values::FORMAT_NARROWED,
        "minItems" | "maxItems" | "additionalItems" | "unevaluatedItems" => &sizes::ITEM_COUNT_NARROWED,
        "uniqueItems" => &sizes::ITEMS_REPEATED,
        "contains" | "minContains" | "maxContains" => &sizes::ITEM_MISSING,
        "minProperties" | "maxProperties" => &sizes::FIELD_COUNT_NARROWED,
        "propertyNames" => &fields::FIELD_NAME_REFUSED,
        "not" => &values::EXCLUDED,
        _ => &fields::NEVER_READ,
    };
    &family.plain
}

pub(super) fn serialize_id<S: Serializer>(rule: &&'static Rule, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(rule.id)
}
