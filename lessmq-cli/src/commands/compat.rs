//! `lessmq-cli compat`: two plain schemas, or a file of pairs of them.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use lessmq::compat::{SchemaComparison, SchemaFinding};
use lessmq::contract::inexact_integer;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::comparison::Verdict;
use crate::error::{Error, Result};
use crate::input::{self, Kind, name_of};
use crate::output::Format;
use crate::schemas::{self, DraftArgument, Judgement, MAX_SCHEMA_BYTES};

/// Compares two JSON Schemas: is every message of the old one accepted by the new one?
///
/// Each break is shown by a message that the old schema allows and the new one refuses. What cannot be decided is
/// called undecided (exit code 2), never compatible.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The schema of what is sent; `-` is standard input
    #[arg(required_unless_present = "batch", requires = "new")]
    old: Option<PathBuf>,
    /// The schema of what is accepted
    new: Option<PathBuf>,
    /// Answers each line {"id", "old", "new", "draft"?} of a file with a line of JSON; `-` is standard input
    #[arg(long, value_name = "PAIRS.jsonl", conflicts_with_all = ["old", "new", "format"])]
    pub(crate) batch: Option<PathBuf>,
    #[command(flatten)]
    judgement: Judgement,
    /// How to report
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// How two schemas compare.
#[derive(Debug, Serialize)]
pub(crate) struct Compared {
    pub(crate) old: String,
    pub(crate) new: String,
    pub(crate) verdict: Verdict,
    pub(crate) findings: Vec<SchemaFinding>,
    /// Why there is no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    pub(crate) micros: u64,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Compared> {
    let (Some(old), Some(new)) = (&arguments.old, &arguments.new) else {
        return Err(Error::new("two schemas are compared").hint("give the old and the new one, or --batch"));
    };
    let judgement = &arguments.judgement;
    let read = |path: &Path| schemas::read(path, judgement);
    let (comparison, took) = judgement.compare(&read(old)?, &read(new)?, None);
    let SchemaComparison { verdict, findings, undecided, .. } = comparison;
    Ok(Compared {
        old: name_of(old),
        new: name_of(new),
        verdict: verdict.into(),
        findings,
        reason: undecided,
        micros: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
    })
}

/// The answer to one pair of a batch.
#[derive(Debug, Serialize)]
pub(crate) struct Answer {
    /// As the pair gives it.
    id: Value,
    pub(crate) verdict: Verdict,
    /// A message of the old schema that the new one refuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    counterexample: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'static str>,
    /// How long the comparison alone took.
    micros: u64,
    /// Why there is no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// The answers to a file of pairs, each made when it is asked for.
pub(crate) struct Batch {
    lines: Box<dyn BufRead>,
    name: String,
    line: usize,
    judgement: Judgement,
    /// What could not be read has ended the batch.
    ended: bool,
}

const PAIRS: Kind = Kind {
    name: "pairs",
    instead_of_directory: "give a file with a pair of schemas on each line",
    origin: "",
};

pub(crate) fn batch(arguments: &Arguments, pairs: &Path) -> Result<Batch> {
    Ok(Batch {
        lines: Box::new(BufReader::new(input::open(pairs, PAIRS)?)),
        name: name_of(pairs),
        line: 0,
        judgement: arguments.judgement,
        ended: false,
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
    /// An answer, or why there is none to this line.
    type Item = Result<Answer>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            self.line += 1;
            match self.read_line() {
                Ok(None) => self.ended = true,
                Ok(Some(text)) if text.trim_ascii().is_empty() => {}
                Ok(Some(text)) => return Some(self.answer(&text)),
                Err(error) => return Some(Err(error)),
            }
        }
        None
    }
}

impl Batch {
    fn error(&self, message: &str) -> Error {
        Error::new(format!("{}:{}: {message}", self.name, self.line))
    }

    fn read_line(&mut self) -> Result<Option<Vec<u8>>> {
        let mut text = Vec::new();
        let limit = u64::try_from(MAX_SCHEMA_BYTES).unwrap_or(u64::MAX).saturating_add(1);
        let read = (&mut self.lines).take(limit).read_until(b'\n', &mut text);
        if let Err(error) = read {
            self.ended = true;
            return Err(self.error("cannot read the pairs").because(error));
        }
        if text.len() > MAX_SCHEMA_BYTES && text.last() != Some(&b'\n') {
            if self.lines.skip_until(b'\n').is_err() {
                self.ended = true;
            }
            return Err(self
                .error("the pair is too large")
                .hint(format!("a pair has at most {MAX_SCHEMA_BYTES} bytes")));
        }
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    fn answer(&self, text: &[u8]) -> Result<Answer> {
        let hint = r#"a pair is one line {"id": …, "old": SCHEMA, "new": SCHEMA}, with "draft": "07" or "2020-12" at will"#;
        let pair: Pair = serde_json::from_slice(text)
            .map_err(|error| self.error("this is not a pair of schemas").because(error).hint(hint))?;
        let draft = match pair.draft.as_deref() {
            None => None,
            Some("07" | "7" | "draft-07" | "draft7") => Some(DraftArgument::Draft7),
            Some("2020-12") => Some(DraftArgument::Draft202012),
            Some(other) => {
                return Err(self.error(&format!("the draft `{other}` is not one that is read")).hint(hint));
            }
        };
        let id = pair.id.unwrap_or_else(|| self.line.into());
        let inexact = || {
            let number = inexact_integer(text)?;
            Some(format!("the integer {number} has more than 64 bits, and is not compared exactly"))
        };
        let invalid = |name: &str, schema: &Value| {
            let faults = self.judgement.faults(schema, draft)?;
            Some(format!("`{name}` is not a JSON Schema: {}", faults.replace('\n', "; ")))
        };
        let reason = inexact().or_else(|| invalid("old", &pair.old)).or_else(|| invalid("new", &pair.new));
        if reason.is_some() {
            return Ok(Answer {
                id,
                verdict: Verdict::Undecided,
                counterexample: None,
                rule: None,
                micros: 0,
                reason,
            });
        }
        let (comparison, took) = self.judgement.compare(&pair.old, &pair.new, draft);
        let first = comparison.findings.into_iter().next();
        Ok(Answer {
            id,
            verdict: comparison.verdict.into(),
            rule: first.as_ref().map(|finding| finding.rule.id),
            counterexample: first.and_then(|finding| finding.counterexample),
            micros: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            reason: comparison.undecided,
        })
    }
}
