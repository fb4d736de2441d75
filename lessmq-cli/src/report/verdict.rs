//! Whether two contracts, or two schemas, are compatible.

use lessmq::compat;
use serde::Serialize;

use super::ExitStatus;

/// The answer of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    Identical,
    Compatible,
    Incompatible,
    Undecided,
}

impl Verdict {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Identical => "identical",
            Self::Compatible => "compatible",
            Self::Incompatible => "incompatible",
            Self::Undecided => "undecided",
        }
    }

    /// The exit status of a command that only compares.
    pub(crate) fn status(self) -> ExitStatus {
        match self {
            Self::Identical | Self::Compatible => ExitStatus::Success,
            Self::Incompatible => ExitStatus::Findings,
            Self::Undecided => ExitStatus::NoAnswer,
        }
    }
}

impl From<compat::Verdict> for Verdict {
    fn from(verdict: compat::Verdict) -> Self {
        match verdict {
            compat::Verdict::Identical => Self::Identical,
            compat::Verdict::Compatible => Self::Compatible,
            compat::Verdict::Incompatible => Self::Incompatible,
            // An unknown verdict of a later library version must not count as success.
            _ => Self::Undecided,
        }
    }
}
