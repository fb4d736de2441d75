//! `lessmq-cli call`: calls a method of a live service.

use std::time::Duration;

use lessmq::contract::MethodKind;
use lessmq::{Bus, CallError, ErrorKind};
use serde_json::value::RawValue;

use super::access;
use super::address::Target;
use super::message::Message;
use super::method;
use super::payload::Payload;
use crate::live::on_bus;
use crate::report::{CallOutcome, CallReport, Error, Reporter, Result};

/// Calls a method of a live service, and prints its reply.
///
/// The request is checked against the contract of the live service first. A typed error of the service is printed like a
/// reply, with exit code 1. Without a reply, the exit code is 2.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "lessmq-cli call [OPTIONS] [URL] <SERVICE.METHOD> [JSON]",
    mut_arg("timeout", |timeout| timeout.help("How long to wait for the connection, and for the reply, in milliseconds"))
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) message: Message,
}

/// How long finding another process of the service may take.
const SEARCH: Duration = Duration::from_secs(1);

pub(crate) fn run(arguments: &Arguments, reporter: &dyn Reporter) -> Result<CallReport> {
    let Message { access, .. } = &arguments.message;
    let (url, target, payload) = arguments.message.read()?;
    let patience = (access.wait() + access.connection.timeout()).saturating_add(SEARCH);
    let broker = access.connection.broker(&url, reporter);
    on_bus(broker, patience, |bus| call(&arguments.message, bus, target, payload))
}

async fn call(message: &Message, bus: Bus, target: Target, payload: Payload) -> Result<CallReport> {
    let Message { access, metadata, .. } = message;
    let Target { service, method: name } = &target;
    let contract = access.contract(&bus, service, name).await?;
    let method = method::find(&contract, name, &[MethodKind::Call])?;
    message.check(&payload, &target, method)?;
    let mut call = access::client(&bus, contract)
        .call::<Box<RawValue>, Box<RawValue>>(name, lessmq::payload::encode(&payload.text))
        .timeout(access.connection.timeout());
    for (name, value) in metadata {
        call = call.metadata(name, value);
    }
    let (outcome, payload) = match call.await {
        Ok(reply) => (CallOutcome::Ok, reply),
        Err(CallError::Rejected(error)) => (CallOutcome::Rejected, error),
        Err(CallError::Failed(error)) => return Err(failed(error)),
    };
    Ok(CallReport { method: target.to_string(), outcome, payload })
}

/// The error of a call without a reply, with what to do here.
fn failed(error: lessmq::Error) -> Error {
    let kind = error.kind();
    let error = Error::from(error);
    match kind {
        ErrorKind::DeadlineExceeded => {
            error.hint("--timeout MS waits longer; `lessmq-cli ps` lists the services that are live")
        }
        ErrorKind::Handler => error.hint("the service logs the reason, with the id of the message"),
        _ => error,
    }
}
