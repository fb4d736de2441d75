//! Settings of the service, and how it is built.

use std::time::Duration;

use lessmq::{App, Bus};
use service_common::health::Health;
use service_common::http::{HttpServer, Listen};
use service_common::{ConfigError, Environment, Service, StartError};
use user_contract::UsersClient;

use crate::http::{Gateway, routes};

/// The settings of the service.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address of its HTTP server.
    pub http: Listen,
    /// How long a request may take. Each call has the rest of this time.
    pub request_timeout: Duration,
}

impl Config {
    /// The default port for HTTP.
    pub const PORT: u16 = 3000;
    /// The default limit for a request.
    pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

    /// Reads the settings.
    ///
    /// # Errors
    /// Names the invalid variable.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        let timeout = environment.parsed(
            "REQUEST_TIMEOUT_MS",
            "a whole number of milliseconds, such as 10000",
            |text| text.parse().ok().filter(|ms| (1..=3_600_000).contains(ms)).map(Duration::from_millis),
        )?;
        Ok(Self {
            http: environment.listen(Self::PORT)?,
            request_timeout: timeout.unwrap_or(Self::REQUEST_TIMEOUT),
        })
    }
}

/// Listens for HTTP, and builds the service.
///
/// # Errors
/// The address is in use.
pub async fn build(bus: &Bus, config: &Config) -> Result<Service, StartError> {
    let bus = bus.named("gateway");
    let gateway = Gateway { users: UsersClient::new(&bus), request_timeout: config.request_timeout };
    let http = HttpServer::start(config.http, Health::new(bus.clone(), None), routes(gateway)).await?;
    Ok(Service::new(App::new(bus).requires::<UsersClient>(), http))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_parsed() {
        let config = Config::from_environment(&Environment::default().with("REQUEST_TIMEOUT_MS", "250"));
        let config = config.expect("the settings are valid");
        assert_eq!(config.request_timeout, Duration::from_millis(250));
        assert_eq!(config.http.address.to_string(), "127.0.0.1:3000");
    }

    #[test]
    fn an_invalid_setting_is_named() {
        for (variable, value) in [
            ("REQUEST_TIMEOUT_MS", "soon"),
            ("REQUEST_TIMEOUT_MS", "0"),
            ("REQUEST_TIMEOUT_MS", "-5"),
            ("PORT", "eighty"),
            ("HTTP_ADDR", "localhost"),
        ] {
            let config = Config::from_environment(&Environment::default().with(variable, value));
            let error = config.expect_err(value);
            assert_eq!(error.variable, variable);
            assert!(error.to_string().contains("; write "), "{error}");
        }
    }
}
