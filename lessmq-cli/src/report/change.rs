//! What differs between two contracts.

use lessmq::contract::MethodKind;
use serde::Serialize;
use serde_json::Value;

/// One method that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct MethodChange {
    pub(crate) kind: MethodKind,
    pub(crate) method: String,
    pub(crate) change: Change,
    /// The older version that remains, if a later version of a method was added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_to: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) details: Vec<Detail>,
}

/// How something differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Change {
    Added,
    Removed,
    Changed,
}

/// One place in a method that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Detail {
    /// `request`, `reply`, `error`, `payload`; or `docs`, `deprecated`, `idempotent`, `ordered`.
    pub(crate) part: &'static str,
    /// `writes` or `reads`, if only one of the two schemas differs in this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) side: Option<&'static str>,
    /// A JSON pointer into the schema.
    pub(crate) pointer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) before: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) after: Option<Value>,
}
