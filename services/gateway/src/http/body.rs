//! Request bodies.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;

use super::MAX_BODY_BYTES;
use super::error::ApiError;

/// A JSON body. Errors do not repeat an invalid body: it may contain a password.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        // It is parsed as any JSON first, so that errors name fields, not bytes.
        let Json(value) = Json::<serde_json::Value>::from_request(request, state).await.map_err(rejected)?;
        serde_json::from_value(value)
            .map(Self)
            .map_err(|error| ApiError::invalid("ValidationError", without_values(&error)))
    }
}

fn rejected(rejection: JsonRejection) -> ApiError {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::too_large(MAX_BODY_BYTES),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ApiError::not_json(),
        _ => ApiError::invalid("InvalidJson", "the body is not valid JSON"),
    }
}

/// The error of `serde`, without values: "invalid type: integer `7`, expected a string".
fn without_values(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match (text.split_once("invalid type: "), text.split_once(", expected ")) {
        (Some(_), Some((_, expected))) => format!("a field has the wrong type: {expected}"),
        _ if text.starts_with("missing field") || text.starts_with("duplicate field") => text,
        _ => "the body does not have the expected form".to_owned(),
    }
}
