//! LessMQ.

pub mod envelope;
pub mod error;
pub mod name;
pub mod payload;
#[cfg(feature = "testing")]
pub mod testing;
pub mod transport;

pub use crate::error::{
    BoxError, CallError, Error, ErrorKind, HandlerError, HandlerResult, Result, Terminal,
};
pub use crate::payload::{Never, Payload};
