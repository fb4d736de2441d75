//! Health checks and metrics over HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use lessmq::Bus;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::database::Database;

/// Whether a service is ready.
#[derive(Clone, Debug)]
pub struct Health {
    serving: Arc<AtomicBool>,
    bus: Bus,
    database: Option<Database>,
}

impl Health {
    /// The health of a service that is starting.
    #[must_use]
    pub fn new(bus: Bus, database: Option<Database>) -> Self {
        Self { serving: Arc::default(), bus, database }
    }

    /// Sets whether messages are handled.
    pub fn set_serving(&self, serving: bool) {
        self.serving.store(serving, Ordering::Relaxed);
    }

    async fn problem(&self) -> Option<&'static str> {
        if !self.serving.load(Ordering::Relaxed) {
            return Some("starting or stopping");
        }
        if !self.bus.health().is_ready() {
            return Some("the broker is unreachable");
        }
        match &self.database {
            Some(database) if !database.responds().await => Some("the database does not respond"),
            _ => None,
        }
    }
}

/// `GET /health` and `/health/live`: 200. `GET /health/ready`: 200 if the service is ready, otherwise 503.
/// `GET /metrics`: the metrics in the text format of Prometheus.
pub(crate) fn routes(health: Health, metrics: PrometheusHandle) -> Router {
    let alive = || async { status(StatusCode::OK, "ok") };
    let ready = move || async move {
        match health.problem().await {
            None => status(StatusCode::OK, "ok"),
            Some(problem) => status(StatusCode::SERVICE_UNAVAILABLE, problem),
        }
    };
    let measured = move || async move {
        ([("content-type", "text/plain; version=0.0.4; charset=utf-8")], metrics.render())
    };
    Router::new()
        .route("/health", get(alive))
        .route("/health/live", get(alive))
        .route("/health/ready", get(ready))
        .route("/metrics", get(measured))
}

fn status(code: StatusCode, text: &'static str) -> Response {
    #[derive(serde::Serialize)]
    struct Status {
        status: &'static str,
    }
    (code, Json(Status { status: text })).into_response()
}
