//! The concrete, cheap-to-clone connection that applications hold.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::envelope::Text;
use crate::error::{Error, ErrorKind, Result};
use crate::name::check_name;
use crate::transport::{self, Capabilities, ConnectOptions, Transport};

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
    existing: HashMap<String, Existing>,
}

/// A queue or an exchange that is not LessMQ's, for [`Bus::bind`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Existing {
    /// A queue, by name: sent to through the default exchange, consumed from as it is. Everyone who consumes it
    /// shares its messages, whatever their consumer group.
    Queue(String),
    /// An exchange and a routing key: sent to as they are; consumed through a queue of our own, bound to them.
    Exchange {
        /// The exchange.
        exchange: String,
        /// The routing key to send with and to bind with.
        routing_key: String,
    },
}

impl Bus {
    /// A bus over any transport, your own for instance.
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        Self(Arc::new(Inner {
            transport,
            source: ConnectOptions::default().client_name.into(),
            call_timeout: DEFAULT_CALL_TIMEOUT,
            existing: HashMap::new(),
        }))
    }

    /// A bus within this process: no broker, nothing stored. Each call makes another one.
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

    /// The same bus, on which messages say that they come from `source`: CloudEvents `source`, a service's name.
    /// It is the program's name otherwise.
    #[must_use]
    pub fn named(&self, source: &str) -> Self {
        self.changed(|inner| inner.source = source.into())
    }

    /// The same bus, on which a call waits this long for its reply unless it says otherwise. A call within a
    /// handler never waits longer than that handler's own caller.
    #[must_use]
    pub fn with_call_timeout(&self, timeout: Duration) -> Self {
        self.changed(|inner| inner.call_timeout = timeout)
    }

    /// The same bus, on which the command or event `method` (`{service}.{method}`) travels over a queue or an
    /// exchange that exists already, as a plain JSON payload: attributes of CloudEvents are neither sent nor
    /// expected, and neither are metadata and partition keys. Calls cannot be bound.
    #[must_use]
    pub fn bind(&self, method: &str, existing: Existing) -> Self {
        self.changed(|inner| {
            inner.existing.insert(method.to_owned(), existing);
        })
    }

    fn changed(&self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Inner::clone(&self.0);
        change(&mut inner);
        Self(Arc::new(inner))
    }

    /// What the driver can do.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        self.0.transport.capabilities()
    }

    /// The driver itself, for what this library has no word for.
    #[must_use]
    pub fn transport(&self) -> &Arc<dyn Transport> {
        &self.0.transport
    }

    /// Ends the connection for all clones of this bus. What is being handled goes back to the broker; waiting calls
    /// fail with `Closed`.
    ///
    /// # Errors
    /// `Connection` when the broker could not be told.
    pub async fn close(&self) -> Result<()> {
        self.0.transport.close().await
    }

    pub(crate) fn source(&self) -> &Text {
        &self.0.source
    }

    pub(crate) fn call_timeout(&self) -> Duration {
        self.0.call_timeout
    }

    pub(crate) fn existing(&self, method: &str) -> Option<&Existing> {
        self.0.existing.get(method)
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

/// Connects as the environment says:
///
/// | variable | default | meaning |
/// | --- | --- | --- |
/// | `LESSMQ_URL` | `memory:` | the broker: `memory:`, `amqp://user:password@host:port/vhost`, `amqps://…` |
/// | `LESSMQ_NAMESPACE` | `lessmq` | prefix of every name on the broker |
/// | `LESSMQ_CALL_TIMEOUT_MS` | `10000` | how long a call waits for its reply |
///
/// # Errors
/// `Config`, naming the variable, and all of [`transport::connect`].
pub async fn connect_from_env() -> Result<Bus> {
    let url = variable("LESSMQ_URL")?.unwrap_or_else(|| {
        tracing::info!("LESSMQ_URL is not set: messages stay within this process");
        "memory:".to_owned()
    });
    let mut options = ConnectOptions::default();
    if let Some(namespace) = variable("LESSMQ_NAMESPACE")? {
        check_name("LESSMQ_NAMESPACE", &namespace)?;
        options.namespace = namespace;
    }
    let timeout = variable("LESSMQ_CALL_TIMEOUT_MS")?;
    let timeout = timeout.map(|text| milliseconds("LESSMQ_CALL_TIMEOUT_MS", &text)).transpose()?;
    let transport = transport::connect(&url, options).await;
    let transport = transport.map_err(|error| match error.kind() {
        ErrorKind::Config => error.about("LESSMQ_URL"),
        _ => error,
    });
    let bus = Bus::new(transport?);
    Ok(bus.with_call_timeout(timeout.unwrap_or(DEFAULT_CALL_TIMEOUT)))
}

/// A variable of the environment; an empty one counts as unset.
fn variable(name: &'static str) -> Result<Option<String>> {
    match std::env::var(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(Error::new(ErrorKind::Config, format!("{name} is not UTF-8 text")))
        }
    }
}

fn milliseconds(name: &str, text: &str) -> Result<Duration> {
    text.parse().ok().filter(|ms| *ms > 0).map(Duration::from_millis).ok_or_else(|| {
        Error::new(ErrorKind::Config, format!("{name} is `{}`", text.escape_debug()))
            .with_hint("write a whole number of milliseconds, such as 10000")
    })
}
