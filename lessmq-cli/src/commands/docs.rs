//! `lessmq-cli docs`: documents made from contracts.

use std::fs;
use std::path::{Path, PathBuf};

use lessmq::contract::Contract;

use super::selection::Packages;
use crate::docs::{self, DocumentFormat, Subject};
use crate::document;
use crate::extract::extract;
use crate::replace::wrong_kind;
use crate::report::{Error, Reporter, Result, Text};

/// Writes a document from contracts, for people (Markdown, HTML) or for other tools (AsyncAPI, OpenAPI).
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Contract documents; `-` is standard input. Without them, the contracts that packages declare
    #[arg(value_name = "CONTRACT", conflicts_with_all = ["packages", "manifest_path", "features", "all_features", "no_default_features"])]
    contracts: Vec<PathBuf>,
    #[command(flatten)]
    packages: Packages,
    /// Only this service (repeatable)
    #[arg(long = "service", value_name = "SERVICE")]
    services: Vec<String>,
    /// The format of the document
    #[arg(long, value_enum, default_value_t)]
    format: DocumentFormat,
    /// Write to a file instead of printing
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The prefix of names on the broker, which AsyncAPI contains
    #[arg(long, default_value = "lessmq")]
    namespace: String,
}

pub(crate) fn run(arguments: &Arguments, reporter: &dyn Reporter) -> Result<Text> {
    lessmq::name::Name::parse("namespace", &arguments.namespace)?;
    let contracts = select(contracts(arguments, reporter)?, &arguments.services)?;
    if arguments.format == DocumentFormat::Openapi {
        note_skipped_events(&contracts, reporter);
    }
    let subject = Subject { contracts, namespace: arguments.namespace.clone() };
    let text = docs::write(&subject, arguments.format)?;
    let Some(path) = &arguments.out else { return Ok(Text(text)) };
    write(path, &text)?;
    reporter.note(&format!("wrote {}", path.display()));
    Ok(Text::default())
}

fn contracts(arguments: &Arguments, reporter: &dyn Reporter) -> Result<Vec<Contract>> {
    if arguments.contracts.is_empty() {
        let extraction = extract(&arguments.packages.request(), reporter)?;
        return Ok(extraction.contracts.into_iter().map(|found| found.contract).collect());
    }
    arguments.contracts.iter().map(|path| document::read(path)).collect()
}

/// The contract of each wanted service, sorted by name.
fn select(mut contracts: Vec<Contract>, wanted: &[String]) -> Result<Vec<Contract>> {
    let has = |service: &String| contracts.iter().any(|contract| contract.service == *service);
    if let Some(missing) = wanted.iter().find(|service| !has(service)) {
        let names: Vec<&str> = contracts.iter().map(|contract| contract.service.as_str()).collect();
        return Err(Error::new(format!("no contract of service `{missing}`"))
            .hint(format!("select one of these services: {}", names.join(", "))));
    }
    contracts.retain(|contract| wanted.is_empty() || wanted.contains(&contract.service));
    contracts.sort_by(|a, b| a.service.cmp(&b.service));
    if let Some([one, other]) = contracts.array_windows().find(|[one, other]| one.service == other.service) {
        return Err(Error::new(format!(
            "two contracts of service `{}`, in versions {} and {}",
            one.service, one.version, other.version
        ))
        .hint("give one contract of each service; `lessmq-cli diff` compares two"));
    }
    Ok(contracts)
}

/// Reports the events that OpenAPI cannot describe.
fn note_skipped_events(contracts: &[Contract], reporter: &dyn Reporter) {
    for contract in contracts.iter().filter(|contract| contract.events().next().is_some()) {
        reporter.note(&format!(
            "the events of `{}` are skipped: OpenAPI describes only calls and commands (see --format asyncapi)",
            contract.service
        ));
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(reason) = wrong_kind(path) {
        return Err(Error::new(reason).hint("give the path of a file with --out"));
    }
    let directory = path.parent().map_or(Ok(()), fs::create_dir_all);
    directory.and_then(|()| fs::write(path, text)).map_err(|error| {
        Error::new(format!("cannot write the document `{}`", path.display()))
            .because(error)
            .hint("check the permissions of the directory")
    })
}
