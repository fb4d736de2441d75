//! What surrounds every request: its id, its deadline, its line in the log.

use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;
use uuid::Uuid;

use super::Gateway;
use super::error::{ApiError, Place};

/// Names a request in answers, in logs and towards the services behind.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// One request: its id and how long it may still take.
#[derive(Clone, Debug)]
pub(super) struct Current {
    pub(super) id: String,
    deadline: Instant,
}

impl Current {
    /// How long an answer is still wanted.
    pub(super) fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

/// Gives each request an id and a deadline, and each error its place.
pub(super) async fn surround(State(gateway): State<Gateway>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let current = Current { id: request_id(request.headers()), deadline: started + gateway.request_timeout };
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let span = tracing::info_span!("http", request_id = %current.id, %method, path = %path.escape_debug());
    request.extensions_mut().insert(current.clone());
    async {
        // A body that never comes has a deadline as well.
        let answered = tokio::time::timeout(gateway.request_timeout, next.run(request)).await;
        let mut response = answered.unwrap_or_else(|_| ApiError::timeout().into_response());
        if let Some(error) = response.extensions_mut().remove::<ApiError>() {
            response = error.at(Place { request_id: &current.id, path: &path });
        }
        let id = HeaderValue::from_str(&current.id).expect("request ids are of visible characters");
        response.headers_mut().insert(REQUEST_ID, id);
        let (status, taken) = (response.status().as_u16(), started.elapsed());
        match status {
            500.. => tracing::error!(status, ?taken, "answered"),
            400.. => tracing::warn!(status, ?taken, "answered"),
            _ => tracing::info!(status, ?taken, "answered"),
        }
        response
    }
    .instrument(span)
    .await
}

/// The caller's id of the request where it has a usable one, or a new one.
fn request_id(headers: &HeaderMap) -> String {
    let usable = |id: &&str| (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(usable);
    given.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}
