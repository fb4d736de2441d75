//! The arguments of commands that query all processes on a bus.

use crate::live::BusAccess;
use crate::report::Format;

/// The bus, and how to query and report.
#[derive(Debug, clap::Args)]
pub(crate) struct Query {
    /// The broker's address
    #[arg(env = "LESSMQ_URL", hide_env_values = true)]
    pub(super) url: String,
    #[command(flatten)]
    pub(crate) options: QueryOptions,
}

/// How to query and report.
#[derive(Debug, clap::Args)]
pub(crate) struct QueryOptions {
    #[command(flatten)]
    pub(super) access: BusAccess,
    /// The format of the report
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}
