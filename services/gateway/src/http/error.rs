//! Errors of the public API. Only this file knows the status codes of errors.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::{Timestamp, Unit};
use lessmq::ErrorKind;
use serde::Serialize;

/// Why a request failed.
#[derive(Clone, Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    error: &'static str,
    message: String,
}

/// The request that an error belongs to.
pub(super) struct RequestInfo<'a> {
    pub(super) request_id: &'a str,
    pub(super) path: &'a str,
}

/// The body of every error.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    status_code: u16,
    error: &'a str,
    message: &'a str,
    request_id: &'a str,
    timestamp: String,
    path: &'a str,
}

impl ApiError {
    fn new(status: StatusCode, error: &'static str, message: impl Into<String>) -> Self {
        Self { status, error, message: message.into() }
    }

    pub(super) fn invalid(error: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error, message)
    }

    pub(super) fn not_found(message: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NotFound", message)
    }

    pub(super) fn method_not_allowed() -> Self {
        let message = "this path does not support this method";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", message)
    }

    pub(super) fn conflict(error: &'static str, message: &'static str) -> Self {
        Self::new(StatusCode::CONFLICT, error, message)
    }

    pub(super) fn too_large(limit: usize) -> Self {
        let message = format!("the body is too large, limit is {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLarge", message)
    }

    pub(super) fn not_json() -> Self {
        let message = "send the body as JSON, with the header `content-type: application/json`";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message)
    }

    pub(super) fn timeout() -> Self {
        Self::new(StatusCode::GATEWAY_TIMEOUT, "GatewayTimeout", "no reply arrived in time")
    }

    pub(super) fn unavailable() -> Self {
        let message = "the service is temporarily unavailable; try again later";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", message)
    }

    /// The response of this error.
    pub(super) fn response(self, request: RequestInfo<'_>) -> Response {
        let now = Timestamp::now().round(Unit::Millisecond).unwrap_or_default();
        let body = Body {
            status_code: self.status.as_u16(),
            error: self.error,
            message: &self.message,
            request_id: request.request_id,
            timestamp: format!("{now:.3}"),
            path: request.path,
        };
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// A failed call to another service.
impl From<&lessmq::Error> for ApiError {
    fn from(error: &lessmq::Error) -> Self {
        tracing::warn!(kind = %error.kind(), "a call failed: {error:#}");
        match error.kind() {
            ErrorKind::DeadlineExceeded => Self::timeout(),
            ErrorKind::Unavailable | ErrorKind::Connection | ErrorKind::Closed | ErrorKind::Storage => {
                Self::unavailable()
            }
            ErrorKind::TooLarge => Self::too_large(super::MAX_BODY_BYTES),
            _ => {
                let message = "a service returned no usable reply";
                Self::new(StatusCode::BAD_GATEWAY, "BadGateway", message)
            }
        }
    }
}

/// The body is written by [`with_request`](super::request::with_request), which knows the request.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
