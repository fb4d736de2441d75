//! The promises of clients, servers and apps, over every driver.

#![allow(clippy::unwrap_used, reason = "an error fails the test")]

mod app;
mod bad_input;
mod broker;
mod calls;
mod checks;
mod configuration;
mod dead_letters;
mod discovery;
mod fakes;
mod handles;
mod health;
mod layers;
mod messages;
mod program;
mod sending;
mod settling;
mod shop;
mod slow_handlers;
mod starting;
mod support;
#[cfg(feature = "otel")]
mod traces;
mod versions;
