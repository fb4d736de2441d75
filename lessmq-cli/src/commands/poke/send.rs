//! `lessmq-cli send`: sends a command, or publishes an event.

use lessmq::Bus;
use lessmq::contract::MethodKind;

use super::access;
use super::address::Target;
use super::message::Message;
use super::method;
use super::payload::Payload;
use crate::live::on_bus;
use crate::report::{Reporter, Result, SendReport};

/// Sends a command to a service, or publishes an event in its name.
///
/// The payload is checked against the contract of the live service first. A command waits on the broker until the service
/// handles it: if no process of the service is live, give its contract by --contract. An event goes to all its subscribers.
/// Prints the id of the message once the broker has stored it.
#[derive(Debug, clap::Args)]
#[command(override_usage = "lessmq-cli send [OPTIONS] [URL] <SERVICE.METHOD> [JSON]")]
pub(crate) struct Arguments {
    /// The message group: ordered messages of one key are handled in the order of sending
    #[arg(long, value_name = "KEY")]
    partition_key: Option<String>,
    #[command(flatten)]
    pub(crate) message: Message,
}

pub(crate) fn run(arguments: &Arguments, reporter: &dyn Reporter) -> Result<SendReport> {
    let access = &arguments.message.access;
    let (url, target, payload) = arguments.message.read()?;
    let broker = access.connection.broker(&url, reporter);
    on_bus(broker, access.wait(), |bus| send(arguments, bus, target, payload))
}

async fn send(arguments: &Arguments, bus: Bus, target: Target, payload: Payload) -> Result<SendReport> {
    let Arguments { partition_key, message } = arguments;
    let Target { service, method: name } = &target;
    let contract = message.access.contract(&bus, service, name).await?;
    let method = method::find(&contract, name, &[MethodKind::Command, MethodKind::Event])?;
    message.check(&payload, &target, method)?;
    let kind = method.kind();
    let mut publish = access::client(&bus, contract).publish(name, lessmq::payload::encode(&payload.text));
    for (name, value) in &message.metadata {
        publish = publish.metadata(name, value);
    }
    if let Some(key) = partition_key {
        publish = publish.partition_key(key);
    }
    let outgoing = publish.into_outgoing()?;
    let id = outgoing.envelope.id.to_string();
    bus.send(outgoing).await?;
    Ok(SendReport { method: target.to_string(), kind, id })
}
