//! Connects with the settings in environment variables.

use std::time::Duration;

use crate::bus::{Bus, ContractPolicy, DEFAULT_CALL_TIMEOUT};
use crate::error::{Error, ErrorKind, Result};
use crate::name::Name;
use crate::transport::{self, ConnectOptions};

/// Connects with the settings in these environment variables:
///
/// | variable | default | meaning |
/// | --- | --- | --- |
/// | `LESSMQ_URL` | `memory:`, with a warning | the broker: `memory:`, `amqp://user:password@host:port/vhost`, `amqps://…` |
/// | `LESSMQ_NAMESPACE` | `lessmq` | prefix of every name on the broker |
/// | `LESSMQ_CONTRACTS` | `enforce` | what follows from an incompatible contract: `enforce` or `warn` ([`ContractPolicy`]) |
/// | `LESSMQ_CALL_TIMEOUT_MS` | `10000` | how long a call waits for its reply |
///
/// # Errors
/// `Config` with the name of an invalid variable; otherwise as [`transport::connect`].
pub async fn connect_from_env() -> Result<Bus> {
    #[cfg(feature = "macros")]
    crate::runtime::init_default_logging();
    let url = url()?;
    let mut options = ConnectOptions::default();
    if let Some(namespace) = namespace()? {
        options.namespace =
            Name::parse("namespace", &namespace).map_err(|error| error.about("LESSMQ_NAMESPACE"))?;
    }
    let timeout = variable("LESSMQ_CALL_TIMEOUT_MS")?;
    let timeout = timeout.map(|text| milliseconds("LESSMQ_CALL_TIMEOUT_MS", &text)).transpose()?;
    let policy = variable("LESSMQ_CONTRACTS")?.map(|text| text.parse::<ContractPolicy>()).transpose();
    let policy = policy.map_err(|error| error.about("LESSMQ_CONTRACTS"))?.unwrap_or_default();
    let transport = transport::connect(&url, options).await;
    let transport = transport.map_err(|error| match error.kind() {
        ErrorKind::Config => error.about("LESSMQ_URL"),
        _ => error,
    });
    let bus = Bus::new(transport?);
    Ok(bus.with_contract_policy(policy).with_call_timeout(timeout.unwrap_or(DEFAULT_CALL_TIMEOUT)))
}

/// The address of the broker.
fn url() -> Result<String> {
    check_not_empty("LESSMQ_URL", "write memory: if messages are meant to stay within this process")?;
    Ok(variable("LESSMQ_URL")?.unwrap_or_else(|| {
        tracing::warn!(
            "LESSMQ_URL is not set: messages stay within this process (write memory: if that is intended)"
        );
        "memory:".to_owned()
    }))
}

/// The namespace, if it is set.
fn namespace() -> Result<Option<String>> {
    check_not_empty("LESSMQ_NAMESPACE", "write lessmq if the default namespace is intended, or unset it")?;
    variable("LESSMQ_NAMESPACE")
}

/// Rejects an empty variable. Compose files and Helm charts make it empty when a value is missing, and a service that
/// is alone on its bus, or on the bus of another environment, looks healthy.
fn check_not_empty(name: &str, hint: &'static str) -> Result<()> {
    if std::env::var_os(name).is_some_and(|value| value.is_empty()) {
        return Err(Error::new(ErrorKind::Config, format!("{name} is empty")).with_hint(hint));
    }
    Ok(())
}

/// An environment variable. An empty one counts as unset.
fn variable(name: &'static str) -> Result<Option<String>> {
    match std::env::var(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(Error::new(ErrorKind::Config, format!("{name} is not valid UTF-8")))
        }
    }
}

fn milliseconds(name: &str, text: &str) -> Result<Duration> {
    text.parse().ok().filter(|ms| *ms > 0).map(Duration::from_millis).ok_or_else(|| {
        Error::new(ErrorKind::Config, format!("{name}: invalid duration `{}`", text.escape_debug()))
            .with_hint("write a whole number of milliseconds, such as 10000")
    })
}
