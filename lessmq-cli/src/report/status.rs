//! How the program ends.

use std::process::ExitCode;

use serde::Serialize;

/// The exit status. The worst of several is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ExitStatus {
    /// 0: nothing is wrong.
    Success,
    /// 1: something is wrong.
    Findings,
    /// 2: there is no result, or only a part of it.
    NoAnswer,
}

impl ExitStatus {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Findings => 1,
            Self::NoAnswer => 2,
        }
    }

    /// The worst of these; success if there are none.
    pub(crate) fn worst(statuses: impl IntoIterator<Item = Self>) -> Self {
        statuses.into_iter().max().unwrap_or(Self::Success)
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}
