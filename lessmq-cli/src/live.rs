//! The bus, as somebody who looks on sees it.

use std::future::Future;
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use lessmq::Bus;
use lessmq::transport::{self, ConnectOptions};
use url::Url;

use crate::error::{Error, Result};

/// How to get onto the bus.
#[derive(Debug, clap::Args)]
pub(crate) struct Connection {
    /// The namespace of the bus
    #[arg(long, env = "LESSMQ_NAMESPACE", default_value = "lessmq")]
    namespace: String,
    /// How long to try to reach the broker, in milliseconds
    #[arg(long, value_name = "MS", default_value = "5000")]
    timeout: u64,
}

/// How long a broker that let us in may be silent, at least.
const SILENCE: Duration = Duration::from_secs(5);
/// How long the broker may take to say goodbye.
const FAREWELL: Duration = Duration::from_secs(1);

const FORMS: &str = "write amqp://user:password@host:5672/vhost";

/// What people call the bus at `url`: its address without user and password.
pub(crate) fn origin(url: &str) -> Result<String> {
    let Address { scheme, host, port } = Address::parse(url)?;
    Ok(format!("{scheme}://{host}:{port}"))
}

/// Connects to the broker at `url`, does `work`, and hangs up.
///
/// The work may take `wait` by itself; a broker that falls silent meanwhile is given up too.
pub(crate) fn on_bus<T, F>(
    url: &str,
    connection: &Connection,
    wait: Duration,
    work: impl FnOnce(Bus) -> F,
) -> Result<T>
where
    F: Future<Output = lessmq::Result<T>>,
{
    let address = Address::parse(url)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::new("cannot start").because(error))?;
    let namespace = lessmq::name::Name::parse("namespace", &connection.namespace)?;
    let patience = Duration::from_millis(connection.timeout);
    runtime.block_on(async {
        let mut options = ConnectOptions::default();
        options.namespace = namespace;
        // The library tries for ever: a service must outlive its broker. We must not.
        let connected = tokio::time::timeout(patience, transport::connect(url, options)).await;
        let transport = connected
            .map_err(|_| address.unreachable(connection.timeout))?
            .map_err(|error| address.refused(error))?;
        let bus = Bus::new(transport);
        let outcome = tokio::time::timeout(wait + patience.max(SILENCE), work(bus.clone())).await;
        let answer = outcome.map_err(|_| address.silent())??;
        // An answer is an answer, even where the broker does not say goodbye.
        let _ = tokio::time::timeout(FAREWELL, bus.close()).await;
        Ok(answer)
    })
}

/// Where the broker is, without user and password.
struct Address {
    scheme: String,
    host: String,
    port: u16,
}

impl Address {
    /// The address in `url`, which is not repeated in errors: it may hold a password.
    fn parse(url: &str) -> Result<Self> {
        let url = Url::parse(url)
            .map_err(|error| Error::new("the broker's address is not a URL").because(error).hint(FORMS))?;
        if url.scheme() == "memory" {
            return Err(Error::new("`memory:` is a bus within one process: nobody else can be on it")
                .hint(format!("give the address of the broker that the services share: {FORMS}")));
        }
        let default = if url.scheme() == "amqps" { 5671 } else { 5672 };
        Ok(Self {
            scheme: url.scheme().to_owned(),
            host: url.host_str().unwrap_or("localhost").to_owned(),
            port: url.port().unwrap_or(default),
        })
    }

    fn unreachable(&self, timeout: u64) -> Error {
        let Self { scheme, host, port } = self;
        let error =
            Error::new(format!("cannot reach the broker at {scheme}://{host}:{port} within {timeout} ms"));
        let error = match self.knock() {
            Err(cause) => error.because(cause),
            Ok(()) => error.because("the port is open, and what listens there does not speak AMQP with us"),
        };
        error.hint("is it running there, and reachable from here? --timeout MS waits longer")
    }

    fn silent(&self) -> Error {
        let Self { scheme, host, port } = self;
        Error::new(format!("the broker at {scheme}://{host}:{port} has stopped answering"))
            .hint("is it overloaded, or short of memory or disk? its log tells")
    }

    /// The library's error, without the hint at `memory:`, which is of no use here.
    fn refused(&self, error: lessmq::Error) -> Error {
        let error = Error::from(error);
        if self.scheme.starts_with("amqp") { error } else { error.hint(FORMS) }
    }

    /// Whether somebody listens there.
    fn knock(&self) -> std::io::Result<()> {
        let host = self.host.trim_matches(['[', ']']);
        let mut last = std::io::Error::other("the host name has no address");
        for address in (host, self.port).to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, Duration::from_secs(1)) {
                Ok(_) => return Ok(()),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}
