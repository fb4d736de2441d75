//! Connects to the broker at an address.

use std::sync::Arc;

use super::{ConnectOptions, Transport};
use crate::error::{BoxError, Error, ErrorKind, Result};

/// Targets of log records that `#[lessmq::main]` switches off: libraries that log what our driver already reports, or
/// that log payloads.
#[cfg(feature = "macros")]
pub(crate) const QUIET_LOG_TARGETS: &[&str] = &[
    #[cfg(feature = "rabbitmq")]
    "lapin",
];

/// Connects to the broker at `url`: `memory:` (a new bus in this process), `amqp://user:password@host:port/vhost` or
/// `amqps://…` (RabbitMQ).
///
/// While the broker is unreachable, this function tries again with backoff, and logs that once.
///
/// # Errors
/// `Config` for an invalid address, an unknown scheme, or a driver that is not part of this build; `Connection` when
/// the broker rejects the credentials.
pub async fn connect(url: &str, options: ConnectOptions) -> Result<Arc<dyn Transport>> {
    // Errors do not contain the address, because it may contain a password.
    check_authority(url)?;
    let (scheme, rest) = split_scheme(url).ok_or_else(|| address_error("it does not begin with a scheme"))?;
    match scheme.as_str() {
        #[cfg(feature = "memory")]
        "memory" if !rest.is_empty() => {
            Err(Error::new(ErrorKind::Config, "`memory:` cannot have anything after the colon: remove it"))
        }
        #[cfg(feature = "memory")]
        "memory" => Ok(Arc::new(super::memory::Memory::new())),
        #[cfg(feature = "rabbitmq")]
        "amqp" | "amqps" => {
            let url = url::Url::parse(url).map_err(address_error)?;
            Ok(Arc::new(super::rabbitmq::RabbitMq::connect(&url, options).await?))
        }
        scheme => {
            // Not every driver has use for them.
            drop((rest, options));
            Err(unknown_scheme_error(scheme))
        }
    }
}

/// The scheme in lower case, and what follows its colon. `None` if there is no scheme.
fn split_scheme(url: &str) -> Option<(String, &str)> {
    let (scheme, rest) = url.trim().split_once(':')?;
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic());
    (is_scheme && scheme.bytes().all(is_allowed)).then(|| (scheme.to_ascii_lowercase(), rest))
}

fn address_error(why: impl Into<BoxError>) -> Error {
    Error::new(ErrorKind::Config, "invalid broker address").with_source(why).with_hint(FORMS)
}

/// Rejects addresses in which a character of the password ends the password: the rest of it would be taken for the
/// host or the virtual host.
fn check_authority(url: &str) -> Result<()> {
    let authority =
        url.split_once("//").map_or("", |(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or(""));
    let problem = match url.matches('@').count() {
        _ if url.contains('#') => "it contains `#`",
        0 => return Ok(()),
        1 if authority.contains('@') => return Ok(()),
        1 => "`@` does not follow the user and the password",
        _ => "it contains `@` more than once",
    };
    Err(Error::new(ErrorKind::Config, "invalid broker address").with_source(problem).with_hint(
        "in a user and a password, write `%` as %25, `@` as %40, `#` as %23, `/` as %2f, `:` as %3a and `?` as %3f",
    ))
}

const FORMS: &str = "write memory: or amqp://user:password@host:5672/vhost";

fn unknown_scheme_error(scheme: &str) -> Error {
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "an error fails the test")]
mod tests {
    use super::*;

    #[test]
    fn a_password_with_reserved_characters_is_an_error_that_does_not_show_it() {
        for url in [
            "amqp://guest:zz@zz/z#zz@host",
            "amqp://guest:zz@zz@host",
            "amqp://guest:zz#zz@host",
            "amqp://guest:1?zz@host",
            "amqp://guest:1/zz@host",
            "amqp://guest@host/#shop",
            "amqp:guest@host",
        ] {
            let error = check_authority(url).unwrap_err();
            let text = format!("{error:#}");
            assert!(text.contains("%40") && !text.contains("zz") && !text.contains("guest"), "{text}");
        }
    }

    #[test]
    fn an_address_begins_with_a_scheme() {
        let split = |url| split_scheme(url).map(|(scheme, rest)| format!("{scheme} {rest}"));
        for (url, expected) in [
            ("memory:", Some("memory ")),
            (" Memory:\n", Some("memory ")),
            ("AMQP://host", Some("amqp //host")),
            ("localhost", None),
            ("", None),
            ("//host:5672", None),
            ("1a:b", None),
        ] {
            assert_eq!(split(url).as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn other_addresses_pass() {
        for url in ["memory:", "amqp://host", "amqp://u:p%40ss@host/%2f?heartbeat=5", "amqp:///shop"] {
            check_authority(url).unwrap();
        }
    }
}
