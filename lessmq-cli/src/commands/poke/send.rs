//! `lessmq-cli send`: sends a command, or publishes an event.

use lessmq::Bus;
use lessmq::contract::{Method, MethodKind};

use super::access::{self, Access};
use super::address::{Target, Words};
use super::method;
use super::payload::Payload;
use crate::live::on_bus;
use crate::report::{Format, Result, SendReport};

/// Sends a command to a service, or publishes an event in its name.
///
/// The payload is checked against the contract of the live service first. A command waits on the broker until the service
/// handles it: if no process of the service is live, give its contract by --contract. An event goes to all its subscribers.
/// Prints the id of the message once the broker has stored it.
#[derive(Debug, clap::Args)]
#[command(override_usage = "lessmq-cli send [OPTIONS] [URL] <SERVICE.METHOD> [JSON]")]
pub(crate) struct Arguments {
    #[command(flatten)]
    words: Words,
    /// The message group: ordered messages of one key are handled in the order of sending
    #[arg(long, value_name = "KEY")]
    partition_key: Option<String>,
    #[command(flatten)]
    access: Access,
    #[command(flatten)]
    sending: Sending,
    /// The format of the report
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// How to send.
#[derive(Debug, clap::Args)]
pub(crate) struct Sending {
    /// Send the payload without checking it against the contract
    #[arg(long)]
    no_check: bool,
    /// Add metadata that the handler can read; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub(super) metadata: Vec<(String, String)>,
}

impl Sending {
    /// Checks the payload of a method, unless the user does not want that.
    pub(super) fn check(&self, payload: &Payload, target: &Target, method: &Method) -> Result<()> {
        if self.no_check { Ok(()) } else { payload.check(target, method) }
    }
}

fn name_and_value(argument: &str) -> std::result::Result<(String, String), String> {
    let pair = argument.split_once('=').filter(|(name, _)| !name.is_empty());
    pair.map(|(name, value)| (name.to_owned(), value.to_owned())).ok_or_else(|| "write NAME=VALUE".to_owned())
}

pub(crate) fn run(arguments: &Arguments) -> Result<SendReport> {
    let Arguments { words, access, .. } = arguments;
    let (url, target, payload) = words.read()?;
    let payload = Payload::read(payload)?;
    on_bus(&url, &access.connection, access.wait(), |bus| send(arguments, bus, target, payload))
}

async fn send(arguments: &Arguments, bus: Bus, target: Target, payload: Payload) -> Result<SendReport> {
    let Arguments { partition_key, access, sending, .. } = arguments;
    let Target { service, method: name } = &target;
    let contract = access.contract(&bus, service, name).await?;
    let method = method::find(&contract, name, &[MethodKind::Command, MethodKind::Event])?;
    sending.check(&payload, &target, method)?;
    let kind = method.kind();
    let mut publish = access::client(&bus, contract).publish(name, &payload.text);
    for (name, value) in &sending.metadata {
        publish = publish.metadata(name, value);
    }
    if let Some(key) = partition_key {
        publish = publish.partition_key(key);
    }
    let message = publish.into_outgoing()?;
    let id = message.envelope.id.to_string();
    bus.send(message).await?;
    Ok(SendReport { method: target.to_string(), kind, id })
}
