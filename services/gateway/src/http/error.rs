//! Errors as the outside sees them. Only this file knows status codes of errors.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::{Timestamp, Unit};
use lessmq::ErrorKind;
use serde::Serialize;

/// Why a request was not fulfilled.
#[derive(Clone, Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    error: &'static str,
    message: String,
}

/// Which request an error belongs to.
pub(super) struct Place<'a> {
    pub(super) request_id: &'a str,
    pub(super) path: &'a str,
}

/// The form of every error.
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
        let message = "this path is there, but not for this method";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", message)
    }

    pub(super) fn conflict(error: &'static str, message: &'static str) -> Self {
        Self::new(StatusCode::CONFLICT, error, message)
    }

    pub(super) fn too_large(limit: usize) -> Self {
        let message = format!("the body has more than {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLarge", message)
    }

    pub(super) fn not_json() -> Self {
        let message = "send the body as JSON, with the header `content-type: application/json`";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message)
    }

    pub(super) fn timeout() -> Self {
        Self::new(StatusCode::GATEWAY_TIMEOUT, "GatewayTimeout", "there was no answer in time")
    }

    pub(super) fn unavailable() -> Self {
        let message = "the service is not available at the moment; try again later";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", message)
    }

    /// The error as it is answered.
    pub(super) fn at(self, place: Place<'_>) -> Response {
        let now = Timestamp::now().round(Unit::Millisecond).unwrap_or_default();
        let body = Body {
            status_code: self.status.as_u16(),
            error: self.error,
            message: &self.message,
            request_id: place.request_id,
            timestamp: format!("{now:.3}"),
            path: place.path,
        };
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// A call to a service behind that came to nothing.
impl From<&lessmq::Error> for ApiError {
    fn from(error: &lessmq::Error) -> Self {
        tracing::warn!(kind = %error.kind(), "a call failed: {error:#}");
        match error.kind() {
            ErrorKind::DeadlineExceeded => Self::timeout(),
            ErrorKind::Unavailable | ErrorKind::Connection | ErrorKind::Closed | ErrorKind::Storage => {
                Self::unavailable()
            }
            ErrorKind::TooLarge => Self::too_large(super::LARGEST_BODY),
            _ => {
                let message = "a service behind gave no answer that can be used";
                Self::new(StatusCode::BAD_GATEWAY, "BadGateway", message)
            }
        }
    }
}

/// Leaves the form of the answer to [`surround`](super::request::surround), which knows the request.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
