//! `lessmq-cli describe`: the contract that a live service provides.

use std::time::Duration;

use crate::live::{Connection, on_bus};
use crate::report::{Result, Text};

/// Prints the contract that a live service provides.
#[derive(Debug, clap::Args)]
#[command(allow_missing_positional = true)]
pub(crate) struct Arguments {
    /// The broker's address
    #[arg(env = "LESSMQ_URL", hide_env_values = true)]
    url: String,
    /// The service
    service: String,
    #[command(flatten)]
    connection: Connection,
    /// How long to wait for an answer, in milliseconds
    #[arg(long, value_name = "MS", default_value = "2000")]
    wait: u64,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Text> {
    lessmq::name::Name::parse("service", &arguments.service)?;
    let wait = Duration::from_millis(arguments.wait);
    let description = on_bus(&arguments.url, &arguments.connection, wait, |bus| async move {
        bus.describe(&arguments.service, wait).await
    })?;
    Ok(Text(description.contract.to_json()))
}
