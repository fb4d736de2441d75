//! From an address to a transport.

use std::sync::Arc;

use url::Url;

use super::Transport;
use crate::error::{Error, ErrorKind, Result};
use crate::name::check_name;

/// What a driver is told when it connects.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectOptions {
    /// The prefix of every name that the driver creates, so that environments and test runs share a broker without
    /// meeting. A [name](crate::name::check_name).
    pub namespace: String,
    /// What the connection calls itself towards the broker.
    pub client_name: String,
}

impl Default for ConnectOptions {
    /// The namespace `lessmq`, and the name of this program's file.
    fn default() -> Self {
        Self { namespace: "lessmq".to_owned(), client_name: program_name() }
    }
}

fn program_name() -> String {
    let program = std::env::current_exe().ok();
    let stem = program.as_deref().and_then(|path| path.file_stem());
    stem.map_or_else(|| "lessmq".to_owned(), |stem| stem.to_string_lossy().into_owned())
}

/// Connects to the broker at `url`: `memory:` (a new bus in this process), `amqp://user:password@host:port/vhost` or
/// `amqps://…` (RabbitMQ).
///
/// While the broker cannot be reached the call waits and tries again with backoff, saying so once.
///
/// # Errors
/// `Config` for an address that is none, an unknown scheme, or a driver that this build left out; `Connection` when
/// the broker refuses the credentials.
pub async fn connect(url: &str, options: ConnectOptions) -> Result<Arc<dyn Transport>> {
    check_name("namespace", &options.namespace)?;
    // The address is not repeated in errors: it may hold a password.
    let url = Url::parse(url).map_err(|error| {
        Error::new(ErrorKind::Config, "the broker's address is not a URL").with_source(error).with_hint(FORMS)
    })?;
    match url.scheme() {
        #[cfg(feature = "memory")]
        "memory" if !url.path().is_empty() || url.has_host() => {
            Err(Error::new(ErrorKind::Config, "an address `memory:` has nothing after the colon"))
        }
        #[cfg(feature = "memory")]
        "memory" => Ok(Arc::new(super::memory::Memory::new())),
        #[cfg(feature = "rabbitmq")]
        "amqp" | "amqps" => Ok(Arc::new(super::rabbitmq::RabbitMq::connect(&url, options).await?)),
        scheme => Err(unknown_scheme(scheme)),
    }
}

const FORMS: &str = "write memory: or amqp://user:password@host:5672/vhost";

fn unknown_scheme(scheme: &str) -> Error {
    let feature = match scheme {
        "memory" => Some("memory"),
        "amqp" | "amqps" => Some("rabbitmq"),
        _ => None,
    };
    let context = format!("no driver for `{scheme}:` addresses");
    match feature {
        Some(feature) => Error::new(ErrorKind::Config, context)
            .with_hint(format!("build lessmq with its feature `{feature}`")),
        None => Error::new(ErrorKind::Config, context).with_hint(FORMS),
    }
}
