//! The id, the deadline and the log line of every request.

use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;
use uuid::Uuid;

use super::Gateway;
use super::error::{ApiError, RequestInfo};

/// Names a request in responses, in logs and in calls to other services.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id and the deadline of one request.
#[derive(Clone, Debug)]
pub(super) struct Current {
    pub(super) id: String,
    deadline: Instant,
}

impl Current {
    /// The time until the deadline.
    pub(super) fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

/// Adds an id and a deadline to each request, and the body to each error.
pub(super) async fn with_request(
    State(gateway): State<Gateway>,
    mut request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let current = Current { id: request_id(request.headers()), deadline: started + gateway.request_timeout };
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let span = tracing::info_span!("http", request_id = %current.id, %method, path = %path.escape_debug());
    request.extensions_mut().insert(current.clone());
    async {
        // The deadline includes reading the body.
        let responded = tokio::time::timeout(gateway.request_timeout, next.run(request)).await;
        let mut response = responded.unwrap_or_else(|_| ApiError::timeout().into_response());
        if let Some(error) = response.extensions_mut().remove::<ApiError>() {
            response = error.response(RequestInfo { request_id: &current.id, path: &path });
        }
        let id = HeaderValue::from_str(&current.id).expect("request ids have visible characters only");
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

/// The id that the caller gave, if it is usable, or a new one.
fn request_id(headers: &HeaderMap) -> String {
    let usable = |id: &&str| (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(usable);
    given.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}
