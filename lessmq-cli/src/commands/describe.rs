//! `lessmq-cli describe`: the contract that a live service provides.

use std::time::Duration;

use super::address;
use crate::live::{Connection, on_bus};
use crate::report::{Reporter, Result, Text};

/// Prints the contract that a live service provides.
#[derive(Debug, clap::Args)]
#[command(override_usage = "lessmq-cli describe [OPTIONS] [URL] <SERVICE>")]
pub(crate) struct Arguments {
    /// The broker's address; may be left out if LESSMQ_URL has it
    #[arg(value_name = "URL")]
    first: Option<String>,
    /// The service
    #[arg(value_name = "SERVICE")]
    second: Option<String>,
    #[command(flatten)]
    connection: Connection,
    /// How long to wait for an answer, in milliseconds
    #[arg(long, value_name = "MS", default_value = "2000")]
    wait: u64,
}

pub(crate) fn run(arguments: &Arguments, reporter: &dyn Reporter) -> Result<Text> {
    let Arguments { first, second, connection, .. } = arguments;
    let hint = "`lessmq-cli ps` lists the services that are live";
    let (url, service) = address::with_one([first, second], "service", hint)?;
    lessmq::name::Name::parse("service", service)?;
    let wait = Duration::from_millis(arguments.wait);
    let broker = connection.broker(&url, reporter);
    let description = on_bus(broker, wait, |bus| async move { bus.describe(service, wait).await })?;
    Ok(Text(description.contract.to_json()))
}
