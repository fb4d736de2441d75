//! The service `user`: accounts.
//!
//! `domain` holds types and rules, `application` the use cases and the ports that they need, `adapters` what stands
//! behind the ports, `messaging` the service on the bus.

mod adapters;
mod application;
mod domain;
pub mod messaging;
mod start;

pub use self::start::{Config, build};
