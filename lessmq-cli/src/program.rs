//! Runs other programs: cargo, git, npm.

use std::env;
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::report::{Error, Result};

/// How many lines of a program's output an error quotes.
const MAX_QUOTED_LINES: usize = 12;

/// The shortest value of an environment variable that is treated as a secret. Replacing shorter ones would garble texts.
const MIN_SECRET_BYTES: usize = 6;

/// The result of a program that has exited.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) success: bool,
    pub(crate) stdout: Vec<u8>,
    /// Standard error as text. Secrets are replaced.
    pub(crate) stderr: String,
}

impl Finished {
    /// The standard output as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// An error with this message, caused by the end of the program's standard error.
    pub(crate) fn error(&self, message: impl Into<String>) -> Error {
        let lines = self.stderr.lines().map(str::trim_end).filter(|line| !is_noise(line));
        let lines: Vec<&str> = lines.map(without_severity).collect();
        let end = &lines[lines.len().saturating_sub(MAX_QUOTED_LINES)..];
        let error = Error::new(message);
        if end.is_empty() { error.because("it printed no error") } else { error.because(end.join("\n")) }
    }
}

/// Whether a line of output is of no use in an error: progress, advice of npm, stack traces.
fn is_noise(line: &str) -> bool {
    let starts = [
        "Blocking waiting for file lock",
        "Updating ",
        "npm warn ",
        "npm notice",
        "npm error  ",
        "npm error }",
        "npm error A complete log",
        "hint: ",
    ];
    let line = line.trim();
    line.is_empty() || line == "npm error" || starts.iter().any(|start| line.starts_with(start))
}

/// A line of output without the word for an error with which cargo, git and npm begin it.
pub(crate) fn without_severity(line: &str) -> &str {
    let prefixes = ["error: ", "fatal: ", "npm error "];
    prefixes.iter().find_map(|prefix| line.strip_prefix(prefix)).unwrap_or(line)
}

/// Runs `command` to its end without a terminal, so that it cannot ask for a password.
pub(crate) fn run(command: &mut Command) -> Result<Finished> {
    let output = command.stdin(Stdio::null()).env("GIT_TERMINAL_PROMPT", "0").output();
    let output = output.map_err(|error| cannot_run(command.get_program(), error))?;
    Ok(Finished {
        success: output.status.success(),
        stdout: output.stdout,
        stderr: without_secrets(&String::from_utf8_lossy(&output.stderr)),
    })
}

/// The cargo that runs this program, or the one in the search path.
pub(crate) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The variables with the repository of a git hook, which may differ from the repository of the workspace.
const REPOSITORY_VARIABLES: [&str; 9] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
];

/// Git in a directory, which alone selects the repository. Its ssh asks no questions.
pub(crate) fn git(directory: &Path) -> Command {
    static SSH_IS_SET: OnceLock<bool> = OnceLock::new();
    let mut command = plain_git(directory);
    let is_set = || {
        let configured = || run(plain_git(directory).args(["config", "--get", "core.sshCommand"]));
        ["GIT_SSH_COMMAND", "GIT_SSH"].iter().any(|name| env::var_os(name).is_some())
            || configured().is_ok_and(|finished| finished.success)
    };
    if !SSH_IS_SET.get_or_init(is_set) {
        command.env("GIT_SSH_COMMAND", "ssh -oBatchMode=yes");
    }
    command
}

fn plain_git(directory: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(directory);
    for variable in REPOSITORY_VARIABLES {
        command.env_remove(variable);
    }
    command
}

/// The error of a program that does not start.
pub(crate) fn cannot_run(program: &OsStr, error: std::io::Error) -> Error {
    let name = Path::new(program).file_stem().unwrap_or(program).to_string_lossy().into_owned();
    let hint = match name.as_str() {
        "cargo" => "install Rust from https://rustup.rs",
        "git" => "install git, or leave out the options that need it",
        "npm" => "install Node.js with npm, or leave out --npm",
        _ => "check that it is installed and in the search path",
    };
    Error::new(format!("cannot run {name}")).because(error).hint(hint)
}

/// A text without secrets: tokens of the environment and passwords in URLs become `***`.
pub(crate) fn without_secrets(text: &str) -> String {
    let mut text = text.to_owned();
    for (name, value) in env::vars_os() {
        // A value that is not UTF-8 cannot be part of the text.
        let (Ok(name), Ok(value)) = (name.into_string(), value.into_string()) else { continue };
        let is_secret = ["TOKEN", "PASSWORD", "SECRET"].iter().any(|word| name.to_uppercase().contains(word));
        if is_secret && value.len() >= MIN_SECRET_BYTES {
            text = text.replace(&value, "***");
        }
    }
    without_passwords(&text)
}

/// Removes users and passwords from the URLs in a text.
fn without_passwords(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        out.push_str(before);
        out.push_str("://");
        let ends = |c: char| c.is_whitespace() || "/?#'\"`<>".contains(c);
        let (authority, tail) = after.split_at(after.find(ends).unwrap_or(after.len()));
        let is_ssh = before.ends_with("ssh");
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) if user == "git" || is_ssh && !user.contains(':') => {
                (format!("{user}@"), host)
            }
            Some((_, host)) => ("***@".to_owned(), host),
            None => (String::new(), authority),
        };
        out.push_str(&user);
        out.push_str(host);
        rest = tail;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_and_tokens_in_urls_are_hidden_and_the_rest_is_kept() {
        for (text, expected) in [
            ("fatal: 'https://ada:s3cret@git.example/a.git/'", "fatal: 'https://***@git.example/a.git/'"),
            ("https://ghp_token@git.example and ftp://x", "https://***@git.example and ftp://x"),
            ("ssh://git@git.example/a, git@git.example:a", "ssh://git@git.example/a, git@git.example:a"),
            ("https://git.example/a@1.0.0 https://a:p@q@b", "https://git.example/a@1.0.0 https://***@b"),
        ] {
            assert_eq!(without_passwords(text), expected);
        }
    }

    #[test]
    fn an_error_quotes_the_output_without_the_prefixes_of_programs() {
        let stderr = "    Updating registry\nerror: no index\n\nCaused by:\n  fatal: not a prefix\nnpm error code E404\n";
        let finished = Finished { success: false, stdout: Vec::new(), stderr: stderr.to_owned() };
        let error = finished.error("cannot read the registry");
        let quoted = "no index\nCaused by:\n  fatal: not a prefix\ncode E404";
        assert_eq!(
            (error.message.as_str(), error.causes.as_slice()),
            ("cannot read the registry", &[quoted.to_owned()][..])
        );
    }
}
