//! Settings of the service, and how it is built.

use axum::Router;
use lessmq::outbox::Outbox;
use lessmq::{App, Bus};
use service_common::config::DatabaseUrl;
use service_common::health::Health;
use service_common::http::{HttpServer, Listen};
use service_common::{ConfigError, Database, Environment, Service, StartError};

use crate::adapters::{Argon2Hasher, SCHEMA, SqlAccounts};
use crate::messaging::{UserEventsClient, UsersOverMessages, UsersServer};

/// The settings of the service.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address of its HTTP server.
    pub http: Listen,
    /// Its database.
    pub database: DatabaseUrl,
}

impl Config {
    /// The default port for HTTP.
    pub const PORT: u16 = 3001;

    /// Reads the settings.
    ///
    /// # Errors
    /// Names the invalid variable.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self { http: environment.listen(Self::PORT)?, database: environment.database("user")? })
    }
}

/// Opens the database, listens for HTTP, and builds the service.
///
/// # Errors
/// The database or the port cannot be opened.
pub async fn build(bus: &Bus, config: &Config) -> Result<Service, StartError> {
    let bus = bus.named("user");
    let database = Database::open(&config.database, SCHEMA).await?;
    let outbox = Outbox::new(database.pool());
    outbox.migrate().await?;
    let events = UserEventsClient::new(&bus);
    let accounts = SqlAccounts { pool: database.pool().clone(), events };
    let users = UsersServer::new(UsersOverMessages::new(accounts, Argon2Hasher::new()));
    let http =
        HttpServer::start(config.http, Health::new(bus.clone(), Some(database)), Router::new()).await?;
    let relayed = bus.clone();
    let app = App::new(bus)
        .serve(users)
        .publishes::<UserEventsClient>()
        .background("outbox", |stop| outbox.relay(relayed, stop));
    Ok(Service::new(app, http))
}
