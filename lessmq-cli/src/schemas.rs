//! Plain JSON Schemas: reading them from files, and comparing two of them.

use std::path::Path;
use std::time::{Duration, Instant};

use lessmq::compat::{self, Draft, Formats, Options, Reading, SchemaComparison};
use lessmq::contract::inexact_number;
use serde_json::Value;

use crate::input::{self, Kind, display_name};
use crate::report::{Error, Result};

/// The largest schema that is read, in bytes.
pub(crate) const MAX_SCHEMA_BYTES: usize = 64 * 1024 * 1024;

/// How schemas are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ReadingArgument {
    /// The old side sends only declared fields, and the new side ignores unknown ones
    #[default]
    Typed,
    /// Plain inclusion: every value of the old schema is a value of the new one
    Strict,
}

/// What `format` means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum FormatsArgument {
    /// A known format is a type: a value that does not parse is rejected
    #[default]
    Assert,
    /// A format is only a comment
    Annotate,
}

/// The draft of a schema without `$schema`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum DraftArgument {
    /// Draft-04
    #[value(name = "04")]
    Draft4,
    /// Draft-06
    #[value(name = "06")]
    Draft6,
    /// Draft-07
    #[value(name = "07")]
    Draft7,
    /// Draft 2019-09
    #[value(name = "2019-09")]
    Draft201909,
    /// Draft 2020-12
    #[value(name = "2020-12")]
    Draft202012,
}

/// How to compare two schemas.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct ComparisonOptions {
    /// How to read schemas
    #[arg(long, value_enum, default_value_t)]
    reading: ReadingArgument,
    /// What `format` means
    #[arg(long, value_enum, default_value_t)]
    formats: FormatsArgument,
    /// The draft of schemas without `$schema`; a pair in a batch may have its own. Without it, the form of the keywords tells
    /// the draft
    #[arg(long, value_enum)]
    draft: Option<DraftArgument>,
}

impl ComparisonOptions {
    /// Why a value is not a valid schema, one fault per line; `None` if it is one.
    pub(crate) fn faults(&self, schema: &Value, draft: Option<DraftArgument>) -> Option<String> {
        let faults = compat::check_schema(schema, self.draft(draft));
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    fn draft(&self, draft: Option<DraftArgument>) -> Option<Draft> {
        Some(match draft.or(self.draft)? {
            DraftArgument::Draft4 => Draft::Draft4,
            DraftArgument::Draft6 => Draft::Draft6,
            DraftArgument::Draft7 => Draft::Draft7,
            DraftArgument::Draft201909 => Draft::Draft201909,
            DraftArgument::Draft202012 => Draft::Draft202012,
        })
    }

    /// Compares two schemas with at most `max_findings` findings, and measures how long that takes.
    pub(crate) fn compare(
        &self,
        old: &Value,
        new: &Value,
        draft: Option<DraftArgument>,
        max_findings: Option<usize>,
    ) -> (SchemaComparison, Duration) {
        let defaults = Options::default();
        let options = Options {
            reading: match self.reading {
                ReadingArgument::Typed => Reading::Typed,
                ReadingArgument::Strict => Reading::Strict,
            },
            formats: match self.formats {
                FormatsArgument::Assert => Formats::Assert,
                FormatsArgument::Annotate => Formats::Annotate,
            },
            draft: self.draft(draft),
            max_findings: max_findings.unwrap_or(defaults.max_findings),
            ..defaults
        };
        let started = Instant::now();
        let comparison = compat::compare_schemas(old, new, &options);
        (comparison, started.elapsed())
    }
}

const SCHEMA: Kind =
    Kind { name: "schema", directory_hint: "give a file with one schema", missing_hint: "check the path" };

/// Reads a schema; `-` is standard input.
pub(crate) fn read(path: &Path, options: &ComparisonOptions) -> Result<Value> {
    let name = display_name(path);
    let text = input::read(&name, input::open(path, SCHEMA)?, MAX_SCHEMA_BYTES, SCHEMA)?;
    if text.len() > MAX_SCHEMA_BYTES {
        return Err(Error::new(format!("schema `{name}` is larger than {MAX_SCHEMA_BYTES} bytes")));
    }
    let invalid = |reason: String| {
        Error::new(format!("`{name}` is not a JSON Schema"))
            .because(reason)
            .hint("give a JSON document with one schema; `lessmq-cli diff` compares contracts")
    };
    let schema: Value = serde_json::from_slice(&text).map_err(|error| invalid(error.to_string()))?;
    if let Some(faults) = options.faults(&schema, None) {
        return Err(invalid(faults));
    }
    if let Some(number) = inexact_number(&text) {
        return Err(Error::new(format!("schema `{name}` has the number `{number}`, which cannot be represented exactly"))
            .hint(
                "use an integer of at most 64 bits, or a number that is not read as zero; it may be a bound, a constant or a \
                 default",
            ));
    }
    Ok(schema)
}
