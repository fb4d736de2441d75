//! Bodies of requests.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;

use super::LARGEST_BODY;
use super::error::ApiError;

/// A body that is JSON of this form. What is wrong with another is told without repeating it: it may hold a password.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        // First to a value of any form, so that the places in errors are those of fields and not of bytes.
        let Json(value) = Json::<serde_json::Value>::from_request(request, state).await.map_err(refused)?;
        serde_json::from_value(value)
            .map(Self)
            .map_err(|error| ApiError::invalid("ValidationError", told(&error)))
    }
}

fn refused(rejection: JsonRejection) -> ApiError {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::too_large(LARGEST_BODY),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ApiError::not_json(),
        _ => ApiError::invalid("InvalidJson", "the body is not JSON"),
    }
}

/// What `serde` says, up to where it repeats a value: "invalid type: integer `7`, expected a string".
fn told(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match (text.split_once("invalid type: "), text.split_once(", expected ")) {
        (Some(_), Some((_, expected))) => format!("a field is of another type than expected: {expected}"),
        _ if text.starts_with("missing field") || text.starts_with("duplicate field") => text,
        _ => "the body is not of the expected form".to_owned(),
    }
}
