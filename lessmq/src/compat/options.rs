//! How schemas are compared.

use serde::{Deserialize, Serialize};

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

/// Options of [`compare_schemas`](super::compare_schemas).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How schemas are read.
    pub reading: Reading,
    /// The meaning of `format`.
    pub formats: Formats,
    /// The draft of schemas without `$schema`.
    pub draft: Draft,
    /// The limit of search steps, after which the verdict is [`Verdict::Undecided`](super::Verdict::Undecided). A step takes microseconds.
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
