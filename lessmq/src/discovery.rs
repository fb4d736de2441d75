//! Who is on the bus, and what they promise.
//!
//! Every [`App`](crate::App) listens to the events of the reserved service `lessmq`: one named like each service
//! that it provides, and `EVERYONE`. A `Query` is published there; whoever it concerns publishes an `Answer`
//! as the event `ANSWERS`, which everyone who is asking at the moment hears, and the one that asked takes.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::bus::Bus;
use crate::contract::{Contract, Fingerprint};
use crate::envelope::{Envelope, MessageId};
use crate::error::{Error, ErrorKind, Result};
use crate::payload;
use crate::transport::{Address, ConsumeOptions, Consumer, Group, Settlement, Source};

/// The reserved service whose events are these queries and answers.
pub(crate) const SERVICE: &str = "lessmq";
/// The event that concerns every process. Names of services are in lower case, so none is called this.
pub(crate) const EVERYONE: &str = "EVERYONE";
/// The event that carries answers.
const ANSWERS: &str = "ANSWERS";
/// How often an unanswered query is repeated: its addressee may only just be starting.
const REPEAT: Duration = Duration::from_millis(250);

/// One process on the bus.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Instance {
    /// Unique to the process.
    pub id: String,
    /// What the process calls itself.
    pub name: String,
    /// What it provides.
    pub provides: Vec<Provision>,
    /// What it was built against, of others.
    pub requires: Vec<Provision>,
}

/// One version of one service's contract.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Provision {
    /// The service.
    pub service: String,
    /// The contract's version.
    pub version: semver::Version,
    /// The contract's fingerprint.
    pub fingerprint: Fingerprint,
}

impl Provision {
    pub(crate) fn of(contract: &Contract) -> Self {
        let id = contract.id();
        Self { service: id.service, version: id.version, fingerprint: id.fingerprint }
    }
}

/// What is asked on the bus.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "kebab-case")]
pub(crate) enum Query {
    /// The contract that a provider serves; only from providers of `fingerprint`, where one is given.
    Describe {
        answer_to: String,
        service: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fingerprint: Option<Fingerprint>,
    },
    /// Who is there.
    Instances { answer_to: String },
    /// The caller has left: drop the handler of this message.
    Cancel { message: String },
}

/// What is answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) to: String,
    pub(crate) instance: Instance,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) contract: Option<Contract>,
}

/// A live provider's contract.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Description {
    /// Who answered.
    pub instance: Instance,
    /// What it serves.
    pub contract: Contract,
}

impl Bus {
    /// Asks a live provider of `service` for its contract, again and again for as long as `patience`.
    ///
    /// # Errors
    /// `Unavailable` when nobody has answered; otherwise as [`Transport::publish`](crate::transport::Transport).
    pub async fn describe(&self, service: &str, patience: Duration) -> Result<Description> {
        self.describe_exact(service, None, patience).await
    }

    /// Asks those live providers of a service that serve exactly this contract, which
    /// [`instances`](Self::instances) has told of.
    ///
    /// # Errors
    /// As [`describe`](Self::describe).
    pub async fn describe_provision(&self, provision: &Provision, patience: Duration) -> Result<Description> {
        self.describe_exact(&provision.service, Some(provision.fingerprint.clone()), patience).await
    }

    pub(crate) async fn describe_exact(
        &self,
        service: &str,
        fingerprint: Option<Fingerprint>,
        patience: Duration,
    ) -> Result<Description> {
        let answered = tokio::time::timeout(patience, self.ask(service, fingerprint)).await;
        answered.unwrap_or_else(|_| {
            let asked = format!("asked for {} ms", patience.as_millis());
            Err(Error::new(
                ErrorKind::Unavailable,
                format!("nobody provides `{service}` on this bus ({asked})"),
            )
            .with_hint("is it running, on the same broker and in the same LESSMQ_NAMESPACE?"))
        })
    }

    /// Asks until there is an answer.
    async fn ask(&self, service: &str, fingerprint: Option<Fingerprint>) -> Result<Description> {
        let mut questioner = Questioner::new(self).await?;
        let query =
            Query::Describe { answer_to: questioner.id.clone(), service: service.to_owned(), fingerprint };
        loop {
            send(self, service, &query).await?;
            let until = in_future(REPEAT);
            while let Some(answer) = questioner.next(until).await? {
                let Some(contract) = answer.contract else { continue };
                if contract.service == service {
                    return Ok(Description { instance: answer.instance, contract });
                }
            }
        }
    }

    /// Everyone on the bus who answers within `patience`, by name and id.
    ///
    /// # Errors
    /// As [`Transport::publish`](crate::transport::Transport).
    pub async fn instances(&self, patience: Duration) -> Result<Vec<Instance>> {
        let mut questioner = Questioner::new(self).await?;
        let until = in_future(patience);
        send(self, EVERYONE, &Query::Instances { answer_to: questioner.id.clone() }).await?;
        let mut instances: Vec<Instance> = Vec::new();
        while let Some(answer) = questioner.next(until).await? {
            if !instances.iter().any(|known| known.id == answer.instance.id) {
                instances.push(answer.instance);
            }
        }
        instances.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        Ok(instances)
    }
}

/// So long from now, or as far away as a clock can tell.
pub(crate) fn in_future(duration: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    let now = Instant::now();
    now.checked_add(duration).unwrap_or_else(|| now + YEAR)
}

/// Someone who waits for answers.
struct Questioner {
    id: String,
    answers: Consumer,
}

impl Questioner {
    async fn new(bus: &Bus) -> Result<Self> {
        let answers = listen(bus, &[ANSWERS]).await?;
        Ok(Self { id: MessageId::new().to_string(), answers })
    }

    /// The next answer to this questioner; `None` once `until` has come.
    async fn next(&mut self, until: Instant) -> Result<Option<Answer>> {
        loop {
            let Ok(delivery) = tokio::time::timeout_at(until, self.answers.next()).await else {
                return Ok(None);
            };
            let Some(delivery) = delivery else {
                return Err(Error::new(ErrorKind::Closed, "the bus was closed while waiting for an answer"));
            };
            let delivery = delivery?;
            let answer = payload::decode::<Answer>(&delivery.envelope.data);
            delivery.settle(Settlement::Acknowledge).await?;
            match answer {
                Ok(answer) if answer.to == self.id => return Ok(Some(answer)),
                Ok(_) => {}
                Err(error) => tracing::warn!(
                    "an answer on the bus cannot be read; is a newer LessMQ among its processes? {error:#}"
                ),
            }
        }
    }
}

/// Listens to events of the reserved service.
pub(crate) async fn listen(bus: &Bus, events: &[&str]) -> Result<Consumer> {
    let source = Source::Events {
        service: SERVICE.into(),
        events: events.iter().map(|event| (*event).into()).collect(),
        group: Group::Broadcast,
    };
    bus.transport().consume(&source, ConsumeOptions { prefetch: 64, ordered: false }).await
}

/// Publishes a query to those whom `event` concerns.
pub(crate) async fn send(bus: &Bus, event: &str, query: &Query) -> Result<()> {
    publish(bus, event, query).await
}

/// Publishes an answer to whoever asked.
pub(crate) async fn answer(bus: &Bus, answer: &Answer) -> Result<()> {
    publish(bus, ANSWERS, answer).await
}

async fn publish(bus: &Bus, event: &str, body: &impl Serialize) -> Result<()> {
    let address = Address::Event { service: SERVICE.into(), event: event.into() };
    let envelope = Envelope::new(bus.source().clone(), format!("{SERVICE}.{event}"), payload::encode(body)?);
    bus.transport().publish(&address, Arc::new(envelope)).await
}
