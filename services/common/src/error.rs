//! Why a service did not start.

use std::net::SocketAddr;

use crate::config::ConfigError;

/// Why a service did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// A setting is malformed.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database cannot be opened.
    #[error("the database cannot be opened; see DATABASE_URL and DATA_DIR")]
    Database(#[from] sqlx::Error),
    /// The address for HTTP is taken or not this machine's.
    #[error("cannot listen on http://{address}; choose another address with HTTP_ADDR or PORT")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// A folder for data cannot be made.
    #[error("the folder {} cannot be made; choose another with DATA_DIR", path.display())]
    Folder {
        /// The folder.
        path: std::path::PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The metrics of the process are collected by something else already.
    #[error("the metrics cannot be collected")]
    Metrics(#[source] lessmq::BoxError),
    /// The library said so.
    #[error(transparent)]
    Messages(#[from] lessmq::Error),
}
