//! Plain schemas: how they are read from files, and how two of them are compared.

use std::path::Path;
use std::time::{Duration, Instant};

use lessmq::compat::{self, Draft, Formats, Options, Reading, SchemaComparison};
use lessmq::contract::inexact_integer;
use serde_json::Value;

use crate::error::{Error, Result};
use crate::input::{self, Kind, name_of};

/// The largest schema that is read, in bytes.
pub(crate) const MAX_SCHEMA_BYTES: usize = 64 * 1024 * 1024;

/// How schemas are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ReadingArgument {
    /// The old side sends what it declares and nothing else, the new side accepts more than it knows
    #[default]
    Typed,
    /// Plain inclusion: every value of the old schema is a value of the new one
    Strict,
}

/// What `format` means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum FormatsArgument {
    /// A known format is a type, and refuses what does not parse
    #[default]
    Assert,
    /// A format is a remark
    Annotate,
}

/// The draft of a schema that does not name its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum DraftArgument {
    /// Draft-07
    #[value(name = "07")]
    Draft7,
    /// Draft 2020-12
    #[default]
    #[value(name = "2020-12")]
    Draft202012,
}

/// How two schemas are compared.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Judgement {
    /// How schemas are read
    #[arg(long, value_enum, default_value_t)]
    reading: ReadingArgument,
    /// What `format` means
    #[arg(long, value_enum, default_value_t)]
    formats: FormatsArgument,
    /// The draft of schemas without `$schema`; a pair of a batch may name its own
    #[arg(long, value_enum, default_value_t)]
    draft: DraftArgument,
}

impl Judgement {
    /// What in a schema is none, one thing a line.
    pub(crate) fn faults(&self, schema: &Value, draft: Option<DraftArgument>) -> Option<String> {
        let faults = compat::check_schema(schema, self.draft(draft));
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    fn draft(&self, draft: Option<DraftArgument>) -> Draft {
        match draft.unwrap_or(self.draft) {
            DraftArgument::Draft7 => Draft::Draft7,
            DraftArgument::Draft202012 => Draft::Draft202012,
        }
    }

    /// Compares two schemas, and says how long that took.
    pub(crate) fn compare(
        &self,
        old: &Value,
        new: &Value,
        draft: Option<DraftArgument>,
    ) -> (SchemaComparison, Duration) {
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
            ..Options::default()
        };
        let started = Instant::now();
        let comparison = compat::compare_schemas(old, new, &options);
        (comparison, started.elapsed())
    }
}

const SCHEMA: Kind = Kind { name: "schema", instead_of_directory: "give a file with one schema", origin: "" };

/// Reads a schema; `-` is standard input.
pub(crate) fn read(path: &Path, judgement: &Judgement) -> Result<Value> {
    let name = name_of(path);
    let text = input::read(&name, input::open(path, SCHEMA)?, MAX_SCHEMA_BYTES, SCHEMA)?;
    if text.len() > MAX_SCHEMA_BYTES {
        return Err(Error::new(format!("{name}: the schema is too large"))
            .hint(format!("a schema has at most {MAX_SCHEMA_BYTES} bytes")));
    }
    let refused = |reason: String| {
        Error::new(format!("{name}: this is not a JSON Schema"))
            .because(reason)
            .hint("give a JSON document with one schema; contracts are compared by `lessmq-cli diff`")
    };
    let schema: Value = serde_json::from_slice(&text).map_err(|error| refused(error.to_string()))?;
    if let Some(faults) = judgement.faults(&schema, None) {
        return Err(refused(faults));
    }
    if let Some(number) = inexact_integer(&text) {
        return Err(Error::new(format!("{name}: the integer {number} has more than 64 bits"))
            .hint("it cannot be compared exactly: leave the bound out, or choose one of at most 64 bits"));
    }
    Ok(schema)
}
