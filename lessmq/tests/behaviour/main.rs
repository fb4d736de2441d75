//! What clients, servers and apps promise, over every driver.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod app;
mod bad_input;
mod calls;
mod checks;
mod messages;
mod shop;
mod support;
