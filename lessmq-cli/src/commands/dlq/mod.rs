//! `lessmq-cli dlq`: the dead letters on a bus.

pub(crate) mod ls;
pub(crate) mod purge;
pub(crate) mod redrive;
pub(crate) mod show;

use lessmq::transport::Source;

use crate::live::Connection;
use crate::report::{Format, Result};

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
#[command(allow_missing_positional = true)]
pub(crate) struct Target {
    /// The broker's address
    #[arg(env = "LESSMQ_URL", hide_env_values = true)]
    url: String,
    /// The source, as `dlq ls` lists it: `user.commands`, `user.events.GROUP`, `external:QUEUE`
    source: String,
    #[command(flatten)]
    connection: Connection,
    /// The format of the report
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

impl Target {
    /// The source itself, also if its dead letters are named.
    fn source(&self) -> Result<Source> {
        Ok(self.source.parse::<Source>()?.origin().clone())
    }
}
