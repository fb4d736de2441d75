//! `POST /auth/signup`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use lessmq::CallError;
use serde::{Deserialize, Serialize};
use user_contract::{Password, SignUpError};
use uuid::Uuid;

use super::Gateway;
use super::body::Body;
use super::error::ApiError;
use super::request::Current;

/// The request body.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SignUp {
    email: String,
    password: Password,
    display_name: String,
}

/// The response body.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SignedUp {
    user_id: Uuid,
    email: String,
    display_name: String,
}

/// Creates an account.
pub(super) async fn sign_up(
    State(gateway): State<Gateway>,
    Extension(current): Extension<Current>,
    Body(body): Body<SignUp>,
) -> Result<(StatusCode, Json<SignedUp>), ApiError> {
    let call = gateway.users.sign_up(body.email, body.password, body.display_name);
    let account = call.timeout(current.remaining()).metadata("requestid", &current.id).await?;
    let signed_up =
        SignedUp { user_id: account.id, email: account.email, display_name: account.display_name };
    Ok((StatusCode::CREATED, Json(signed_up)))
}

impl From<CallError<SignUpError>> for ApiError {
    fn from(error: CallError<SignUpError>) -> Self {
        match error {
            CallError::Rejected(SignUpError::EmailTaken) => {
                Self::conflict("EmailAlreadyUsed", "an account with this address exists")
            }
            CallError::Rejected(SignUpError::InvalidEmail { reason }) => {
                Self::invalid("InvalidEmail", reason)
            }
            CallError::Rejected(SignUpError::WeakPassword { reason }) => {
                Self::invalid("WeakPassword", reason)
            }
            CallError::Rejected(SignUpError::InvalidDisplayName { reason }) => {
                Self::invalid("InvalidDisplayName", reason)
            }
            CallError::Rejected(SignUpError::Unavailable) => Self::unavailable(),
            CallError::Failed(error) => Self::from(&error),
        }
    }
}
