//! The report of `publish`, before it is rendered.

use std::path::PathBuf;

use semver::Version;
use serde::Serialize;

use crate::error::Error;
use crate::publish::files::Difference;
use crate::publish::refusal::Refusal;

/// What was done.
#[derive(Debug, Serialize)]
pub(crate) struct Published {
    pub(crate) dry_run: bool,
    pub(crate) crates: Vec<Crate>,
}

/// What was done with one contract crate.
#[derive(Debug, Serialize)]
pub(crate) struct Crate {
    pub(crate) service: String,
    pub(crate) package: String,
    pub(crate) name: String,
    pub(crate) version: Version,
    pub(crate) directory: PathBuf,
    /// What is or would be written there.
    pub(crate) files: Vec<Difference>,
    pub(crate) written: bool,
    /// Whether cargo knows the crate as a member of the workspace.
    pub(crate) is_member: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refusal: Option<Refusal>,
    pub(crate) targets: Vec<Outcome>,
}

/// What was done at one target.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    pub(crate) place: String,
    #[serde(flatten)]
    pub(crate) state: State,
}

#[derive(Debug, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub(crate) enum State {
    Released,
    /// It was there before, with this contract.
    AlreadyReleased,
    /// Nothing speaks against it.
    WouldBeReleased,
    Refused(Box<Refusal>),
    Failed {
        #[serde(serialize_with = "message")]
        error: Error,
    },
    /// Something before it was refused or failed.
    NotTried,
}

fn message<S: serde::Serializer>(error: &Error, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(&error.message)
}
