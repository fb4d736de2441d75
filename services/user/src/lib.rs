//! The service `user`: accounts.
//!
//! `domain` has the types and rules, `application` the use cases and their ports, `adapters` the implementations of the
//! ports, `messaging` the service on the bus.

mod adapters;
mod application;
mod domain;
pub mod messaging;
mod start;

pub use self::start::{Config, build};
