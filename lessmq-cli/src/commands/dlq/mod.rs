//! `lessmq-cli dlq`: the dead letters on a bus.

pub(crate) mod ls;
pub(crate) mod purge;
pub(crate) mod redrive;
pub(crate) mod show;

use std::time::Duration;

use lessmq::transport::Source;
use lessmq::{Bus, ErrorKind};

use super::address;
use crate::live::Connection;
use crate::report::{Error, Format, Result};

/// How long to wait for the processes on the bus, to list the sources that exist.
const SEARCH: Duration = Duration::from_millis(500);

/// Lists, shows, redrives and purges dead letters: messages that no handler could process
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Ls(ls::Arguments),
    Show(show::Arguments),
    Redrive(redrive::Arguments),
    Purge(purge::Arguments),
}

/// The bus, and the source whose dead letters a command is about.
#[derive(Debug, clap::Args)]
pub(crate) struct Target {
    /// The broker's address; may be left out if LESSMQ_URL has it
    #[arg(value_name = "URL")]
    first: Option<String>,
    /// The source, as `dlq ls` lists it: `user.commands`, `user.events.GROUP`, `external:QUEUE`
    #[arg(value_name = "SOURCE")]
    second: Option<String>,
    #[command(flatten)]
    connection: Connection,
    /// The format of the report
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

impl Target {
    /// The address of the broker, and the source itself, also if its dead letters are named.
    fn read(&self) -> Result<(String, Source)> {
        let hint = "`lessmq-cli dlq ls` lists the sources that have dead letters";
        let (url, source) = address::with_one([&self.first, &self.second], "source", hint)?;
        Ok((url, source.parse::<Source>()?.origin().clone()))
    }
}

/// The result of an operation. If it failed because the source does not exist, the error says which sources do.
async fn or_explain<T>(bus: &Bus, source: &Source, result: lessmq::Result<T>) -> Result<T> {
    let error = match result {
        Ok(value) => return Ok(value),
        Err(error) if error.kind() != ErrorKind::Topology => return Err(error.into()),
        Err(error) => error,
    };
    let known = ls::consumed(bus, SEARCH).await.unwrap_or_default();
    let known: Vec<String> = ls::sources(&known, &[]).into_keys().map(|name| format!("`{name}`")).collect();
    let hint = match &*known {
        [] => error.hint().unwrap_or("no process on the bus consumes anything").to_owned(),
        known => format!("the processes on the bus consume {}", known.join(", ")),
    };
    Err(Error::new(format!("source `{source}` does not exist"))
        .because(error)
        .hint(format!("check its name and the --namespace; {hint}")))
}
