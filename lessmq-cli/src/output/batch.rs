//! Printing the answers of a batch.

use std::io::{self, Write};

use super::Terminal;
use crate::report::{BatchAnswer, Error, ExitStatus, Reporter, Result};

/// Prints each answer on its own line as soon as it is known. After an invalid pair, which is reported as an error, the
/// batch continues.
pub(crate) fn print_answers(
    answers: impl Iterator<Item = Result<BatchAnswer>>,
    terminal: &Terminal,
) -> Result<ExitStatus> {
    let mut stdout = io::BufWriter::new(anstream::stdout().lock());
    let mut worst = ExitStatus::Success;
    for answer in answers {
        worst = worst.max(match answer {
            Ok(answer) => {
                match stdout.write_all(line(&answer)?.as_bytes()) {
                    // The reader closed the pipe.
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(worst),
                    outcome => outcome.map_err(cannot_write)?,
                }
                answer.verdict.status()
            }
            Err(error) => {
                terminal.error(&error);
                ExitStatus::NoAnswer
            }
        });
    }
    match stdout.flush() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(cannot_write(error)),
        _ => Ok(worst),
    }
}

fn line(answer: &BatchAnswer) -> Result<String> {
    let json = serde_json::to_string(answer).map_err(super::cannot_render)?;
    Ok(json + "\n")
}

fn cannot_write(error: io::Error) -> Error {
    Error::new("cannot write to standard output").because(error)
}
