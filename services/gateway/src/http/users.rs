//! `GET /users/{id}`.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::{Extension, Json};
use lessmq::CallError;
use serde::Serialize;
use user_contract::GetError;
use uuid::Uuid;

use super::Gateway;
use super::error::ApiError;
use super::request::Current;

/// The public profile of a user.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Profile {
    id: Uuid,
    display_name: String,
}

/// Returns the public profile of a user.
pub(super) async fn profile(
    State(gateway): State<Gateway>,
    Extension(current): Extension<Current>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Profile>, ApiError> {
    let id = id.ok().and_then(|Path(id)| Uuid::parse_str(&id).ok());
    let id = id.ok_or_else(|| ApiError::invalid("InvalidId", "the id is not a UUID"))?;
    let call = gateway.users.get(id).timeout(current.remaining()).metadata("requestid", &current.id);
    let account = call.await?;
    Ok(Json(Profile { id: account.id, display_name: account.display_name }))
}

impl From<CallError<GetError>> for ApiError {
    fn from(error: CallError<GetError>) -> Self {
        match error {
            CallError::Rejected(GetError::NotFound) => Self::not_found("the user does not exist"),
            CallError::Rejected(GetError::Unavailable) => Self::unavailable(),
            CallError::Failed(error) => Self::from(&error),
        }
    }
}
