//! Is every message that one side may send read by the other?
//!
//! Pure functions over JSON Schemas: a verdict, and for every break a message that shows it. The engine looks for a value
//! that the writer may send and the reader refuses. To find none is the proof of compatibility; a found one is the
//! counter-example, and it is checked by the `jsonschema` crate before anybody sees it. What cannot be decided is
//! [`Verdict::Undecided`], with the reason.
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
mod verify;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use contracts::{check_consumer, check_evolution};
pub use report::{Bump, Finding, Report};
pub use rules::{Example, Rule, Severity, rule, rules};
pub use schemas::{check_schema, compare_schemas};

/// The answer to one comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Verdict {
    /// The schemas differ in annotations at most.
    Identical,
    /// Every message that the writer may send is read by the reader.
    Compatible,
    /// Some message is not; a counter-example shows it.
    Incompatible,
    /// The engine could not decide.
    Undecided,
}

/// How schemas are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reading {
    /// The writer is closed: its objects carry the properties that it declares and no others, except where it declares
    /// a map (`additionalProperties`, `patternProperties`). The reader is as open as its schema says.
    #[default]
    Typed,
    /// Plain inclusion of the two schemas.
    Strict,
}

/// What `format` means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Formats {
    /// A known format is a type: a Rust peer refuses what does not parse.
    #[default]
    Assert,
    /// A format is a remark.
    Annotate,
}

/// A version of JSON Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Draft {
    /// Draft-07.
    #[serde(rename = "draft-07")]
    Draft7,
    /// Draft 2020-12, what schemars emits.
    #[default]
    #[serde(rename = "2020-12")]
    Draft202012,
}

/// How [`compare_schemas`] works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How schemas are read.
    pub reading: Reading,
    /// What `format` means.
    pub formats: Formats,
    /// The draft of a schema that has no `$schema` of its own.
    pub draft: Draft,
    /// After how many steps of the search the verdict is [`Verdict::Undecided`]. A step takes microseconds.
    pub budget: u32,
    /// How many findings to look for; each costs another search.
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

/// What [`compare_schemas`] found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SchemaComparison {
    /// The answer.
    pub verdict: Verdict,
    /// Why the schemas are incompatible, each break by itself; empty for every other verdict.
    pub findings: Vec<SchemaFinding>,
    /// Why there is no answer, where the verdict is [`Verdict::Undecided`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undecided: Option<String>,
}

/// One way in which the reader refuses what the writer may send.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SchemaFinding {
    /// The kind of break.
    #[serde(serialize_with = "rules::serialize_id")]
    pub rule: &'static Rule,
    /// A JSON pointer into the writer's schema.
    pub writer_pointer: String,
    /// A JSON pointer into the reader's schema: the keyword that refuses.
    pub reader_pointer: String,
    /// The finding in one sentence.
    pub message: String,
    /// The part of `message` that is particular to this finding: where in the message, and what is wrong.
    #[serde(skip)]
    pub detail: String,
    /// The field or the value that it is about, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// A message that the writer may send and the reader refuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counterexample: Option<Value>,
}
