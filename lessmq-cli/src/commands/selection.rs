//! The options that select packages and services.

use std::path::PathBuf;

use crate::extract::{Extraction, Features, Request, extract};
use crate::report::{Reporter, Result};

/// Which packages, with the options of cargo's own commands.
#[derive(Debug, clap::Args)]
pub(super) struct Packages {
    /// The package that declares the interfaces (repeatable): its name, a package ID specification such as
    /// inventory@1.2.0, or a pattern. Without it: the package of the current directory; at the
    /// top of a workspace every package whose library declares an interface, except those with `contract = false` under
    /// `[package.metadata.lessmq]`
    #[arg(short, long = "package", value_name = "SPEC")]
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
    pub(super) fn request(&self) -> Request {
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
pub(super) struct Selection {
    #[command(flatten)]
    packages: Packages,
    /// Only the contract of this service
    #[arg(long)]
    service: Option<String>,
}

impl Selection {
    /// Whether the user named what to select.
    pub(super) fn is_explicit(&self) -> bool {
        self.service.is_some() || !self.packages.packages.is_empty()
    }

    /// Compiles the packages and extracts their contracts.
    pub(super) fn extract(&self, reporter: &dyn Reporter) -> Result<Extraction> {
        let mut extraction = extract(&self.packages.request(), reporter)?;
        if let Some(service) = &self.service {
            extraction.keep(service)?;
        }
        Ok(extraction)
    }
}
