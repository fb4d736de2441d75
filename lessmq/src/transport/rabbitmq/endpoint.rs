//! The broker's address.

use std::fmt;
use std::fs;
use std::time::Duration;

use lapin::tcp::{OwnedIdentity, OwnedTLSConfig};
use lapin::uri::{AMQPScheme, AMQPUri};
use url::{Host, Url};

use crate::error::{Error, ErrorKind, Result};

/// The size limit of a frame, in bytes: RabbitMQ's own default. Without a limit in the address, lapin enlarges its buffers
/// after the handshake and fills them with zeros, so that each connection uses 8 MiB before the first message.
const FRAME_MAX: u32 = 131_072;

/// Seconds without a heartbeat after which a connection counts as broken. RabbitMQ proposes 60.
const HEARTBEAT: u16 = 15;

const DEFAULT_CONNECTION_TIMEOUT: Duration = Duration::from_secs(10);

/// A parsed address, with the files for TLS. `Display` shows the host and the port, never the password.
#[derive(Clone)]
pub(super) struct Endpoint {
    pub(super) uri: AMQPUri,
    pub(super) tls: OwnedTLSConfig,
    pub(super) connection_timeout: Duration,
}

impl Endpoint {
    /// Parses `amqp[s]://user:password@host:port/vhost?parameters` by the
    /// [AMQP URI specification](https://www.rabbitmq.com/docs/uri-spec). The host is `localhost` by default, the user
    /// and the password `guest`, and the virtual host `/`.
    pub(super) fn parse(url: &Url) -> Result<Self> {
        if !url.has_authority() {
            return Err(address_error("`//` is missing"));
        }
        if url.fragment().is_some() {
            return Err(address_error("it contains `#`"));
        }
        let mut uri: AMQPUri = url.as_str().parse().map_err(address_error)?;
        // lapin's parser does not support IPv6 addresses, and would connect to `localhost` instead.
        match url.host() {
            Some(Host::Ipv6(address)) => uri.authority.host = address.to_string(),
            Some(Host::Domain("")) | None => "localhost".clone_into(&mut uri.authority.host),
            _ => {}
        }
        check_parameters(url)?;
        uri.query.heartbeat.get_or_insert(HEARTBEAT);
        uri.query.frame_max.get_or_insert(FRAME_MAX);
        let timeout = uri.query.connection_timeout.map(Duration::from_millis);
        let connection_timeout = timeout.unwrap_or(DEFAULT_CONNECTION_TIMEOUT);
        Ok(Self { tls: tls(url, &uri)?, uri, connection_timeout })
    }

    pub(super) fn user(&self) -> &str {
        &self.uri.authority.userinfo.username
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let authority = &self.uri.authority;
        if authority.host.contains(':') {
            write!(f, "[{}]:{}", authority.host, authority.port)
        } else {
            write!(f, "{}:{}", authority.host, authority.port)
        }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secure = self.uri.scheme == AMQPScheme::AMQPS;
        f.debug_struct("Endpoint")
            .field("address", &format_args!("{self}"))
            .field("vhost", &self.uri.vhost)
            .field("tls", &secure)
            .finish_non_exhaustive()
    }
}

const PARAMETERS: [&str; 8] = [
    "heartbeat",
    "channel_max",
    "frame_max",
    "connection_timeout",
    "auth_mechanism",
    "cacertfile",
    "certfile",
    "keyfile",
];

fn check_parameters(url: &Url) -> Result<()> {
    match url.query_pairs().find(|(name, _)| !PARAMETERS.contains(&&**name)) {
        None => Ok(()),
        Some((name, _)) => Err(address_error(format!("unknown parameter `{}`", name.escape_debug()))
            .with_hint(format!("use one of the parameters {}", PARAMETERS.join(", ")))),
    }
}

fn tls(url: &Url, uri: &AMQPUri) -> Result<OwnedTLSConfig> {
    if uri.scheme == AMQPScheme::AMQPS && !cfg!(feature = "tls") {
        let context = "this build has no TLS, which `amqps:` addresses need";
        return Err(Error::new(ErrorKind::Config, context).with_hint("build lessmq with its feature `tls`"));
    }
    let parameter =
        |wanted: &str| url.query_pairs().find(|(name, _)| name == wanted).map(|(_, path)| path.into_owned());
    let files = (parameter("cacertfile"), parameter("certfile"), parameter("keyfile"));
    if uri.scheme == AMQPScheme::AMQP && files != (None, None, None) {
        return Err(address_error("certificates require TLS").with_hint("write amqps://"));
    }
    let (authorities, certificate, key) = files;
    let cert_chain = authorities.map(|path| read("cacertfile", &path)).transpose()?;
    let identity = match (certificate, key) {
        (None, None) => None,
        (Some(certificate), Some(key)) => Some(OwnedIdentity::PKCS8 {
            pem: read("certfile", &certificate)?.into_bytes(),
            key: read("keyfile", &key)?.into_bytes(),
        }),
        _ => return Err(address_error("`certfile` and `keyfile` must be used together")),
    };
    Ok(OwnedTLSConfig { identity, cert_chain })
}

fn read(parameter: &str, path: &str) -> Result<String> {
    fs::read_to_string(path).map_err(|error| {
        Error::new(
            ErrorKind::Config,
            format!("cannot read `{path}`, the `{parameter}` of the broker address"),
        )
        .with_source(error)
    })
}

/// The error of an invalid address. It does not contain the address, which may contain a password.
fn address_error(why: impl Into<String>) -> Error {
    Error::new(ErrorKind::Config, "invalid broker address")
        .with_source(why.into())
        .with_hint("write amqp://user:password@host:5672/vhost; in the virtual host, / is written %2f")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "an error fails the test")]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Endpoint> {
        Endpoint::parse(&Url::parse(url).unwrap())
    }

    #[test]
    fn an_address_names_host_port_and_virtual_host() {
        for (url, shown, vhost) in [
            ("amqp://localhost", "localhost:5672", "/"),
            ("amqp://user:secret@rabbit:5699/%2f", "rabbit:5699", "/"),
            #[cfg(feature = "tls")]
            ("amqps://rabbit/shop", "rabbit:5671", "shop"),
            ("amqp://[::1]:7/", "[::1]:7", ""),
            ("amqp://127.0.0.1", "127.0.0.1:5672", "/"),
            ("amqp:///shop", "localhost:5672", "shop"),
        ] {
            let endpoint = parse(url).unwrap();
            assert_eq!((endpoint.to_string().as_str(), endpoint.uri.vhost.as_str()), (shown, vhost), "{url}");
        }
    }

    #[test]
    fn a_malformed_address_is_a_configuration_error_without_the_password() {
        for url in [
            "amqp:localhost",
            "amqp:/localhost",
            "amqp://u:secret@h/#shop",
            "amqp://u:secret@h/?heartbeat=often",
            "amqp://u:secret@h/?hearbeat=1",
            "amqp://u:secret@h/?cacertfile=/x",
            "amqps://u:secret@h/?cacertfile=/no/such/file",
            "amqps://u:secret@h/?certfile=/x",
            "amqp://u:%ff@h/",
        ] {
            let error = parse(url).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{url}");
            assert!(!format!("{error:?} {error:#}").contains("secret"), "{error:?}");
        }
    }

    #[cfg(not(feature = "tls"))]
    #[test]
    fn an_encrypted_address_without_tls_names_the_feature() {
        let error = parse("amqps://rabbit").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.hint().unwrap().contains("`tls`"), "{error:#}");
    }

    #[test]
    fn debug_hides_the_password() {
        let endpoint = parse("amqp://user:secret@rabbit").unwrap();
        assert!(!format!("{endpoint:?} {endpoint}").contains("secret"));
    }
}
