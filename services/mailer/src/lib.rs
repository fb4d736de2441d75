//! The service `mailer`: sends mails, in order, one per second.

mod adapters;
mod application;
mod domain;
mod messaging;
mod start;

pub use self::start::{Config, Delivery, build};
