//! The routes and their state.

mod body;
mod error;
mod request;
mod sign_up;
mod users;

use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use axum::{Router, middleware};
use user_contract::UsersClient;

use self::error::ApiError;

/// The largest body of a request.
const MAX_BODY_BYTES: usize = 16 * 1024;

/// The state of the routes.
#[derive(Clone, Debug)]
pub(crate) struct Gateway {
    pub(crate) users: UsersClient,
    pub(crate) request_timeout: Duration,
}

/// All routes of the public API.
pub(crate) fn routes(gateway: Gateway) -> Router {
    Router::new()
        .route("/auth/signup", post(sign_up::sign_up))
        .route("/users/{id}", get(users::profile))
        .fallback(async || ApiError::not_found("no resource at this path"))
        .method_not_allowed_fallback(async || ApiError::method_not_allowed())
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(middleware::from_fn_with_state(gateway.clone(), request::with_request))
        .with_state(gateway)
}

#[cfg(test)]
mod tests;
