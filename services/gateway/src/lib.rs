//! The service `gateway`: HTTP for the outside.

mod http;
mod start;

pub use self::start::{Config, build};
