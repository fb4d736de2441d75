//! The concrete, cheap-to-clone connection that applications hold.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::task::AbortHandle;

use crate::contract::Fingerprint;
use crate::control::Control;
use crate::discovery::{self, Description, Instance, Provision};
use crate::envelope::Text;
use crate::error::Result;
use crate::name::ExternalName;
use crate::transport::{self, Capabilities, ConnectOptions, Outgoing, Transport};

/// How long a call waits for its reply unless it says otherwise.
pub const DEFAULT_CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection to a broker: what clients send on and what an [`App`](crate::App) serves on. Clones share it.
#[derive(Clone)]
pub struct Bus(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    transport: Arc<dyn Transport>,
    source: Text,
    call_timeout: Duration,
    external: HashMap<String, External>,
    control: Arc<OnceCell<ControlTask>>,
}

/// The control subscription of this process, and the task that serves it, if it is the bus's own.
struct ControlTask {
    control: Arc<Control>,
    task: Option<AbortHandle>,
}

/// A queue or a topic that LessMQ did not create, for [`Bus::bind`]. How its name is written depends on the driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum External {
    /// A queue. It is sent to and consumed from as it is. All its consumers share its messages, whatever their
    /// consumer group.
    Queue(ExternalName),
    /// A topic, in RabbitMQ an exchange and a routing key. It is sent to as it is, and consumed through a
    /// subscription of our own.
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
            source: ConnectOptions::default().client_name.into(),
            call_timeout: DEFAULT_CALL_TIMEOUT,
            external: HashMap::new(),
            control: Arc::default(),
        }))
    }

    /// A bus within this process: no broker, nothing stored. Each call creates a new one.
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
        self.changed(|inner| inner.source = source.into())
    }

    /// The same bus, on which a call waits this long for its reply unless it says otherwise. A call within a handler
    /// never waits longer than that handler's own caller.
    #[must_use]
    pub fn with_call_timeout(&self, timeout: Duration) -> Self {
        self.changed(|inner| inner.call_timeout = timeout)
    }

    /// The same bus, on which the command or event `method` (`{service}.{method}`) travels over an external queue or
    /// topic, as a plain JSON payload: attributes of CloudEvents, metadata and partition keys are neither sent nor
    /// expected. Calls cannot be bound.
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
    /// One that fails does not keep the others from being stored, except those behind it of the same ordered interface
    /// and partition key.
    ///
    /// # Errors
    /// For each message, as [`Publish`](crate::Publish).
    pub async fn send_all(&self, messages: impl IntoIterator<Item = Outgoing>) -> Vec<Result<()>> {
        self.0.transport.publish(messages.into_iter().collect()).await
    }

    /// Asks a live provider of `service` for its contract, repeatedly until `patience` is over.
    ///
    /// # Errors
    /// `Unavailable` when no one has answered; `Decode` when the answer is a contract that this version cannot read;
    /// `Connection`, `Closed`.
    pub async fn describe(&self, service: &str, patience: Duration) -> Result<Description> {
        self.describe_exact(service, None, patience).await
    }

    /// Asks those live providers of a service that provide exactly this contract, which
    /// [`instances`](Self::instances) has listed.
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
        discovery::describe(self.transport().as_ref(), self.source(), service, fingerprint, patience).await
    }

    /// Every process on the bus that answers within `patience`, by name and id.
    ///
    /// # Errors
    /// `Connection`, `Closed`.
    pub async fn instances(&self, patience: Duration) -> Result<Vec<Instance>> {
        let control = &self.0.control.get_or_try_init(|| self.open_control()).await?.control;
        if control.has_ended() {
            // It was that of an app that has stopped.
            return self.open_control().await?.control.instances(patience).await;
        }
        control.instances(patience).await
    }

    async fn open_control(&self) -> Result<ControlTask> {
        let (control, consumer) = Control::open(self.transport(), self.source(), &[]).await?;
        let task = tokio::spawn(Arc::clone(&control).run(consumer)).abort_handle();
        Ok(ControlTask { control, task: Some(task) })
    }

    /// Makes the control subscription of an app that of this bus, unless it has one already.
    pub(crate) fn adopt_control(&self, control: Arc<Control>) {
        // One that was opened before stays in use for asking.
        let _ = self.0.control.set(ControlTask { control, task: None });
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

    /// Ends the connection for all clones of this bus. Messages that are being handled go back to the broker; calls
    /// in progress fail with `Closed`.
    ///
    /// # Errors
    /// `Connection` when the connection broke before the broker confirmed.
    pub async fn close(&self) -> Result<()> {
        self.0.transport.close().await
    }

    pub(crate) fn source(&self) -> &Text {
        &self.0.source
    }

    pub(crate) fn call_timeout(&self) -> Duration {
        self.0.call_timeout
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

impl Drop for ControlTask {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}
