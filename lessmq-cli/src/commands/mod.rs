//! The verbs. Each takes its arguments as a struct and returns a report; none prints one.

pub(crate) mod check;
pub(crate) mod compat;
pub(crate) mod completions;
pub(crate) mod contract;
pub(crate) mod describe;
pub(crate) mod diff;
pub(crate) mod docs;
pub(crate) mod explain;
pub(crate) mod generate;
pub(crate) mod init;
pub(crate) mod ps;
pub(crate) mod publish;

use std::path::PathBuf;
use std::process::ExitCode;

use crate::error::Result;
use crate::extract::{Extraction, Features, Request, extract};
use crate::output::Talk;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// 0: all is fine.
    Fine,
    /// 1: something was found.
    Findings,
    /// 2: there is no answer, or not the whole of it.
    NoAnswer,
}

impl Exit {
    /// The word for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Findings => "findings",
            Self::NoAnswer => "no-answer",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Fine => 0,
            Exit::Findings => 1,
            Exit::NoAnswer => 2,
        })
    }
}

/// Which packages, as cargo's own commands ask for them.
#[derive(Debug, clap::Args)]
pub(crate) struct Packages {
    /// The package that declares the interfaces (repeatable). Without it: the package of this directory; at the top
    /// of a workspace every package whose library declares an interface, but for those that say `contract = false`
    /// under `[package.metadata.lessmq]`
    #[arg(short, long = "package", value_name = "PACKAGE")]
    packages: Vec<String>,
    /// Path to Cargo.toml
    #[arg(long, value_name = "PATH")]
    manifest_path: Option<PathBuf>,
    /// Features to compile the packages with
    #[arg(short = 'F', long, value_delimiter = ',', value_name = "FEATURES")]
    features: Vec<String>,
    /// Compile the packages with all their features
    #[arg(long)]
    all_features: bool,
    /// Compile the packages without their default features
    #[arg(long)]
    no_default_features: bool,
    /// Compile without using the network
    #[arg(long)]
    offline: bool,
}

impl Packages {
    fn request(&self) -> Request {
        Request {
            manifest: self.manifest_path.clone(),
            packages: self.packages.clone(),
            features: Features {
                some: self.features.clone(),
                all: self.all_features,
                no_default: self.no_default_features,
            },
            offline: self.offline,
        }
    }
}

/// Which contracts of which packages.
#[derive(Debug, clap::Args)]
pub(crate) struct Selection {
    #[command(flatten)]
    packages: Packages,
    /// Only the contract of this service
    #[arg(long)]
    service: Option<String>,
}

impl Selection {
    /// Compiles the packages and takes their contracts.
    fn extract(&self, talk: &Talk) -> Result<Extraction> {
        let mut extraction = extract(&self.packages.request(), talk)?;
        if let Some(service) = &self.service {
            extraction.keep(service)?;
        }
        Ok(extraction)
    }
}
