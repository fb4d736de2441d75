//! The service `mailer`: writes to people, in order, one mail a second.

mod adapters;
mod application;
mod domain;
mod messaging;
mod start;

pub use self::start::{Config, Delivery, build};
