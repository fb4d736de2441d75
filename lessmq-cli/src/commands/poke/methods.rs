//! `lessmq-cli methods`: the methods of live services.

use lessmq::contract::{Contract, Method, MethodKind};

use crate::commands::address;
use crate::commands::query::QueryOptions;
use crate::live::{contracts, on_bus};
use crate::report::{MethodReport, MethodsReport, Reporter, Result};

/// Lists the methods of live services.
///
/// The completions of `lessmq-cli completions` for bash, zsh and fish are made of it.
#[derive(Debug, clap::Args)]
#[command(override_usage = "lessmq-cli methods [OPTIONS] [URL] [PREFIX]")]
pub(crate) struct Arguments {
    /// The broker's address; may be left out if LESSMQ_URL has it
    #[arg(value_name = "URL")]
    first: Option<String>,
    /// List only methods whose names begin with this, such as user. or user.get
    #[arg(value_name = "PREFIX")]
    second: Option<String>,
    /// List only methods of this kind; may be repeated
    #[arg(long, value_enum)]
    kind: Vec<KindArgument>,
    /// Print only the names, one per line
    #[arg(long, conflicts_with = "format")]
    names: bool,
    #[command(flatten)]
    pub(crate) options: QueryOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum KindArgument {
    Call,
    Command,
    Event,
}

impl From<KindArgument> for MethodKind {
    fn from(kind: KindArgument) -> Self {
        match kind {
            KindArgument::Call => Self::Call,
            KindArgument::Command => Self::Command,
            KindArgument::Event => Self::Event,
        }
    }
}

pub(crate) fn run(arguments: &Arguments, reporter: &dyn Reporter) -> Result<MethodsReport> {
    let (url, words) = address::split(arguments.first.iter().chain(&arguments.second))?;
    let prefix = words.first().copied().unwrap_or_default();
    let wait = arguments.options.access.wait();
    // One wait for the processes, and one for the contracts.
    let found =
        on_bus(arguments.options.access.connection.broker(&url, reporter), wait * 2, |bus| async move {
            contracts(&bus, wait, |service| may_have(service, prefix)).await
        })?;
    let mut methods: Vec<MethodReport> = found.iter().flat_map(methods).collect();
    let kinds: Vec<MethodKind> = arguments.kind.iter().map(|kind| (*kind).into()).collect();
    methods.retain(|method| {
        method.name.starts_with(prefix) && (kinds.is_empty() || kinds.contains(&method.kind))
    });
    // Copies in several versions have most methods in common.
    methods.sort_by(|a, b| a.name.cmp(&b.name));
    methods.dedup_by(|a, b| a.name == b.name);
    Ok(MethodsReport { names_only: arguments.names, methods })
}

/// Whether methods of the service may begin with `prefix`.
fn may_have(service: &str, prefix: &str) -> bool {
    let service = format!("{service}.");
    service.starts_with(prefix) || prefix.starts_with(&service)
}

fn methods(contract: &Contract) -> impl Iterator<Item = MethodReport> {
    let report = |(name, method): (&String, &Method)| MethodReport {
        name: format!("{}.{name}", contract.service),
        kind: method.kind(),
        description: method.docs().description.clone(),
        deprecated: method.docs().deprecated.clone(),
    };
    contract.methods.iter().map(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_selects_services_and_their_methods() {
        for (service, prefix, expected) in [
            ("user", "", true),
            ("user", "us", true),
            ("user", "user", true),
            ("user", "user.ge", true),
            ("user", "user-2.", false),
            ("user", "mailer", false),
        ] {
            assert_eq!(may_have(service, prefix), expected, "{service} {prefix}");
        }
    }
}
