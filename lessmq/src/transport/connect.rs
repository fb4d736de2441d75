//! From an address to a transport.

use std::sync::Arc;

use url::Url;

use super::{ConnectOptions, Transport};
use crate::error::{Error, ErrorKind, Result};

/// Targets of log records that `#[lessmq::main]` switches off: libraries of drivers that log on their own what the
/// driver reports, or that would log payloads.
pub(crate) const QUIET_LOG_TARGETS: &[&str] = &[
    #[cfg(feature = "rabbitmq")]
    "lapin",
];

/// Connects to the broker at `url`: `memory:` (a new bus in this process), `amqp://user:password@host:port/vhost` or
/// `amqps://…` (RabbitMQ).
///
/// While the broker is unreachable, the call waits, tries again with backoff, and logs that once.
///
/// # Errors
/// `Config` for an invalid address, an unknown scheme, or a driver that is not part of this build; `Connection` when
/// the broker rejects the credentials.
pub async fn connect(url: &str, options: ConnectOptions) -> Result<Arc<dyn Transport>> {
    // The address is not repeated in errors: it may hold a password.
    let url = Url::parse(url).map_err(|error| {
        Error::new(ErrorKind::Config, "invalid broker address").with_source(error).with_hint(FORMS)
    })?;
    match url.scheme() {
        #[cfg(feature = "memory")]
        "memory" if !url.path().is_empty() || url.has_host() => {
            Err(Error::new(ErrorKind::Config, "`memory:` takes nothing after the colon"))
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
