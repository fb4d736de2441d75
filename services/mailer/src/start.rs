//! The service put together.

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
use crate::messaging::{MAIL_EVERY, OnUserEvents, SCHEMA, forget};

/// A mail server may be away for a quarter of an hour: the mails wait for it, in order. What it has not taken by then
/// goes to the dead letters.
const RETRY: RetryPolicy =
    RetryPolicy { attempts: 24, first: Duration::from_secs(1), longest: Duration::from_secs(60) };

/// How long a message is remembered, and how often old ones are forgotten.
const REMEMBERED: Duration = Duration::from_secs(30 * 24 * 3600);
const FORGET_EVERY: Duration = Duration::from_secs(3600);

/// The settings of the service.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where its HTTP server listens.
    pub http: Listen,
    /// Its database.
    pub database: DatabaseUrl,
    /// Where mails go.
    pub delivery: Delivery,
}

/// Where mails go.
#[derive(Clone, PartialEq, Eq)]
pub enum Delivery {
    /// To a folder, as `.eml` files.
    Folder(PathBuf),
    /// To the mail server at an address, which may hold a password.
    Smtp(String),
}

impl Config {
    /// The port for HTTP unless it is told.
    pub const PORT: u16 = 3002;

    /// Reads the settings.
    ///
    /// # Errors
    /// Names the variable that cannot be used.
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

/// Opens the database, listens for HTTP, and puts the service together.
///
/// # Errors
/// What could not be opened.
pub async fn build(bus: &Bus, config: &Config) -> Result<Service, StartError> {
    let bus = bus.named("mailer");
    let postman = AnyPostman::new(&config.delivery)?;
    let database = Database::open(&config.database, SCHEMA).await?;
    Inbox::migrate(&mut *database.pool().acquire().await?).await?;
    let (inbox, pool) = (Inbox::new("mailer"), database.pool().clone());
    let on_user_events =
        OnUserEvents { pool: pool.clone(), inbox: inbox.clone(), send_welcome: SendWelcome { postman } };
    let user_events = UserEventsServer::new(on_user_events)
        .ordered()
        .retry(RETRY)
        .layer(RateLimitLayer::new(1, MAIL_EVERY));
    let http = HttpServer::start(config.http, Health::new(Some(database)), Router::new()).await?;
    let app = App::new(bus)
        .subscribe("mailer", user_events)
        .background("inbox", |stop| forget_now_and_then(inbox, pool, stop));
    Ok(Service::new(app, http))
}

/// Keeps the inbox small.
async fn forget_now_and_then(inbox: Inbox, pool: AnyPool, stop: CancellationToken) -> lessmq::Result<()> {
    while stop.run_until_cancelled(tokio::time::sleep(FORGET_EVERY)).await.is_some() {
        if let Err(error) = forget(&inbox, &pool, REMEMBERED).await {
            tracing::warn!("what was handled long ago could not be forgotten: {error:#}");
        }
    }
    Ok(())
}
