//! Cargo at work on the harness.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Stdio};

use serde::Deserialize;

use super::workspace::{Workspace, cannot_run_cargo, cargo};
use crate::error::{Error, Result};
use crate::output::Talk;

/// What we read of cargo's messages.
#[derive(Debug, Deserialize)]
#[serde(tag = "reason")]
enum Message {
    #[serde(rename = "compiler-message")]
    Diagnostic { message: Diagnostic },
    #[serde(rename = "compiler-artifact")]
    Artifact { executable: Option<PathBuf> },
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
struct Diagnostic {
    level: String,
    rendered: Option<String>,
}

/// Compiles the crate in `directory`; where its program is.
pub(super) fn build(workspace: &Workspace, directory: &Path, offline: bool, talk: &Talk) -> Result<PathBuf> {
    let (format, quiet) =
        if talk.is_terminal() { ("json-diagnostic-rendered-ansi", None) } else { ("json", Some("--quiet")) };
    let mut command = Command::new(cargo());
    command.args(["build", "--message-format", format]).args(quiet).args(offline.then_some("--offline"));
    command.arg("--manifest-path").arg(directory.join("Cargo.toml"));
    // Cargo's settings and the toolchain are those of the directory where it runs.
    command.current_dir(&workspace.root).env("CARGO_TARGET_DIR", &workspace.target);
    let mut cargo = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(cannot_run_cargo)?;
    let program = cargo.stdout.take().and_then(|messages| follow(messages, talk));
    let status = cargo.wait().map_err(cannot_run_cargo)?;
    match program {
        Some(program) if status.success() => Ok(program),
        _ => Err(Error::new("cannot compile the contracts")
            .because(format_args!("cargo ended with {status}; its own errors say why"))
            .hint("contracts are taken from compiled code: mend what is reported, and run this again")),
    }
}

/// Passes errors on; the program that was built last.
fn follow(messages: ChildStdout, talk: &Talk) -> Option<PathBuf> {
    let mut program = None;
    for line in BufReader::new(messages).lines().map_while(std::result::Result::ok) {
        match serde_json::from_str(&line) {
            Ok(Message::Diagnostic { message }) if message.level.starts_with("error") => {
                talk.pass_on(&message.rendered.unwrap_or_default());
            }
            Ok(Message::Artifact { executable: Some(executable) }) => program = Some(executable),
            _ => {}
        }
    }
    program
}
