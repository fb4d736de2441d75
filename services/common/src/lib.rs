//! Code that the services share: settings, a database, an HTTP server with health checks and metrics.

pub mod config;
pub mod database;
mod error;
pub mod health;
pub mod http;
pub mod metrics;
mod service;

pub use self::config::{ConfigError, Environment};
pub use self::database::Database;
pub use self::error::StartError;
pub use self::service::Service;
