//! Connecting to a bus as an observer.

use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;
use std::net::{TcpStream, ToSocketAddrs};
use std::pin::pin;
use std::time::Duration;

use lessmq::Bus;
use lessmq::contract::Contract;
use lessmq::discovery::Provision;
use lessmq::transport::{self, ConnectOptions};
use url::Url;

use crate::report::{Error, Reporter, Result};

/// How to connect to the bus.
#[derive(Debug, clap::Args)]
pub(crate) struct Connection {
    /// The namespace of the bus
    #[arg(long, env = "LESSMQ_NAMESPACE", default_value = "lessmq")]
    namespace: String,
    /// How long to wait for a connection to the broker, in milliseconds
    #[arg(long, value_name = "MS", default_value = "5000")]
    timeout: u64,
}

impl Connection {
    /// How long to wait for a connection to the broker.
    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout)
    }

    /// The broker at `url`. `reporter` receives a note if connecting takes long.
    pub(crate) fn broker<'a>(&'a self, url: &'a str, reporter: &'a dyn Reporter) -> Broker<'a> {
        Broker { url, connection: self, reporter }
    }
}

/// How to query all processes on a bus.
#[derive(Debug, clap::Args)]
pub(crate) struct BusAccess {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// How long to wait for the processes on a bus to answer, in milliseconds
    #[arg(long = "wait", value_name = "MS", default_value = "1000")]
    pub(crate) wait_ms: u64,
}

impl BusAccess {
    /// How long to wait for answers.
    pub(crate) fn wait(&self) -> Duration {
        Duration::from_millis(self.wait_ms)
    }
}

/// How long a connected broker may be silent, at least.
const MIN_SILENCE: Duration = Duration::from_secs(5);
/// How long closing the connection may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// How long the test for an open port may take.
const PROBE_TIMEOUT: Duration = Duration::from_secs(1);

/// How long connecting takes before that is reported.
const SILENT_WAIT: Duration = Duration::from_secs(1);

const URL_HINT: &str = "write amqp://user:password@host:5672/vhost";

/// The address of the bus at `url` without user and password, for reports.
pub(crate) fn origin(url: &str) -> Result<String> {
    Ok(Address::parse(url)?.to_string())
}

/// A broker to connect to.
#[derive(Clone, Copy)]
pub(crate) struct Broker<'a> {
    pub(crate) url: &'a str,
    pub(crate) connection: &'a Connection,
    /// Receives a note if connecting takes long.
    pub(crate) reporter: &'a dyn Reporter,
}

/// Connects to a broker, runs `work`, and closes the connection.
///
/// `wait` is the time that the work itself may take. A broker that stops answering is an error.
pub(crate) fn on_bus<T, E, F>(broker: Broker<'_>, wait: Duration, work: impl FnOnce(Bus) -> F) -> Result<T>
where
    F: Future<Output = std::result::Result<T, E>>,
    Error: From<E>,
{
    let Broker { url, connection, .. } = broker;
    let address = Address::parse(url)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::new("cannot start the runtime").because(error))?;
    let namespace = lessmq::name::Name::parse("namespace", &connection.namespace)?;
    let timeout = connection.timeout();
    runtime.block_on(async {
        let mut options = ConnectOptions::default();
        options.namespace = namespace;
        // The library retries for ever, because a service must outlive its broker. A command must not.
        let connecting = tokio::time::timeout(timeout, transport::connect(url, options));
        let transport = broker
            .report_waiting(connecting, &address)
            .await
            .map_err(|_| address.unreachable(connection.timeout))?
            .map_err(|error| address.refused(error))?;
        let bus = Bus::new(transport);
        let outcome =
            tokio::time::timeout(wait.saturating_add(timeout.max(MIN_SILENCE)), work(bus.clone())).await;
        let answer = outcome.map_err(|_| address.silent())??;
        // The answer counts even if the broker does not close the connection in time.
        let _ = tokio::time::timeout(CLOSE_TIMEOUT, bus.close()).await;
        Ok(answer)
    })
}

impl Broker<'_> {
    /// Waits until `connecting` ends, and reports if that takes long.
    async fn report_waiting<F: Future>(&self, connecting: F, address: &Address) -> F::Output {
        let mut connecting = pin!(connecting);
        if let Ok(connected) = tokio::time::timeout(SILENT_WAIT, connecting.as_mut()).await {
            return connected;
        }
        self.reporter.note(&format!(
            "waiting up to {} ms for a connection to the broker at {address}",
            self.connection.timeout
        ));
        connecting.await
    }
}

/// The contracts of the live services that are `wanted`, by service. A service has several if processes provide different
/// parts or versions of it. Waits for all of `wait`.
pub(crate) async fn contracts(
    bus: &Bus,
    wait: Duration,
    wanted: impl Fn(&str) -> bool,
) -> lessmq::Result<Vec<Contract>> {
    let instances = bus.instances(wait).await?;
    let provided = instances.into_iter().flat_map(|instance| instance.provides);
    let provided: BTreeSet<Provision> = provided.filter(|provision| wanted(&provision.service)).collect();
    let mut contracts = Vec::new();
    for provision in provided {
        match bus.describe_provision(&provision, wait).await {
            Ok(description) => contracts.push(description.contract),
            // It has stopped since it answered.
            Err(error) if error.kind() == lessmq::ErrorKind::Unavailable => {}
            Err(error) => return Err(error),
        }
    }
    Ok(contracts)
}

/// The address of a broker, without user and password.
struct Address {
    scheme: String,
    host: String,
    port: u16,
}

impl Address {
    /// Parses `url`. Errors do not quote it, because it may contain a password.
    fn parse(url: &str) -> Result<Self> {
        let url = Url::parse(url)
            .map_err(|error| Error::new("the broker's address is not a URL").because(error).hint(URL_HINT))?;
        if url.scheme() == "memory" {
            return Err(Error::new(
                "`memory:` is a bus inside one process, so no other process can connect to it",
            )
            .hint(format!("give the address of the broker that the services share: {URL_HINT}")));
        }
        let default = if url.scheme() == "amqps" { 5671 } else { 5672 };
        Ok(Self {
            scheme: url.scheme().to_owned(),
            host: url.host_str().unwrap_or("localhost").to_owned(),
            port: url.port().unwrap_or(default),
        })
    }

    fn unreachable(&self, timeout: u64) -> Error {
        let error = Error::new(format!("cannot connect to the broker at {self} within {timeout} ms"));
        let error = match self.probe() {
            Err(cause) => error.because(cause),
            Ok(()) => error.because("the port is open, but the server does not complete an AMQP handshake"),
        };
        error.hint("check that the broker is running and reachable from here; --timeout MS waits longer")
    }

    fn silent(&self) -> Error {
        Error::new(format!("the broker at {self} stopped answering"))
            .hint("check its log: it may be overloaded, or out of memory or disk space")
    }

    /// The library's error. Its hint suggests `memory:`, which does not work here.
    fn refused(&self, error: lessmq::Error) -> Error {
        let error = Error::from(error);
        if self.scheme.starts_with("amqp") { error } else { error.hint(URL_HINT) }
    }

    /// Tries to open a TCP connection.
    fn probe(&self) -> std::io::Result<()> {
        let host = self.host.trim_matches(['[', ']']);
        let mut last = std::io::Error::other(format!("host name `{host}` has no address"));
        for address in (host, self.port).to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, PROBE_TIMEOUT) {
                Ok(_) => return Ok(()),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scheme, host, port } = self;
        write!(f, "{scheme}://{host}:{port}")
    }
}
