//! Why a service did not start.

use std::net::SocketAddr;

use crate::config::ConfigError;

/// Why a service did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// A setting is invalid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database cannot be opened.
    #[error("cannot open the database; see DATABASE_URL and DATA_DIR")]
    Database(#[from] sqlx::Error),
    /// The address for HTTP is in use, or not one of this machine.
    #[error("cannot listen on http://{address}; choose another address with HTTP_ADDR or PORT")]
    Listen {
        /// The configured address.
        address: SocketAddr,
        /// The error of the system.
        source: std::io::Error,
    },
    /// A folder for data cannot be created.
    #[error("cannot create the folder {}; choose another with DATA_DIR", path.display())]
    Folder {
        /// The folder.
        path: std::path::PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
    /// Another recorder of metrics is installed.
    #[error("cannot install the recorder of metrics")]
    Metrics(#[source] lessmq::BoxError),
    /// LessMQ returned an error.
    #[error(transparent)]
    Messages(#[from] lessmq::Error),
}
