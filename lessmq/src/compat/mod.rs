//! Decides whether one side reads every message that the other side may send.
//!
//! Pure functions over JSON Schemas. They return a verdict, and a counter-example for every incompatibility. The engine
//! searches for a value that the writer may send and the reader rejects. If there is no such value, the schemas are
//! compatible. If there is one, it is the counter-example. Before it is shown, it is confirmed by evaluating both schemas
//! for it, with the feature `jsonschema` also by the `jsonschema` crate. If the engine cannot decide, the verdict is
//! [`Verdict::Undecided`], with the reason.
//!
//! A comparison needs less than 1 MiB of stack, also in a debug build and for schemas that nest deeply.
//!
//! ```
//! use lessmq::compat::{Options, Verdict, compare_schemas};
//! use serde_json::json;
//!
//! let writer = json!({"type": "object", "properties": {"id": {"type": "integer"}}});
//! let reader = json!({"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]});
//! let comparison = compare_schemas(&writer, &reader, &Options::default());
//! assert_eq!(comparison.verdict, Verdict::Incompatible);
//! assert_eq!(comparison.findings[0].counterexample, Some(json!({})));
//! ```

mod contracts;
mod decimal;
mod drafts;
mod explain;
mod formats;
mod hash;
mod identical;
mod identifiers;
pub(crate) mod options;
mod parts;
mod places;
mod readable;
mod regex;
mod relax;
mod report;
mod rules;
mod schema;
mod schemas;
mod solve;
mod undeclared;
mod uri;
pub(crate) mod validator;
mod verify;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use contracts::{check_consumer, check_evolution, unreadable};
pub use drafts::{ChosenDraft, DraftReason};
pub use identifiers::resolve_identifiers;
pub use options::{Draft, Formats, Options, Reading};
pub use report::{Bump, Finding, Report};
pub use rules::{Example, Rule, Severity, rule, rules};
pub use schemas::{check_schema, compare_schemas};
pub use undeclared::undeclared_fields;

/// The result of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Verdict {
    /// The schemas are equal, except for annotations.
    Identical,
    /// The reader accepts every message that the writer may send.
    Compatible,
    /// The reader rejects a message that the writer may send. There is a counter-example.
    Incompatible,
    /// The engine cannot decide.
    Undecided,
}

/// The result of [`compare_schemas`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SchemaComparison {
    /// The verdict.
    pub verdict: Verdict,
    /// The incompatibilities. Empty for every other verdict.
    pub findings: Vec<SchemaFinding>,
    /// Why the engine cannot decide, if the verdict is [`Verdict::Undecided`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undecided: Option<String>,
    /// The drafts of the writer's schema and of the reader's schema. `None` if the keywords do not tell them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drafts: Option<[ChosenDraft; 2]>,
}

/// An incompatibility: a kind of message that the writer may send and the reader rejects.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SchemaFinding {
    /// The kind of incompatibility.
    #[serde(serialize_with = "rules::serialize_id")]
    pub rule: &'static Rule,
    /// A JSON pointer into the writer's schema.
    pub writer_pointer: String,
    /// A JSON pointer into the reader's schema: the keyword that rejects the message.
    pub reader_pointer: String,
    /// The finding in one sentence.
    pub message: String,
    /// The part of `message` that is specific to this finding: the place in the message, and what is wrong.
    #[serde(skip)]
    pub detail: String,
    /// The field or the value in question, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// A message that the writer may send and the reader rejects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counterexample: Option<Value>,
}
