//! The routes, and what they share.

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

/// The largest body that is read.
const LARGEST_BODY: usize = 16 * 1024;

/// What the routes need.
#[derive(Clone, Debug)]
pub(crate) struct Gateway {
    pub(crate) users: UsersClient,
    pub(crate) request_timeout: Duration,
}

/// Everything that the outside may ask for.
pub(crate) fn routes(gateway: Gateway) -> Router {
    Router::new()
        .route("/auth/signup", post(sign_up::sign_up))
        .route("/users/{id}", get(users::profile))
        .fallback(async || ApiError::not_found("there is nothing at this path"))
        .method_not_allowed_fallback(async || ApiError::method_not_allowed())
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(middleware::from_fn_with_state(gateway.clone(), request::surround))
        .with_state(gateway)
}

#[cfg(test)]
mod tests;
