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
use service_common::{ConfigError, Database, Environment, Service};
use tower::limit::RateLimitLayer;
use user_contract::UserEventsServer;

use crate::adapters::AnyPostman;
use crate::application::SendWelcome;
use crate::messaging::{OnUserEvents, SCHEMA};

/// How many mails are sent in a second.
pub const MAILS_PER_SECOND: u64 = 1;

/// A mail server may be away for an hour: the mails wait for it, in order.
const RETRY: RetryPolicy =
    RetryPolicy { attempts: 70, first: Duration::from_secs(1), longest: Duration::from_secs(60) };

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
pub async fn build(bus: &Bus, config: &Config) -> anyhow::Result<Service> {
    let bus = bus.named("mailer");
    let postman = AnyPostman::new(&config.delivery)?;
    let database = Database::open(&config.database, SCHEMA).await?;
    Inbox::migrate(&mut *database.pool().acquire().await?).await?;
    let on_user_events = OnUserEvents {
        pool: database.pool().clone(),
        inbox: Inbox::new("mailer"),
        send_welcome: SendWelcome { postman },
    };
    let user_events = UserEventsServer::new(on_user_events)
        .ordered()
        .retry(RETRY)
        .layer(RateLimitLayer::new(MAILS_PER_SECOND, Duration::from_secs(1)));
    let http = HttpServer::start(config.http, Health::new(Some(database)), Router::new()).await?;
    Ok(Service::new(App::new(bus).subscribe("mailer", user_events), http))
}
