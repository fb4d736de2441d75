//! Decides whether one side reads every message that the other side may send.
//!
//! Pure functions over JSON Schemas. They return a verdict, and a counter-example for every incompatibility. The engine
//! searches for a value that the writer may send and the reader rejects. If there is no such value, the schemas are
//! compatible. If there is one, it is the counter-example; the `jsonschema` crate confirms it before it is shown. If the
//! engine cannot decide, the verdict is [`Verdict::Undecided`], with the reason.
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
mod explain;
mod formats;
mod identical;
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
mod verify;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use contracts::{check_consumer, check_evolution};
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

/// How schemas are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reading {
    /// The writer is closed: it sends only the properties that it declares, except in maps (`additionalProperties`,
    /// `patternProperties`). The reader is as open as its schema.
    #[default]
    Typed,
    /// Plain inclusion of the two schemas.
    Strict,
}

/// The meaning of `format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Formats {
    /// A known format is a type: a Rust peer rejects values that it cannot parse.
    #[default]
    Assert,
    /// A format has no effect.
    Annotate,
}

/// A version of JSON Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Draft {
    /// Draft-07.
    #[serde(rename = "draft-07")]
    Draft7,
    /// Draft 2020-12, which schemars generates.
    #[default]
    #[serde(rename = "2020-12")]
    Draft202012,
}

/// Options of [`compare_schemas`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How schemas are read.
    pub reading: Reading,
    /// The meaning of `format`.
    pub formats: Formats,
    /// The draft of schemas without `$schema`.
    pub draft: Draft,
    /// The limit of search steps, after which the verdict is [`Verdict::Undecided`]. A step takes microseconds.
    pub budget: u32,
    /// The limit of findings. Each finding needs another search.
    pub max_findings: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            reading: Reading::default(),
            formats: Formats::default(),
            draft: Draft::default(),
            budget: 200_000,
            max_findings: 8,
        }
    }
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
