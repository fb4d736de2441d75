//! Compiles the harness with cargo.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Stdio};

use serde::Deserialize;

use crate::program;
use crate::report::{Error, Reporter, Result};
use crate::workspace::Workspace;

/// The messages of cargo that are read.
#[derive(Debug, Deserialize)]
#[serde(tag = "reason")]
enum Message {
    #[serde(rename = "compiler-message")]
    Compiler { message: CompilerMessage },
    #[serde(rename = "compiler-artifact")]
    Artifact { executable: Option<PathBuf> },
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
struct CompilerMessage {
    level: String,
    rendered: Option<String>,
}

/// Compiles the crate in `directory` and returns the path of its program.
pub(super) fn build(
    workspace: &Workspace,
    directory: &Path,
    offline: bool,
    reporter: &dyn Reporter,
) -> Result<PathBuf> {
    let (format, quiet) = match reporter.is_interactive() {
        true => ("json-diagnostic-rendered-ansi", None),
        false => ("json", Some("--quiet")),
    };
    let mut command = program::cargo();
    command.args(["build", "--message-format", format]).args(quiet).args(offline.then_some("--offline"));
    command.arg("--manifest-path").arg(directory.join("Cargo.toml"));
    // Cargo takes its settings and the toolchain from its current directory.
    command.current_dir(&workspace.root).env("CARGO_TARGET_DIR", &workspace.target);
    let cannot_run = |error| program::cannot_run("cargo".as_ref(), error);
    let mut cargo = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(cannot_run)?;
    let program = cargo.stdout.take().and_then(|messages| follow(messages, reporter));
    let status = cargo.wait().map_err(cannot_run)?;
    match program {
        Some(program) if status.success() => Ok(program),
        _ => Err(Error::new("cannot compile the contracts")
            .because(format_args!("cargo ended with {status}; see its errors above"))
            .hint("contracts are extracted from compiled code: fix the errors, and run this again")),
    }
}

/// Forwards the compiler's errors, and returns the program that was built last.
fn follow(messages: ChildStdout, reporter: &dyn Reporter) -> Option<PathBuf> {
    let mut program = None;
    for line in BufReader::new(messages).lines().map_while(std::result::Result::ok) {
        match serde_json::from_str(&line) {
            Ok(Message::Compiler { message }) if message.level.starts_with("error") => {
                reporter.forward(&message.rendered.unwrap_or_default());
            }
            Ok(Message::Artifact { executable: Some(executable) }) => program = Some(executable),
            _ => {}
        }
    }
    program
}
