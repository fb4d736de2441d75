//! The reports of commands, as data: the lowest layer of the CLI.
//!
//! Every module may import this module, and it imports no other module. A command returns one of the report types;
//! `output` renders it. Whatever a command finds is a [`Diagnostic`]; why it could not do its work is an [`Error`].

mod change;
mod check;
mod compat;
mod diagnostic;
mod diff;
mod dlq;
mod error;
mod explain;
mod format;
mod generate;
mod init;
mod judgement;
mod poke;
mod ps;
mod publish;
mod reporter;
mod rules;
mod status;
mod text;
mod verdict;

pub(crate) use self::change::{Change, Detail, MethodChange};
pub(crate) use self::check::{BaselineReport, CheckReport, CommittedContract, Freshness, ServiceReport};
pub(crate) use self::compat::{BatchAnswer, CompatReport, Drafts};
pub(crate) use self::diagnostic::{Allowance, Diagnostic, Evidence, Location, Subject};
pub(crate) use self::diff::{Comparison, ContractFile, DiffReport};
pub(crate) use self::dlq::{
    DeadLetterCount, DeadLetterReport, DeadLettersListReport, DeadLettersReport, Payload, PurgeReport,
    RedriveReport,
};
pub(crate) use self::error::{Error, Result};
pub(crate) use self::explain::ExplainReport;
pub(crate) use self::format::{DiagnosticsFormat, Format};
pub(crate) use self::generate::{GenerateReport, Written};
pub(crate) use self::init::{FileState, InitFile, InitReport};
pub(crate) use self::judgement::{BaselineKind, Judgement, VersionStep};
pub(crate) use self::poke::{
    CallOutcome, CallReport, EventPayload, EventReport, MethodReport, MethodsReport, SendReport,
};
pub(crate) use self::ps::{Fit, InstanceReport, LiveContract, LiveService, OlderUse, PsReport, Requirement};
pub(crate) use self::publish::{CrateReport, FileChange, PublishReport, TargetReport, TargetState};
pub(crate) use self::reporter::{Progress, Reporter};
pub(crate) use self::rules::{Rule, rules};
pub(crate) use self::status::ExitStatus;
pub(crate) use self::text::Text;
pub(crate) use self::verdict::Verdict;

pub(crate) mod rule {
    //! The rules that the CLI itself reports, by name.

    pub(crate) use super::rules::{
        AMBIGUOUS_TYPE, CODE_CHANGE, CONTRACT_STALE, COPIES_DIFFER, DECIMAL_FORM, INSUFFICIENT_BUMP,
        LIVE_CONTRACT_UNKNOWN, NO_BASELINE, NOT_PUBLISHED, OPAQUE_TYPE, SERVICE_UNDECLARED, VERSION_LOWER,
        VERSION_TAKEN, undecided,
    };
}

/// The name of the settings file, at the top of a workspace.
pub(crate) const SETTINGS_FILE: &str = "lessmq.toml";

/// The warning about a type in the settings that no contract has.
fn unused_type_warning(ty: &str) -> String {
    format!(
        "{SETTINGS_FILE} replaces `{ty}` in [types], but no contract has such a type: correct or remove the entry"
    )
}

/// The result of a command.
pub(crate) trait Report {
    /// The exit status of the program.
    fn status(&self) -> ExitStatus;

    /// Problems apart from the findings of the command.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }

    /// What the user can do next.
    fn hints(&self) -> Vec<String> {
        Vec::new()
    }
}
