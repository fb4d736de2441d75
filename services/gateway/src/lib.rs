//! The service `gateway`: the public HTTP API.

mod http;
mod start;

pub use self::start::{Config, build};
