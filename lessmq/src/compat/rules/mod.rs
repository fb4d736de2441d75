//! The rules, as data: what each finding means, how to make the change compatibly, and an example.
//!
//! An incompatible change between two plain schemas has one rule. In a contract, the meaning and the remedy depend on
//! who sends the message, so there the rule is one of a [`Family`].

mod fields;
mod methods;
mod sizes;
mod values;

use serde::{Serialize, Serializer};

pub(super) use self::fields::{ARGUMENT_REQUIRED_REMEDY, FIELD_REFUSED, FIELD_REQUIRED, NEVER_READ};
pub(super) use self::methods::{
    CALL_ERROR_ADDED, CALL_REMOVED, COMMAND_REMOVED, EVENT_REMOVED, IDEMPOTENCE_GAINED, IDEMPOTENCE_LOST,
    KIND_CHANGED, MESSAGE_CHANGED, METHOD_ADDED, ORDERING_CHANGED, TYPE_UNREADABLE, UNDECIDED,
    VERSION_RETIRED,
};
pub(super) use self::values::{VARIANT_AMBIGUOUS, VARIANT_UNKNOWN};
use crate::contract::Role;

/// A kind of finding.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Rule {
    /// Stable and unique, in kebab-case.
    pub id: &'static str,
    /// How severe a finding is.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub summary: &'static str,
    /// Why this breaks a peer.
    pub explanation: &'static str,
    /// How to make the change compatibly.
    pub remedy: &'static str,
    /// A change that breaks the rule.
    pub example: Example,
}

/// A change, as JSON texts: schemas of one message or, for rules about methods, the methods of two contracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Example {
    /// The schema or the methods before the change.
    pub before: &'static str,
    /// The same after a change that breaks the rule.
    pub after: &'static str,
    /// The same after a compatible change with the same purpose.
    pub compatible: &'static str,
}

/// How severe a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Severity {
    /// A peer rejects or misreads messages.
    Error,
    /// A peer may reject or misread messages.
    Warning,
    /// The change is compatible.
    Info,
}

/// The rules of one incompatible change, by who sends the message.
#[derive(Debug)]
pub(super) struct Family {
    /// The rule for two plain schemas, and for requests if there is no separate rule for them.
    pub(super) plain: Rule,
    /// The rule for requests, which consumers send.
    request: Option<Rule>,
    /// The rules for what the provider sends: for replies and their errors, and for events.
    sent: Option<[Rule; 2]>,
}

/// A rule of severity `error`.
macro_rules! broken {
    (
        id: $id:expr,
        summary: $summary:literal,
        explanation: $explanation:literal,
        remedy: $remedy:literal,
        before: $before:literal,
        after: $after:literal,
        compatible: $compatible:literal $(,)?
    ) => {
        $crate::compat::Rule {
            id: $id,
            severity: $crate::compat::Severity::Error,
            summary: $summary,
            explanation: $explanation,
            remedy: $remedy,
            example: $crate::compat::Example { before: $before, after: $after, compatible: $compatible },
        }
    };
}

/// The two rules for what a provider sends: `reply-ID` and `event-ID`.
macro_rules! sent {
    (id: $id:literal, $($field:ident: $text:literal),* $(,)?) => {
        [
            broken! { id: concat!("reply-", $id), $($field: $text),* },
            broken! { id: concat!("event-", $id), $($field: $text),* },
        ]
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

/// The rule in a message of this direction for the incompatible change whose rule between plain schemas is `plain`.
pub(super) fn in_direction(plain: &'static Rule, direction: Role) -> &'static Rule {
    let Some(family) = families().find(|family| family.plain.id == plain.id) else { return plain };
    let directed = match (direction, &family.sent) {
        (Role::Request, _) => family.request.as_ref(),
        (Role::Reply | Role::Error, Some([reply, _])) => Some(reply),
        (Role::Payload, Some([_, event])) => Some(event),
        (_, None) => None,
    };
    directed.unwrap_or(plain)
}

/// The rule for a value that this JSON Schema keyword rejects.
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
