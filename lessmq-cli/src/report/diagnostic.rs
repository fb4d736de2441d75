//! One thing that a command found.

use std::fmt;

use jiff::civil::Date;
use lessmq::compat::Severity;
use lessmq::contract::{MethodKind, Role};
use serde::Serialize;
use serde_json::Value;

use super::{ExitStatus, Rule};

/// One thing that a command found.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Diagnostic {
    /// The id of the rule, which `lessmq-cli explain` describes.
    pub(crate) rule: &'static str,
    pub(crate) severity: Severity,
    pub(crate) message: String,
    #[serde(flatten)]
    pub(crate) subject: Subject,
    /// The line of source code that declares the subject, if it was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) location: Option<Location>,
    /// Why the finding is a problem.
    pub(crate) explanation: &'static str,
    /// How to fix the problem.
    pub(crate) help: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<Note>,
    /// The data from a comparison.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(crate) evidence: Option<Evidence>,
    /// The entry of the settings file for the diagnostic, which may have expired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) allowance: Option<Allowance>,
    /// The option that accepts the removal of a method, such as `--allow-retired user.get@1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) retired_by: Option<String>,
    /// The exit status that it causes: success for an accepted problem.
    #[serde(skip)]
    pub(crate) status: ExitStatus,
}

/// What a diagnostic is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Subject {
    /// A method and one of its messages; no direction if the method as a whole is meant.
    Method {
        kind: MethodKind,
        method: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        direction: Option<Role>,
    },
    /// A package, by its name.
    Package { package: String },
    /// Two schemas, each as file and pointer: `new.json#/properties/id`.
    Schemas {
        #[serde(skip)]
        sent: String,
        #[serde(skip)]
        accepted: String,
    },
}

/// A place in the source code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Location {
    /// The path from the top of the workspace, with `/`.
    pub(crate) file: String,
    /// The number of the line, from 1.
    pub(crate) line: usize,
    /// The number of the first character in the line, from 1.
    pub(crate) column: usize,
    /// The column after the last character.
    pub(crate) end_column: usize,
    /// The whole line.
    pub(crate) text: String,
}

/// A further fact, under a label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Note {
    pub(crate) label: &'static str,
    pub(crate) text: String,
}

/// The data of a finding from a comparison.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Evidence {
    /// A JSON pointer into the schema of the side that sends the message.
    pub(crate) writer_pointer: String,
    /// A JSON pointer into the schema of the side that accepts the message.
    pub(crate) reader_pointer: String,
    /// A message that one side may send and the other side rejects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) counterexample: Option<Value>,
    /// Every path that leads to the type in question.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) paths: Vec<Vec<String>>,
    /// The same as the lines of a tree.
    #[serde(skip)]
    pub(crate) path_tree: Vec<String>,
    /// Identifies the finding in every commit; `None` between two plain schemas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fingerprint: Option<String>,
}

/// The entry of the settings file for one finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Allowance {
    pub(crate) reason: String,
    pub(crate) expires: Date,
    /// Whether the day `expires` has passed. The finding then counts again.
    pub(crate) expired: bool,
}

impl Diagnostic {
    /// A diagnostic with the severity, the explanation and the remedy of its rule.
    pub(crate) fn new(rule: &Rule, subject: Subject, message: impl Into<String>) -> Self {
        Self {
            rule: rule.id,
            severity: rule.severity,
            message: message.into(),
            subject,
            location: None,
            explanation: rule.explanation,
            help: rule.remedy.to_owned(),
            notes: Vec::new(),
            evidence: None,
            allowance: None,
            retired_by: None,
            status: match rule.severity {
                Severity::Error => ExitStatus::Findings,
                Severity::Warning => ExitStatus::NoAnswer,
                _ => ExitStatus::Success,
            },
        }
    }

    /// The same diagnostic with more specific help.
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// Adds a note, which is printed as `label: text`.
    pub(crate) fn note(&mut self, label: &'static str, text: impl Into<String>) {
        self.notes.push(Note { label, text: text.into() });
    }

    /// The level that is shown with the diagnostic.
    pub(crate) fn level(&self) -> &'static str {
        match (self.severity, self.status) {
            _ if self.is_accepted() => "allowed",
            // A finding of a comparison that has no effect on the exit status is accepted by the version.
            (Severity::Warning, ExitStatus::Success) if self.evidence.is_none() => "warning",
            (_, ExitStatus::Success) => "note",
            (Severity::Warning, _) => "warning",
            _ => "error",
        }
    }

    /// Whether human-readable reports show the diagnostic. Compatible changes are not shown.
    pub(crate) fn is_shown(&self) -> bool {
        matches!(self.severity, Severity::Error | Severity::Warning)
    }

    /// The allowance, if it has not expired.
    pub(crate) fn accepted_until(&self) -> Option<&Allowance> {
        self.allowance.as_ref().filter(|allowance| !allowance.expired)
    }

    /// Accepts the removal of a method because of an option of the command line.
    pub(crate) fn retire(&mut self, option: &str) {
        self.status = ExitStatus::Success;
        self.retired_by = Some(option.to_owned());
        self.note("allowed", format!("by {option}"));
    }

    /// Whether the settings file or the command line accepts it.
    pub(crate) fn is_accepted(&self) -> bool {
        self.retired_by.is_some() || self.accepted_until().is_some()
    }

    pub(crate) fn fingerprint(&self) -> Option<&str> {
        self.evidence.as_ref()?.fingerprint.as_deref()
    }

    /// A name that is the same in every commit.
    pub(crate) fn identity(&self, service: &str) -> String {
        self.fingerprint().map_or_else(|| format!("{}:{service}", self.rule), str::to_owned)
    }
}

impl Subject {
    pub(crate) fn package(name: &str) -> Self {
        Self::Package { package: name.to_owned() }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Method { kind: kind @ MethodKind::Call, method, direction: Some(direction) } => {
                write!(f, "{kind} `{method}`, {direction}")
            }
            Self::Method { kind, method, .. } => write!(f, "{kind} `{method}`"),
            Self::Package { package } => write!(f, "package `{package}`"),
            Self::Schemas { accepted, .. } => f.write_str(accepted),
        }
    }
}
