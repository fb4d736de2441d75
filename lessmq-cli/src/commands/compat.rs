//! `lessmq-cli compat`: compares two plain schemas, or a file of pairs.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use lessmq::compat::SchemaComparison;
use lessmq::contract::inexact_number;
use serde::Deserialize;
use serde_json::Value;

use crate::comparison::schema_diagnostic;
use crate::input::{self, Kind, display_name};
use crate::report::{BatchAnswer, CompatReport, Drafts, Error, Format, Result, Verdict};
use crate::schemas::{self, ComparisonOptions, DraftArgument, MAX_SCHEMA_BYTES};

/// Compares two JSON Schemas: does the new one accept every message of the old one?
///
/// For each incompatible change, the report shows a message that the old schema allows and the new one rejects. What
/// cannot be decided is reported as undecided (exit code 2), never as compatible.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The schema of the messages that are sent; `-` is standard input
    #[arg(required_unless_present = "batch", requires = "new")]
    old: Option<PathBuf>,
    /// The schema of the messages that are accepted
    new: Option<PathBuf>,
    /// Answer each line {"id", "old", "new", "draft"?} of a file with a line of JSON; `-` is standard input
    #[arg(long, value_name = "PAIRS.jsonl", conflicts_with_all = ["old", "new", "format"])]
    pub(crate) batch: Option<PathBuf>,
    #[command(flatten)]
    options: ComparisonOptions,
    /// The format of the report
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

pub(crate) fn run(arguments: &Arguments) -> Result<CompatReport> {
    let (Some(old), Some(new)) = (&arguments.old, &arguments.new) else {
        return Err(
            Error::new("two schemas are needed").hint("give the old schema and the new one, or --batch FILE")
        );
    };
    let options = &arguments.options;
    let read = |path: &Path| schemas::read(path, options);
    let (comparison, duration) = options.compare(&read(old)?, &read(new)?, None, None);
    let SchemaComparison { verdict, findings, undecided, drafts, .. } = comparison;
    let (old, new) = (display_name(old), display_name(new));
    let findings = findings.into_iter().map(|finding| schema_diagnostic(finding, &old, &new)).collect();
    Ok(CompatReport {
        verdict: verdict.into(),
        findings,
        reason: undecided,
        drafts: drafts.map(Drafts::from),
        micros: micros(duration),
        old,
        new,
    })
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// The answers to a file of pairs. Each is computed when it is asked for.
pub(crate) struct Batch {
    lines: Box<dyn BufRead>,
    name: String,
    line: usize,
    options: ComparisonOptions,
    /// Set at the end of the file, or after a read error.
    has_ended: bool,
}

const PAIRS: Kind = Kind {
    name: "file of pairs",
    directory_hint: "give a file with a pair of schemas on each line",
    missing_hint: "check the path",
};

pub(crate) fn batch(arguments: &Arguments, pairs: &Path) -> Result<Batch> {
    Ok(Batch {
        lines: Box::new(BufReader::new(input::open(pairs, PAIRS)?)),
        name: display_name(pairs),
        line: 0,
        options: arguments.options,
        has_ended: false,
    })
}

#[derive(Deserialize)]
struct Pair {
    #[serde(default)]
    id: Option<Value>,
    old: Value,
    new: Value,
    #[serde(default)]
    draft: Option<String>,
}

impl Iterator for Batch {
    /// The answer to a line, or why there is none.
    type Item = Result<BatchAnswer>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.has_ended {
            self.line += 1;
            match self.read_line() {
                Ok(None) => self.has_ended = true,
                Ok(Some(text)) if text.trim_ascii().is_empty() => {}
                Ok(Some(text)) => return Some(self.answer(&text)),
                Err(error) => return Some(Err(error)),
            }
        }
        None
    }
}

const PAIR_HINT: &str = r#"a pair is one line {"id": …, "old": SCHEMA, "new": SCHEMA}, optionally with "draft": "04", "06", "07", "2019-09" or "2020-12""#;

impl Batch {
    fn error(&self, message: &str) -> Error {
        Error::new(format!("{}:{}: {message}", self.name, self.line))
    }

    fn read_line(&mut self) -> Result<Option<Vec<u8>>> {
        let mut text = Vec::new();
        let limit = u64::try_from(MAX_SCHEMA_BYTES).unwrap_or(u64::MAX).saturating_add(1);
        let read = (&mut self.lines).take(limit).read_until(b'\n', &mut text);
        if self.line == 1 {
            input::remove_byte_order_mark(&mut text);
        }
        if let Err(error) = read {
            self.has_ended = true;
            return Err(self.error("cannot read the pairs").because(error));
        }
        if text.len() > MAX_SCHEMA_BYTES && text.last() != Some(&b'\n') {
            if self.lines.skip_until(b'\n').is_err() {
                self.has_ended = true;
            }
            return Err(self.error(&format!("the pair is larger than {MAX_SCHEMA_BYTES} bytes")));
        }
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    fn answer(&self, text: &[u8]) -> Result<BatchAnswer> {
        let pair: Pair = serde_json::from_slice(text)
            .map_err(|error| self.error("not a pair of schemas").because(error).hint(PAIR_HINT))?;
        let draft = match pair.draft.as_deref() {
            None => None,
            Some("04" | "4" | "draft-04" | "draft4") => Some(DraftArgument::Draft4),
            Some("06" | "6" | "draft-06" | "draft6") => Some(DraftArgument::Draft6),
            Some("07" | "7" | "draft-07" | "draft7") => Some(DraftArgument::Draft7),
            Some("2019-09") => Some(DraftArgument::Draft201909),
            Some("2020-12") => Some(DraftArgument::Draft202012),
            Some(other) => {
                return Err(self.error(&format!("unsupported draft `{other}`")).hint(PAIR_HINT));
            }
        };
        let id = pair.id.clone().unwrap_or_else(|| self.line.into());
        if let Some(reason) = self.invalid(text, &pair, draft) {
            return Ok(BatchAnswer {
                id,
                verdict: Verdict::Undecided,
                counterexample: None,
                rule: None,
                drafts: None,
                micros: 0,
                reason: Some(reason),
            });
        }
        let (comparison, duration) = self.options.compare(&pair.old, &pair.new, draft, Some(1));
        let first = comparison.findings.into_iter().next();
        Ok(BatchAnswer {
            id,
            verdict: comparison.verdict.into(),
            rule: first.as_ref().map(|finding| finding.rule.id),
            counterexample: first.and_then(|finding| finding.counterexample),
            drafts: comparison.drafts.map(Drafts::from),
            micros: micros(duration),
            reason: comparison.undecided,
        })
    }

    /// Why a pair cannot be compared.
    fn invalid(&self, text: &[u8], pair: &Pair, draft: Option<DraftArgument>) -> Option<String> {
        if let Some(number) = inexact_number(text) {
            return Some(format!("the number `{number}` cannot be represented exactly"));
        }
        [("old", &pair.old), ("new", &pair.new)].into_iter().find_map(|(name, schema)| {
            let faults = self.options.faults(schema, draft)?;
            Some(format!("`{name}` is not a JSON Schema: {}", faults.replace('\n', "; ")))
        })
    }
}
