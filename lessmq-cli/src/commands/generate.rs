//! `lessmq-cli generate`: types and a client from a contract document.

use std::env;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use lessmq::contract::Contract;

use crate::document;
use crate::generate::rust::{Names, RustSources};
use crate::generate::{Generated, python, rust, typescript};
use crate::publish::manifest;
use crate::replace::{replace, wrong_kind};
use crate::report::{Error, GenerateReport, Result, Written};
use crate::settings::Settings;

/// Writes types and a client from a contract document.
///
/// Rust code uses the types of other crates that the contract names. [types] in the nearest lessmq.toml replaces them.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The language
    #[arg(value_enum)]
    language: Language,
    /// The contract document; `-` is standard input
    contract: PathBuf,
    /// The directory to write to; without it, the files are printed
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Overwrite files that were not generated
    #[arg(long, requires = "out")]
    force: bool,
    /// Rust: the name of the trait with calls and commands; by default that of the service
    #[arg(long = "interface", value_name = "NAME")]
    interface: Option<String>,
    /// Rust: the name of the trait with events
    #[arg(long = "events", value_name = "NAME")]
    events: Option<String>,
}

/// A language with a generator.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Language {
    /// The `src` folder of a crate
    Rust,
    /// Modules without dependencies
    Typescript,
    /// Modules without dependencies, for Python 3.11
    Python,
}

pub(crate) fn run(arguments: &Arguments) -> Result<GenerateReport> {
    let contract = document::read(&arguments.contract)?;
    let (generated, dependencies) = generate(arguments, &contract)?;
    let written = match &arguments.out {
        Some(directory) => Some(write(&generated, directory, arguments.force)?),
        None => None,
    };
    Ok(GenerateReport { files: generated.files, written, dependencies })
}

/// The sources, and the lines of a manifest for the crates that they need, if they use types of other crates.
fn generate(arguments: &Arguments, contract: &Contract) -> Result<(Generated, Vec<String>)> {
    match arguments.language {
        Language::Rust => {
            let names = Names { interface: arguments.interface.clone(), events: arguments.events.clone() };
            if names.interface.is_some() && names.interface == names.events {
                return Err(Error::new("--interface and --events have the same name")
                    .hint("use different names, such as Users and UserEvents"));
            }
            let settings = Settings::nearest(&env::current_dir().unwrap_or_default())?;
            let RustSources { generated, foreign } = rust::sources(contract, &names, &settings.replacements)?;
            let needed =
                if foreign.is_empty() { Vec::new() } else { manifest::needed(&generated.files, &foreign)? };
            let dependencies = needed.into_iter().map(|(name, value)| format!("{name} = {value}"));
            let dependencies = dependencies.collect();
            let has_document = arguments.out.is_some();
            Ok((if has_document { with_document(generated, contract) } else { generated }, dependencies))
        }
        Language::Typescript => Ok((typescript::sources(contract)?, Vec::new())),
        Language::Python => Ok((python::sources(contract)?, Vec::new())),
    }
}

/// The name of the document among the sources.
const DOCUMENT: &str = "contract.json";

/// Adds the document to the sources. In a contract crate, it is in the directory above them.
fn with_document(mut generated: Generated, contract: &Contract) -> Generated {
    if let Some(library) = generated.files.get_mut(Path::new("lib.rs")) {
        *library = library.replace("include_str!(\"../contract.json\")", "include_str!(\"contract.json\")");
    }
    generated.files.insert(DOCUMENT.into(), contract.to_json());
    generated
}

/// Writes the files that differ, after it is clear that none of them overwrites a file that was not generated.
fn write(generated: &Generated, directory: &Path, force: bool) -> Result<Written> {
    let mut changed = Vec::new();
    for (name, text) in &generated.files {
        let path = directory.join(name);
        if let Some(reason) = wrong_kind(&path) {
            return Err(Error::new(reason).hint("give another directory with --out"));
        }
        match fs::read_to_string(&path) {
            Ok(existing) if existing == *text => {}
            Ok(existing) if force || Generated::is_ours(&existing) || is_document(&path) => {
                changed.push((path, text))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => changed.push((path, text)),
            Err(_) if force => changed.push((path, text)),
            Ok(_) => return Err(foreign_file_error(&path)),
            Err(error) => {
                return Err(Error::new(format!("cannot read `{}`", path.display()))
                    .because(error)
                    .hint("give another directory with --out"));
            }
        }
    }
    for (path, text) in &changed {
        replace(path, text.as_bytes()).map_err(|error| {
            Error::new(format!("cannot write `{}`", path.display()))
                .because(error)
                .hint("check the permissions of the directory")
        })?;
    }
    Ok(Written { directory: directory.to_owned(), changed: changed.len() })
}

/// Whether a file is a contract document, which has no mark of generated files.
fn is_document(path: &Path) -> bool {
    path.ends_with(DOCUMENT) && document::read(path).is_ok()
}

fn foreign_file_error(path: &Path) -> Error {
    Error::new(format!("`{}` was not generated, so it is not overwritten", path.display()))
        .hint("give another directory with --out, or --force to overwrite it")
}
