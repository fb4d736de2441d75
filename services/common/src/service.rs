//! A service that is ready to run.

use std::net::SocketAddr;

use lessmq::App;

use crate::http::HttpServer;

/// A service whose HTTP server listens. Its messages are handled once its [`App`] runs.
#[derive(Debug)]
#[must_use = "a service does nothing until its app is run"]
pub struct Service {
    /// The address of its HTTP server.
    pub address: SocketAddr,
    /// The process on the bus.
    pub app: App,
}

impl Service {
    /// An app with its HTTP server.
    pub fn new(app: App, http: HttpServer) -> Self {
        Self { address: http.address(), app: app.background("http", |stop| http.until(stop)) }
    }
}
