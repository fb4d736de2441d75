//! Settings of the service, and how it is built.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use axum::Router;
use lessmq::outbox::Inbox;
use lessmq::{App, Bus, RetryPolicy};
use service_common::config::DatabaseUrl;
use service_common::health::Health;
use service_common::http::{HttpServer, Listen};
use service_common::{ConfigError, Database, Environment, Service, StartError};
use sqlx::AnyPool;
use tokio_util::sync::CancellationToken;
use tower::limit::RateLimitLayer;
use user_contract::UserEventsServer;

use crate::adapters::AnyPostman;
use crate::application::SendWelcome;
use crate::messaging::{MAIL_INTERVAL, OnUserEvents, SCHEMA, forget};

/// A mail server may be unreachable for a quarter of an hour: the mails wait for it, in order. What it has not accepted
/// by then goes to the dead letters.
const RETRY: RetryPolicy = RetryPolicy {
    max_attempts: 24,
    initial_delay: Duration::from_secs(1),
    max_delay: Duration::from_secs(60),
};

/// How long the inbox remembers a message, and how often old ones are removed.
const INBOX_AGE: Duration = Duration::from_secs(30 * 24 * 3600);
const FORGET_INTERVAL: Duration = Duration::from_secs(3600);

/// The settings of the service.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address of its HTTP server.
    pub http: Listen,
    /// Its database.
    pub database: DatabaseUrl,
    /// Where mails are sent.
    pub delivery: Delivery,
}

/// Where mails are sent.
#[derive(Clone, PartialEq, Eq)]
pub enum Delivery {
    /// To a folder, as `.eml` files.
    Folder(PathBuf),
    /// To the mail server at an address, which may hold a password.
    Smtp(String),
}

impl Config {
    /// The default port for HTTP.
    pub const PORT: u16 = 3002;

    /// Reads the settings.
    ///
    /// # Errors
    /// Names the invalid variable.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        let delivery = match environment.text("SMTP_URL")? {
            Some(url) => Delivery::Smtp(url.to_owned()),
            None => Delivery::Folder(environment.data_dir().join("mails")),
        };
        Ok(Self {
            http: environment.listen(Self::PORT)?,
            database: environment.database("mailer")?,
            delivery,
        })
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => f.debug_tuple("Folder").field(path).finish(),
            Self::Smtp(_) => f.write_str("Smtp(…)"),
        }
    }
}

/// Opens the database, listens for HTTP, and builds the service.
///
/// # Errors
/// The database, the folder or the port cannot be opened; `SMTP_URL` is invalid.
pub async fn build(bus: &Bus, config: &Config) -> Result<Service, StartError> {
    let bus = bus.named("mailer");
    let postman = AnyPostman::new(&config.delivery)?;
    let database = Database::open(&config.database, SCHEMA).await?;
    Inbox::migrate(&mut *database.pool().acquire().await?).await?;
    let (inbox, pool) = (Inbox::new("mailer"), database.pool().clone());
    let on_user_events =
        OnUserEvents { pool: pool.clone(), inbox: inbox.clone(), send_welcome: SendWelcome { postman } };
    let rate_limit = RateLimitLayer::new(1, MAIL_INTERVAL);
    let user_events = UserEventsServer::new(on_user_events).retry(RETRY).layer(rate_limit);
    let http =
        HttpServer::start(config.http, Health::new(bus.clone(), Some(database)), Router::new()).await?;
    let app = App::new(bus)
        .subscribe("mailer", user_events)
        .background("inbox", |stop| forget_old_messages(inbox, pool, stop));
    Ok(Service::new(app, http))
}

/// Removes old messages from the inbox.
async fn forget_old_messages(inbox: Inbox, pool: AnyPool, stop: CancellationToken) -> lessmq::Result<()> {
    while stop.run_until_cancelled(tokio::time::sleep(FORGET_INTERVAL)).await.is_some() {
        if let Err(error) = forget(&inbox, &pool, INBOX_AGE).await {
            tracing::warn!("cannot remove old messages from the inbox: {error:#}");
        }
    }
    Ok(())
}
