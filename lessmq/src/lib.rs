//! LessMQ.

#[cfg(feature = "macros")]
#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
pub mod app;
pub mod bus;
pub mod client;
pub mod compat;
mod context;
pub mod contract;
pub mod discovery;
pub mod envelope;
pub mod error;
pub mod name;
#[cfg(feature = "outbox")]
pub mod outbox;
pub mod payload;
#[cfg(feature = "macros")]
pub mod registry;
#[cfg(feature = "macros")]
mod runtime;
pub mod server;
pub mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
mod trace;
pub mod transport;

#[cfg(feature = "macros")]
#[doc = include_str!("docs/interface.md")]
pub use lessmq_macros::interface;
#[cfg(feature = "macros")]
#[doc = include_str!("docs/main.md")]
pub use lessmq_macros::main;

pub use crate::app::{Absent, App};
pub use crate::bus::{Bus, Existing, connect_from_env};
pub use crate::client::{Call, Client, ContractMismatch, Publish};
pub use crate::context::Context;
pub use crate::error::{
    BoxError, CallError, Error, ErrorKind, HandlerError, HandlerResult, Result, Terminal,
};
pub use crate::payload::{Never, Payload};
pub use crate::server::{RetryPolicy, Server};
