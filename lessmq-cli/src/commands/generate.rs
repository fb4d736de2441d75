//! `lessmq-cli generate`: types and a client from a contract document.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use lessmq::contract::Contract;

use crate::document;
use crate::error::{Error, Result};
use crate::generate::rust::Names;
use crate::generate::{Generated, python, rust, typescript};
use crate::replace::replace;

/// Writes types and a client from a contract document.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The language
    #[arg(value_enum)]
    language: Language,
    /// The contract document; `-` is standard input
    contract: PathBuf,
    /// The directory to write to; without it all is printed
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Overwrite files that were not generated
    #[arg(long, requires = "out")]
    force: bool,
    /// Rust: what the trait of calls and commands is called; without it as the service is
    #[arg(long = "interface", value_name = "NAME")]
    interface: Option<String>,
    /// Rust: what the trait of events is called
    #[arg(long = "events", value_name = "NAME")]
    events: Option<String>,
}

/// A language that there is a generator for.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Language {
    /// The `src` folder of a crate
    Rust,
    /// Modules without dependencies
    Typescript,
    /// Modules without dependencies, for Python 3.11
    Python,
}

/// What was generated.
#[derive(Debug)]
pub(crate) struct Sources {
    pub(crate) generated: Generated,
    /// Where the files were written; without it they are to be printed.
    pub(crate) written: Option<Written>,
}

/// What became of the files.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) directory: PathBuf,
    /// How many files differed from what was there.
    pub(crate) changed: usize,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Sources> {
    let contract = document::read(&arguments.contract)?;
    let generated = generate(arguments, &contract)?;
    let written = match &arguments.out {
        Some(directory) => Some(write(&generated, directory, arguments.force)?),
        None => None,
    };
    Ok(Sources { generated, written })
}

fn generate(arguments: &Arguments, contract: &Contract) -> Result<Generated> {
    match arguments.language {
        Language::Rust => {
            let names = Names { interface: arguments.interface.clone(), events: arguments.events.clone() };
            if names.interface.is_some() && names.interface == names.events {
                return Err(Error::new("--interface and --events give both traits one name")
                    .hint("call them differently, such as Users and UserEvents"));
            }
            let sources = rust::sources_named(contract, &names)?;
            Ok(if arguments.out.is_some() { with_document(sources, contract) } else { sources })
        }
        Language::Typescript => typescript::sources(contract),
        Language::Python => python::sources(contract),
    }
}

/// The name of the document among the sources.
const DOCUMENT: &str = "contract.json";

/// The same with the document, which a contract crate has beside its sources and these have among them.
fn with_document(mut generated: Generated, contract: &Contract) -> Generated {
    if let Some(library) = generated.files.get_mut(Path::new("lib.rs")) {
        *library = library.replace("include_str!(\"../contract.json\")", "include_str!(\"contract.json\")");
    }
    generated.files.insert(DOCUMENT.into(), contract.to_json());
    generated
}

/// Writes what differs, once it is clear that nothing is in the way.
fn write(generated: &Generated, directory: &Path, force: bool) -> Result<Written> {
    let mut changed = Vec::new();
    for (name, text) in &generated.files {
        let path = directory.join(name);
        match fs::read_to_string(&path) {
            Ok(there) if there == *text => {}
            Ok(there) if force || Generated::is_ours(&there) || is_document(&path) => {
                changed.push((path, text))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => changed.push((path, text)),
            Err(_) if force && !path.is_dir() => changed.push((path, text)),
            Ok(_) => return Err(in_the_way(&path)),
            Err(error) => {
                return Err(Error::new(format!("{}: cannot look at what is there", path.display()))
                    .because(error)
                    .hint("give another directory with --out"));
            }
        }
    }
    for (path, text) in &changed {
        replace(path, text.as_bytes()).map_err(|error| {
            Error::new(format!("{}: cannot write the file", path.display()))
                .because(error)
                .hint("you must be allowed to write there")
        })?;
    }
    Ok(Written { directory: directory.to_owned(), changed: changed.len() })
}

/// Whether a file is a contract document, which cannot say that it was generated.
fn is_document(path: &Path) -> bool {
    path.ends_with(DOCUMENT) && document::read(path).is_ok()
}

fn in_the_way(path: &Path) -> Error {
    Error::new(format!("{}: this file was not generated, so it is not overwritten", path.display()))
        .hint("give another directory with --out, or --force if the file may go")
}
