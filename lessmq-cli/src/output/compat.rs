//! The report of `compat`.

use std::io::{self, Write};

use lessmq::compat::SchemaFinding;

use super::style::{ERROR, NOTE, STRONG, paint, plain};
use super::{Report, Talk, findings};
use crate::commands::Exit;
use crate::commands::compat::{Answer, Batch, Compared};
use crate::comparison::Verdict;
use crate::error::{Error, Result};

impl Report for Compared {
    fn human(&self) -> String {
        let mut out: String = self.findings.iter().map(|finding| self.finding(finding)).collect();
        let (style, word) = findings::verdict(self.verdict);
        out += &format!("{} → {}: {}\n", plain(&self.old), plain(&self.new), paint(style, word));
        if let Some(reason) = &self.reason {
            out += &format!("   {} {}: {}\n", paint(NOTE, "="), paint(STRONG, "because"), plain(reason));
        }
        out
    }

    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }

    fn hints(&self) -> Vec<String> {
        self.findings
            .first()
            .map(|first| format!("`lessmq-cli explain {}` tells more", first.rule.id))
            .into_iter()
            .collect()
    }

    fn exit(&self) -> Exit {
        exit(self.verdict)
    }
}

impl Compared {
    fn finding(&self, finding: &SchemaFinding) -> String {
        let head = paint(ERROR, format_args!("error[{}]", finding.rule.id));
        let message = paint(STRONG, format_args!(": {}", plain(&finding.message)));
        let place = |file: &str, pointer: &str| format!("{}#{}", plain(file), plain(pointer));
        let mut out = format!(
            "{head}{message}\n  {} {}\n",
            paint(NOTE, "-->"),
            place(&self.new, &finding.reader_pointer)
        );
        let mut remark = |label: &str, text: &str| {
            out += &format!("   {} {}: {text}\n", paint(NOTE, "="), paint(STRONG, label));
        };
        remark("sent as", &place(&self.old, &finding.writer_pointer));
        if let Some(example) = &finding.counterexample {
            remark("for example", &plain(&example.to_string()));
        }
        remark("why", finding.rule.explanation);
        remark("help", finding.rule.remedy);
        out.push('\n');
        out
    }
}

fn exit(verdict: Verdict) -> Exit {
    match verdict {
        Verdict::Identical | Verdict::Compatible => Exit::Fine,
        Verdict::Incompatible => Exit::Findings,
        Verdict::Undecided => Exit::NoAnswer,
    }
}

/// Prints each answer as it comes, one line each; a pair that is none is an error, and the next one is still answered.
pub(crate) fn stream(batch: Batch, talk: &Talk) -> Result<Exit> {
    let mut stdout = io::BufWriter::new(anstream::stdout().lock());
    let mut worst = Exit::Fine;
    for answer in batch {
        worst = worst.max(match answer {
            Ok(answer) => {
                let line = line(&answer)?;
                match stdout.write_all(line.as_bytes()) {
                    // Whoever reads has read enough.
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(worst),
                    outcome => outcome.map_err(unwritten)?,
                }
                exit(answer.verdict)
            }
            Err(error) => {
                talk.error(&error);
                Exit::NoAnswer
            }
        });
    }
    match stdout.flush() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(unwritten(error)),
        _ => Ok(worst),
    }
}

fn line(answer: &Answer) -> Result<String> {
    let json = serde_json::to_string(answer)
        .map_err(|error| Error::new("cannot write the answer as JSON").because(error))?;
    Ok(json + "\n")
}

fn unwritten(error: io::Error) -> Error {
    Error::new("cannot write to standard output").because(error)
}
