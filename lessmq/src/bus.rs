//! The connection that applications use. Clones are cheap.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use tokio::sync::OnceCell;
use tokio::task::AbortHandle;

use crate::contract::Fingerprint;
use crate::control::Control;
use crate::dead_letters::DeadLetters;
use crate::discovery::{self, Description, Instance, Provision, Refusal};
use crate::envelope::Text;
use crate::error::{Error, ErrorKind, Result};
use crate::name::ExternalName;
use crate::refusals::Refusals;
use crate::transport::{self, Capabilities, ConnectOptions, ConnectionStatus, Outgoing, Source, Transport};

/// How long a call waits for its reply by default.
pub const DEFAULT_CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection to a broker. Clients send messages on it, and an [`App`](crate::App) serves on it. Clones share the
/// connection.
#[derive(Clone)]
pub struct Bus(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    transport: Arc<dyn Transport>,
    source: Text,
    call_timeout: Duration,
    external: HashMap<String, External>,
    contract_policy: ContractPolicy,
    refusals: Refusals,
    consumers: Arc<AtomicUsize>,
    control: Arc<OnceCell<ControlTask>>,
}

/// The control subscription of this process, and the task that serves it, if the bus has opened it.
struct ControlTask {
    control: Arc<Control>,
    task: Option<AbortHandle>,
}

/// The health of a process on a bus.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Health {
    /// Whether the broker is reachable.
    pub connected: bool,
    /// Since when it is reachable or not, by this machine's clock.
    pub since: SystemTime,
    /// Why it is not, as far as it is known.
    pub reason: Option<String>,
    /// How many consumers this process runs: at least one for each service that it serves or subscribes to.
    pub consumers: usize,
    /// The methods that its clients refuse to call. Other methods work, so they do not make the process unready.
    pub refusals: Vec<Refusal>,
}

impl Health {
    /// Whether messages can be sent and received now.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.connected
    }
}

/// What follows when a live provider's contract is incompatible with the one that a client was built against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ContractPolicy {
    /// A process that requires the provider does not start. Calls of the methods that are incompatible fail; the other
    /// methods work.
    #[default]
    Enforce,
    /// It is logged as a warning, once for each contract. What does not fit fails where it is decoded, if at all.
    Warn,
}

impl FromStr for ContractPolicy {
    type Err = Error;

    /// Parses `enforce` or `warn`.
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "enforce" => Ok(Self::Enforce),
            "warn" => Ok(Self::Warn),
            other => {
                let context = format!("invalid contract policy `{}`", other.escape_debug());
                Err(Error::new(ErrorKind::Config, context).with_hint("write enforce or warn"))
            }
        }
    }
}

/// A queue or a topic that LessMQ did not create, for [`Bus::bind`]. How its name is written depends on the driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum External {
    /// A queue. All its consumers share its messages, whatever their consumer group.
    Queue(ExternalName),
    /// A topic, in RabbitMQ an exchange and a routing key. To consume it, LessMQ creates a subscription.
    Topic(ExternalName),
}

impl External {
    /// A queue, by name.
    ///
    /// # Errors
    /// `Config` for an invalid name.
    pub fn queue(name: &str) -> Result<Self> {
        ExternalName::parse("queue", name).map(Self::Queue)
    }

    /// A topic, by name.
    ///
    /// # Errors
    /// `Config` for an invalid name.
    pub fn topic(name: &str) -> Result<Self> {
        ExternalName::parse("topic", name).map(Self::Topic)
    }
}

impl Bus {
    /// A bus over any transport, such as your own.
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        Self(Arc::new(Inner {
            transport,
            source: Text::interned(&ConnectOptions::default().client_name),
            call_timeout: DEFAULT_CALL_TIMEOUT,
            external: HashMap::new(),
            contract_policy: ContractPolicy::default(),
            refusals: Refusals::default(),
            consumers: Arc::default(),
            control: Arc::default(),
        }))
    }

    /// A bus within this process, without a broker and without durable storage. Each call creates a new bus.
    #[cfg(feature = "memory")]
    #[must_use]
    pub fn memory() -> Self {
        Self::new(Arc::new(transport::memory::Memory::new()))
    }

    /// Connects to the broker at `url` in the default namespace; see [`transport::connect`].
    ///
    /// # Errors
    /// As [`transport::connect`].
    pub async fn connect(url: &str) -> Result<Self> {
        Ok(Self::new(transport::connect(url, ConnectOptions::default()).await?))
    }

    /// The same bus, with `source` as the sender of messages: CloudEvents `source`, a service's name. The default is
    /// the name of the program.
    #[must_use]
    pub fn named(&self, source: &str) -> Self {
        self.changed(|inner| inner.source = Text::interned(source))
    }

    /// The same bus with another default for how long a call waits for its reply. A call within a handler never waits
    /// longer than the caller of that handler.
    #[must_use]
    pub fn with_call_timeout(&self, timeout: Duration) -> Self {
        self.changed(|inner| inner.call_timeout = timeout)
    }

    /// The same bus, on which incompatible contracts are handled by this policy.
    #[must_use]
    pub fn with_contract_policy(&self, policy: ContractPolicy) -> Self {
        self.changed(|inner| inner.contract_policy = policy)
    }

    /// The same bus, on which the command or event `method` (`{service}.{method}`) is sent and received over an
    /// external queue or topic, as a plain JSON payload. CloudEvents attributes, metadata and partition keys are
    /// neither sent nor expected. Calls cannot be bound.
    #[must_use]
    pub fn bind(&self, method: &str, external: External) -> Self {
        self.changed(|inner| {
            inner.external.insert(method.to_owned(), external);
        })
    }

    fn changed(&self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Inner::clone(&self.0);
        change(&mut inner);
        Self(Arc::new(inner))
    }

    /// Sends a message that was made with [`Publish::into_outgoing`](crate::Publish::into_outgoing). `Ok` means that
    /// the broker has stored it.
    ///
    /// # Errors
    /// As [`Publish`](crate::Publish).
    pub async fn send(&self, message: Outgoing) -> Result<()> {
        self.0.transport.publish_one(message).await
    }

    /// Sends many messages in as few requests as the broker allows, and returns a result for each, in the same order.
    /// If one message fails, the others are still stored, except later ones of the same ordered interface and partition
    /// key.
    ///
    /// # Errors
    /// For each message, as [`Publish`](crate::Publish).
    pub async fn send_all(&self, messages: impl IntoIterator<Item = Outgoing>) -> Vec<Result<()>> {
        self.0.transport.publish(messages.into_iter().collect()).await
    }

    /// The dead letters of a source: of a service's commands, or of a consumer group. [`Source`] can be parsed from text.
    #[must_use]
    pub fn dead_letters(&self, source: impl Into<Source>) -> DeadLetters {
        DeadLetters::new(Arc::clone(&self.0.transport), &source.into())
    }

    /// Requests the contract of a live provider of `service`. Tries again until `timeout` has passed.
    ///
    /// # Errors
    /// `Unavailable` if no provider answered; `Decode` if this version cannot read the contract; `Connection`,
    /// `Closed`.
    pub async fn describe(&self, service: &str, timeout: Duration) -> Result<Description> {
        self.describe_exact(service, None, timeout).await
    }

    /// As [`describe`](Self::describe), but requests exactly the contract that [`instances`](Self::instances) has
    /// listed.
    ///
    /// # Errors
    /// As [`describe`](Self::describe).
    pub async fn describe_provision(&self, provision: &Provision, timeout: Duration) -> Result<Description> {
        self.describe_exact(&provision.service, Some(provision.fingerprint.clone()), timeout).await
    }

    pub(crate) async fn describe_exact(
        &self,
        service: &str,
        fingerprint: Option<Fingerprint>,
        timeout: Duration,
    ) -> Result<Description> {
        discovery::describe(self.transport().as_ref(), self.source(), service, fingerprint, timeout).await
    }

    /// Lists every process on the bus that answers within `timeout`, sorted by name and id.
    ///
    /// # Errors
    /// `Connection`, `Closed`.
    pub async fn instances(&self, timeout: Duration) -> Result<Vec<Instance>> {
        let control = &self.0.control.get_or_try_init(|| self.open_control()).await?.control;
        if control.has_ended() {
            // It belonged to an app that has stopped.
            return self.open_control().await?.control.instances(timeout).await;
        }
        control.instances(timeout).await
    }

    async fn open_control(&self) -> Result<ControlTask> {
        let (control, consumer) = Control::open(self.transport(), self.source(), &[]).await?;
        let task = tokio::spawn(Arc::clone(&control).run(consumer)).abort_handle();
        Ok(ControlTask { control, task: Some(task) })
    }

    /// Uses the control subscription of an app for this bus, unless it already has one.
    pub(crate) fn adopt_control(&self, control: Arc<Control>) {
        // A subscription that was opened before is still used for requests.
        let _ = self.0.control.set(ControlTask { control, task: None });
    }

    /// The health of this process on the bus: whether the broker is reachable, how many consumers run, and which contracts
    /// do not fit. It asks no one, so it is cheap enough for a readiness probe.
    #[must_use]
    pub fn health(&self) -> Health {
        let ConnectionStatus { connected, since, reason, .. } = self.0.transport.connection_status();
        let consumers = self.0.consumers.load(Ordering::Relaxed);
        Health { connected, since, reason, consumers, refusals: self.0.refusals.list() }
    }

    /// Counts a consumer, until the guard is dropped.
    pub(crate) fn count_consumer(&self) -> CountedConsumer {
        self.0.consumers.fetch_add(1, Ordering::Relaxed);
        CountedConsumer(Arc::clone(&self.0.consumers))
    }

    /// What the driver can do.
    #[must_use]
    pub fn capabilities(&self) -> &Capabilities {
        self.0.transport.capabilities()
    }

    /// The driver itself.
    #[must_use]
    pub fn transport(&self) -> &Arc<dyn Transport> {
        &self.0.transport
    }

    /// Closes the connection for all clones of this bus. Unsettled messages go back to the broker. Calls in progress
    /// fail with `Closed`.
    ///
    /// # Errors
    /// `Connection` if the connection broke before the broker confirmed that it is closed.
    pub async fn close(&self) -> Result<()> {
        self.0.transport.close().await
    }

    pub(crate) fn source(&self) -> &Text {
        &self.0.source
    }

    pub(crate) fn call_timeout(&self) -> Duration {
        self.0.call_timeout
    }

    pub(crate) fn contract_policy(&self) -> ContractPolicy {
        self.0.contract_policy
    }

    pub(crate) fn refusals(&self) -> &Refusals {
        &self.0.refusals
    }

    pub(crate) fn external(&self, method: &str) -> Option<&External> {
        self.0.external.get(method)
    }
}

impl fmt::Debug for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bus")
            .field("transport", &self.0.transport)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

/// A consumer that runs, until this is dropped.
pub(crate) struct CountedConsumer(Arc<AtomicUsize>);

impl Drop for CountedConsumer {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for ControlTask {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}
