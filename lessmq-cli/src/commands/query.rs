//! The arguments of commands that query all processes on a bus.

use super::address;
use crate::live::BusAccess;
use crate::report::{Format, Result};

/// The bus, and how to query and report.
#[derive(Debug, clap::Args)]
pub(crate) struct Query {
    /// The broker's address; may be left out if LESSMQ_URL has it
    #[arg(value_name = "URL")]
    url: Option<String>,
    #[command(flatten)]
    pub(crate) options: QueryOptions,
}

impl Query {
    /// The broker's address.
    pub(super) fn url(&self) -> Result<String> {
        address::only(self.url.as_ref())
    }
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
