//! The service put together.

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
    /// Where its HTTP server listens.
    pub http: Listen,
    /// How long a request may take; what is left of it goes along with each call.
    pub request_timeout: Duration,
}

impl Config {
    /// The port for HTTP unless it is told.
    pub const PORT: u16 = 3000;
    /// How long a request may take unless it is told.
    pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

    /// Reads the settings.
    ///
    /// # Errors
    /// Names the variable that cannot be used.
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

/// Listens for HTTP and puts the service together.
///
/// # Errors
/// The address is taken.
pub async fn build(bus: &Bus, config: &Config) -> Result<Service, StartError> {
    let bus = bus.named("gateway");
    let gateway = Gateway { users: UsersClient::new(&bus), request_timeout: config.request_timeout };
    let http = HttpServer::start(config.http, Health::new(None), routes(gateway)).await?;
    Ok(Service::new(App::new(bus).requires::<UsersClient>(), http))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read() {
        let config = Config::from_environment(&Environment::default().with("REQUEST_TIMEOUT_MS", "250"));
        let config = config.expect("nothing is malformed");
        assert_eq!(config.request_timeout, Duration::from_millis(250));
        assert_eq!(config.http.address.to_string(), "127.0.0.1:3000");
    }

    #[test]
    fn a_malformed_setting_is_named() {
        for (variable, value) in [
            ("REQUEST_TIMEOUT_MS", "soon"),
            ("REQUEST_TIMEOUT_MS", "0"),
            ("REQUEST_TIMEOUT_MS", "-5"),
            ("PORT", "eighty"),
            ("HTTP_ADDR", "localhost"),
        ] {
            let refused = Config::from_environment(&Environment::default().with(variable, value));
            let error = refused.expect_err(value);
            assert_eq!(error.variable, variable);
            assert!(error.to_string().contains("; write "), "{error}");
        }
    }
}
