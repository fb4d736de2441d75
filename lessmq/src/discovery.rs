//! Requests for the contract of a service, and the answers of its providers.
//!
//! There is no separate registry. A process that provides a service consumes its calls, even if its interfaces have
//! only commands or events, and answers the call `lessmq.describe` with its contract.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

use crate::contract::{Contract, ContractId, Fingerprint};
use crate::envelope::{Envelope, Fault, Outcome, Text};
use crate::error::{Error, ErrorKind, Result};
use crate::name::Name;
use crate::payload;
use crate::time::in_future;
use crate::transport::{Queue, Transport, unavailable_error};

/// The service name that is reserved for LessMQ's own messages.
pub(crate) const RESERVED_SERVICE: &str = "lessmq";
/// The type of the call that requests a provider's contract.
pub(crate) const DESCRIBE: &str = "lessmq.describe";
/// The delay before another request, because the provider may be starting.
const REPEAT_AFTER: Duration = Duration::from_millis(250);
/// How long to wait for one reply: the provider may have been killed while it handled the call.
const REPLY_TIMEOUT: Duration = Duration::from_secs(2);

/// One process on the bus.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Instance {
    /// Unique to the process.
    pub id: String,
    /// The name of the process.
    pub name: String,
    /// The contracts that it provides.
    pub provides: Vec<Provision>,
    /// The interfaces of other services that it was built against.
    pub requires: Vec<Provision>,
    /// The methods of other services that it refuses to call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refuses: Vec<Refusal>,
    /// The sources that it consumes, as text. Empty if the process does not report them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consumes: Vec<String>,
    /// Who has used older versions of its methods since it started.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub older_uses: Vec<OlderVersionUse>,
}

/// How much one consumer has used an older version of a method, of which the process serves a newer version too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OlderVersionUse {
    /// The service.
    pub service: String,
    /// The older version, such as `get`.
    pub method: String,
    /// The newest version, such as `get@2`.
    pub newer: String,
    /// The name of the consumer: the `source` of its messages.
    pub caller: String,
    /// How many messages of the consumer the process has handled since it started.
    pub messages: u64,
    /// How long ago the last message was, in seconds.
    pub last_seconds_ago: u64,
}

impl OlderVersionUse {
    /// A use of `method` of `service`, whose newest version is `newer`, by `caller`: no messages yet.
    pub fn new(
        service: impl Into<String>,
        method: impl Into<String>,
        newer: impl Into<String>,
        caller: impl Into<String>,
    ) -> Self {
        Self {
            service: service.into(),
            method: method.into(),
            newer: newer.into(),
            caller: caller.into(),
            messages: 0,
            last_seconds_ago: 0,
        }
    }
}

/// A method that a process refuses to call, because the live provider's contract of it is incompatible.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Refusal {
    /// The service.
    pub service: String,
    /// The method.
    pub method: String,
    /// The provider's version.
    pub provider: semver::Version,
    /// What is incompatible, as a text with an example.
    pub reason: String,
}

impl Refusal {
    /// A refusal of a method of the provider with version `provider`.
    pub fn new(
        service: impl Into<String>,
        method: impl Into<String>,
        provider: semver::Version,
        reason: impl Into<String>,
    ) -> Self {
        Self { service: service.into(), method: method.into(), provider, reason: reason.into() }
    }
}

impl Instance {
    /// A process that provides, requires and consumes nothing.
    #[must_use]
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            provides: Vec::new(),
            requires: Vec::new(),
            refuses: Vec::new(),
            consumes: Vec::new(),
            older_uses: Vec::new(),
        }
    }
}

/// One version of one service's contract: what a process provides of the service, or requires of it.
///
/// A consumer requires single interfaces, while a provider provides the merged contract of all that it serves. So the
/// fingerprints of identical contracts differ, and only those of their methods can be compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Provision {
    /// The service.
    pub service: String,
    /// The contract's version.
    pub version: semver::Version,
    /// The contract's fingerprint.
    pub fingerprint: Fingerprint,
    /// The fingerprint of each of its methods, by name.
    pub methods: BTreeMap<String, Fingerprint>,
}

impl From<&Contract> for Provision {
    fn from(contract: &Contract) -> Self {
        let id = contract.id();
        let methods = contract.method_fingerprints();
        Self { service: id.service, version: id.version, fingerprint: id.fingerprint, methods }
    }
}

/// A live provider's contract.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Description {
    /// The process that answered.
    pub instance: Instance,
    /// What it provides.
    pub contract: Contract,
}

/// The request of [`DESCRIBE`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct DescribeRequest {
    /// If set, requests exactly this contract. Copies with another contract answer without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fingerprint: Option<Fingerprint>,
}

/// The reply of [`DESCRIBE`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DescribeReply {
    pub(crate) instance: Instance,
    /// `None` if the request is for another contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) contract: Option<Contract>,
}

/// The data of a process for its answers to [`DESCRIBE`], for one service.
#[derive(Debug)]
pub(crate) struct Provided {
    pub(crate) instance: Instance,
    pub(crate) contract: Contract,
    /// The fingerprints of the contract and of its interfaces. Replies contain those of the interfaces.
    pub(crate) fingerprints: Vec<Fingerprint>,
}

impl Provided {
    /// The reply to a [`DESCRIBE`] with the payload `request`.
    ///
    /// # Errors
    /// `Decode`.
    pub(crate) fn reply(&self, request: &[u8]) -> Result<DescribeReply> {
        let request: DescribeRequest = payload::decode(request)?;
        let is_asked_for = request.fingerprint.is_none_or(|wanted| self.fingerprints.contains(&wanted));
        let contract = is_asked_for.then(|| self.contract.clone());
        Ok(DescribeReply { instance: self.instance.clone(), contract })
    }

    /// Whether a caller that names this contract has the contract of this process, or of one of its interfaces.
    pub(crate) fn is_contract_of(&self, caller: &str) -> bool {
        ContractId::parse(caller).is_some_and(|caller| self.fingerprints.contains(&caller.fingerprint))
    }
}

/// Requests the contract of a live provider of `service`. Tries again until `timeout` has passed. With `fingerprint`,
/// requests exactly this contract.
///
/// # Errors
/// `Unavailable` if no provider answered; `Decode` if this version cannot read the contract; otherwise as
/// [`Transport::call`].
pub(crate) async fn describe(
    transport: &dyn Transport,
    source: &Text,
    service: &str,
    fingerprint: Option<Fingerprint>,
    timeout: Duration,
) -> Result<Description> {
    let until = in_future(timeout);
    let calls = Queue::Calls { service: Name::parse("service", service)? };
    let request = payload::encode(&DescribeRequest { fingerprint })?;
    loop {
        let deadline = until.min(in_future(REPLY_TIMEOUT));
        let mut message = Envelope::new(source.clone(), DESCRIBE, request.clone());
        message.time = None;
        message.expires_in = Some(deadline.saturating_duration_since(Instant::now()));
        match transport.call(&calls, Arc::new(message), deadline).only().await {
            Ok(frame) if frame.outcome == Outcome::Fault => {
                return Err(Fault::read_error(&frame.data, DESCRIBE));
            }
            Ok(frame) => {
                let reply =
                    read_reply(&frame.data).map_err(|error| unreadable_contract_error(service, error))?;
                if let Some(contract) = reply.contract {
                    return Ok(Description { instance: reply.instance, contract });
                }
            }
            Err(error) if is_absence(error.kind()) => {}
            Err(error) => return Err(error),
        }
        if Instant::now() + REPEAT_AFTER >= until {
            return Err(unavailable_error(service));
        }
        sleep(REPEAT_AFTER).await;
    }
}

fn read_reply(data: &[u8]) -> Result<DescribeReply> {
    payload::decode(data).map_err(|error| contract_error(data).unwrap_or(error))
}

/// Why the contract in a reply cannot be read, such as its format. `None` if the contract is not the reason.
fn contract_error(data: &[u8]) -> Option<Error> {
    let reply: serde_json::Value = serde_json::from_slice(data).ok()?;
    let document = serde_json::to_vec(reply.get("contract")?).ok()?;
    Contract::from_json(&document).err()
}

fn is_absence(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Unavailable | ErrorKind::DeadlineExceeded)
}

fn unreadable_contract_error(service: &str, error: Error) -> Error {
    Error::new(ErrorKind::Decode, format!("cannot read the contract of the live provider of `{service}`"))
        .with_source(error)
        .with_hint("the provider may use a newer version of LessMQ: upgrade this program")
}
