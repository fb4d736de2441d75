//! What the cases are written with.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::Harness;
use crate::envelope::{Envelope, MessageId, Reply, Text};
use crate::error::{Error, ErrorKind, Result};
use crate::transport::{Address, ConsumeOptions, Consumer, Delivery, Group, Settlement, Source, Transport};

/// Why a case ended early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The promise was broken; what was seen.
    Broken(String),
    /// The harness cannot do what the case needs; what that is.
    NotRun(&'static str),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Broken(format!("an error where none is allowed: {error:?}"))
    }
}

/// What one case works with.
#[allow(missing_debug_implementations, reason = "a harness need not be `Debug`")]
pub struct Context<'a> {
    pub(super) harness: &'a dyn Harness,
    /// The connection that most cases do with.
    pub(super) bus: Arc<dyn Transport>,
    sources: Sources,
}

/// What a case has had made on the broker.
type Sources = Arc<Mutex<Vec<Source>>>;

impl<'a> Context<'a> {
    pub(super) async fn new(harness: &'a dyn Harness) -> Result<Self, Failure> {
        let bus = harness.connect().await?;
        Ok(Self { harness, bus, sources: Arc::default() })
    }

    /// A service that no other case has.
    pub(super) fn service(&self) -> Service {
        Service { name: unique_name(), sources: self.sources.clone() }
    }

    /// Has the broker cleaned up after this source.
    pub(super) fn made(&self, source: &Source) {
        note(&self.sources, source);
    }

    pub(super) async fn clean_up(&self) {
        let sources = std::mem::take(&mut *self.sources.lock().unwrap_or_else(PoisonError::into_inner));
        self.harness.clean_up(&sources).await;
    }

    pub(super) async fn close(&self) -> Result<(), Failure> {
        self.within("close", self.bus.close()).await??;
        Ok(())
    }

    pub(super) async fn connect(&self) -> Result<Arc<dyn Transport>, Failure> {
        Ok(self.harness.connect().await?)
    }

    /// Waits for what must happen.
    pub(super) async fn within<T>(&self, what: &str, future: impl Future<Output = T>) -> Result<T, Failure> {
        let patience = self.harness.patience();
        let done = timeout(patience, future).await;
        done.map_err(|_| Failure::Broken(format!("{what} did not come to an end within {patience:?}")))
    }

    pub(super) async fn next(&self, consumer: &mut Consumer) -> Result<Delivery, Failure> {
        let patience = self.harness.patience();
        match timeout(patience, consumer.next()).await {
            Ok(Some(delivery)) => Ok(delivery?),
            Ok(None) => broken("the consumer ended"),
            Err(_) => broken(format!("no delivery came within {patience:?}")),
        }
    }

    /// Takes a message and acknowledges it; which one it was.
    pub(super) async fn take(&self, consumer: &mut Consumer) -> Result<u64, Failure> {
        let delivery = self.next(consumer).await?;
        let number = number(&delivery.envelope.data);
        delivery.settle(Settlement::Acknowledge).await?;
        number
    }

    /// Takes so many messages, in the order of delivery.
    pub(super) async fn take_many(&self, consumer: &mut Consumer, count: u64) -> Result<Vec<u64>, Failure> {
        let mut numbers = Vec::new();
        for _ in 0..count {
            numbers.push(self.take(consumer).await?);
        }
        Ok(numbers)
    }

    /// Takes exactly the messages of these numbers, in any order, each once, and sees that nothing follows.
    pub(super) async fn take_exactly(
        &self,
        consumer: &mut Consumer,
        numbers: impl IntoIterator<Item = u64>,
    ) -> Result<(), Failure> {
        let mut missing: BTreeSet<u64> = numbers.into_iter().collect();
        while !missing.is_empty() {
            let number = self.take(consumer).await?;
            ensure(missing.remove(&number), || {
                format!("message {number} came, while only {missing:?} were still expected")
            })?;
        }
        self.nothing_follows(consumer).await
    }

    /// Sees that nothing comes for a while.
    pub(super) async fn nothing_follows(&self, consumer: &mut Consumer) -> Result<(), Failure> {
        match timeout(self.harness.lull(), consumer.next()).await {
            Err(_) => Ok(()),
            Ok(next) => broken(format!("nothing was expected and {next:?} came")),
        }
    }

    /// A reader of what this source has given up.
    pub(super) async fn dead_letters(&self, source: &Source) -> Result<Consumer, Failure> {
        Ok(self.bus.consume(&Source::DeadLetters(Box::new(source.clone())), shared(10)).await?)
    }

    pub(super) fn soon(&self) -> Instant {
        Instant::now() + self.harness.patience()
    }
}

fn note(sources: &Sources, source: &Source) {
    sources.lock().unwrap_or_else(PoisonError::into_inner).push(source.clone());
}

/// A service of one case.
pub(super) struct Service {
    name: Text,
    sources: Sources,
}

impl Service {
    fn made(&self, source: Source) -> Source {
        note(&self.sources, &source);
        source
    }

    pub(super) fn calls(&self) -> (Address, Source) {
        let service = || self.name.clone();
        (Address::Calls { service: service() }, self.made(Source::Calls { service: service() }))
    }

    pub(super) fn commands(&self) -> (Address, Source) {
        let service = || self.name.clone();
        (Address::Commands { service: service() }, self.made(Source::Commands { service: service() }))
    }

    pub(super) fn event(&self, event: &str) -> Address {
        Address::Event { service: self.name.clone(), event: event.into() }
    }

    pub(super) fn events(&self, events: &[&str], group: &str) -> Source {
        let group = Group::Named(group.into());
        self.made(Source::Events { service: self.name.clone(), events: texts(events), group })
    }

    pub(super) fn broadcast(&self, events: &[&str]) -> Source {
        let (service, group) = (self.name.clone(), Group::Broadcast);
        self.made(Source::Events { service, events: texts(events), group })
    }
}

fn texts(names: &[&str]) -> Vec<Text> {
    names.iter().map(|name| Text::from(*name)).collect()
}

/// A [name](crate::name::check_name) that nobody else has.
pub(super) fn unique_name() -> Text {
    let id = MessageId::new().to_string().replace('-', "");
    format!("c{}", &id[id.len() - 20..]).into()
}

pub(super) fn shared(prefetch: u16) -> ConsumeOptions {
    ConsumeOptions { prefetch, ordered: false }
}

pub(super) fn ordered(prefetch: u16) -> ConsumeOptions {
    ConsumeOptions { prefetch, ordered: true }
}

/// A message that can be told from others.
pub(super) fn message(number: u64) -> Arc<Envelope> {
    Arc::new(Envelope::new("conformance", "conformance.case", number.to_string()))
}

/// A reply with a number.
pub(super) fn reply(number: u64) -> Reply {
    Reply::new(number.to_string())
}

/// Which [`message`] or [`reply`] has this payload.
pub(super) fn number(data: &[u8]) -> Result<u64, Failure> {
    let text = String::from_utf8_lossy(data);
    text.parse().or_else(|_| broken(format!("a payload that was never sent: {text:?}")))
}

pub(super) async fn publish(
    bus: &Arc<dyn Transport>,
    to: &Address,
    numbers: impl IntoIterator<Item = u64>,
) -> Result<(), Failure> {
    for number in numbers {
        bus.publish(to, message(number)).await?;
    }
    Ok(())
}

pub(super) fn broken<T>(seen: impl Into<String>) -> Result<T, Failure> {
    Err(Failure::Broken(seen.into()))
}

pub(super) fn ensure(holds: bool, seen: impl FnOnce() -> String) -> Result<(), Failure> {
    if holds { Ok(()) } else { broken(seen()) }
}

/// Sees that two values are the same. Envelopes are compared by [`ensure_same`].
pub(super) fn ensure_eq<T: PartialEq + std::fmt::Debug>(
    what: impl Display,
    seen: &T,
    expected: &T,
) -> Result<(), Failure> {
    ensure(seen == expected, || format!("{what} is {seen:?} and not {expected:?}"))
}

/// Sees that a message arrived as it was sent.
pub(super) fn ensure_same(seen: &Envelope, sent: &Envelope) -> Result<(), Failure> {
    let attributes = |envelope: &Envelope| -> Vec<(String, String)> {
        envelope.attributes().map(|(name, value)| (name.to_owned(), value.into_owned())).collect()
    };
    ensure_eq("the message's attributes", &attributes(seen), &attributes(sent))?;
    ensure(seen.data == sent.data, || {
        format!(
            "the payload has {} bytes and is not what was sent, {} bytes",
            seen.data.len(),
            sent.data.len()
        )
    })?;
    ensure(seen == sent, || format!("the message is {seen:?}, which is not {sent:?} field by field"))
}

/// Sees that something failed, and how.
pub(super) fn ensure_error<T>(what: &str, result: Result<T>, expected: ErrorKind) -> Result<(), Failure> {
    match result {
        Ok(_) => broken(format!("{what} succeeded, where `{expected}` was expected")),
        Err(error) if error.kind() == expected => Ok(()),
        Err(error) => broken(format!("{what} failed with {error:?}, where `{expected}` was expected")),
    }
}

/// The shortest delays that can be told from none on a busy machine.
pub(super) const BRIEFLY: Duration = Duration::from_millis(200);
