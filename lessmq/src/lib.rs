//! Typed messages between services over a broker, with the contract checked before code meets code.
//!
//! * [`macro@interface`] makes a contract, a client and a server of a trait.
//! * [`App`] is a process: it checks what it requires, serves, subscribes, and drains at its end.
//! * [`Bus`] is the connection; [`connect_from_env`] makes one of `LESSMQ_URL`: `memory:` or `amqp://…`.
//! * [`contract`] and [`compat`] stand alone, for code that talks to a broker by itself.
//! * [`transport`] is the driver trait, for brokers of your own; `testing` checks such a driver.
//!
//! ```
//! use lessmq::{App, Bus};
//!
//! /// Adds up.
//! #[lessmq::interface(service = "sum")]
//! trait Sum {
//!     /// The sum of two numbers.
//!     async fn add(&self, a: u32, b: u32) -> u64;
//! }
//!
//! struct Adder;
//!
//! impl Sum for Adder {
//!     async fn add(&self, a: u32, b: u32) -> u64 {
//!         u64::from(a) + u64::from(b)
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> lessmq::Result<()> {
//! let bus = Bus::memory();
//! let app = App::new(bus.clone()).serve(SumServer::new(Adder)).start().await?;
//! assert_eq!(SumClient::new(&bus).add(1, 2).await?, 3);
//! app.shut_down().await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! | feature | default | what for |
//! | --- | --- | --- |
//! | `macros` | yes | [`macro@interface`], [`macro@main`], [`registry`] |
//! | `memory`, `rabbitmq` | yes | the transports |
//! | `outbox` | no | `outbox`: messages stored in the transaction of your data, and an inbox |
//! | `testing` | no | the conformance suite for transports |

#![cfg_attr(docsrs, feature(doc_cfg))]

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
pub mod transport;

#[cfg(feature = "macros")]
#[doc = include_str!("docs/aliases.md")]
pub use lessmq_macros::aliases;
#[cfg(feature = "macros")]
#[doc = include_str!("docs/interface.md")]
pub use lessmq_macros::interface;
#[cfg(feature = "macros")]
#[doc = include_str!("docs/main.md")]
pub use lessmq_macros::main;

pub use crate::app::{Absent, App, Running};
pub use crate::bus::{Bus, Existing, connect_from_env};
pub use crate::client::{Call, Client, ContractMismatch, Publish};
pub use crate::context::Context;
pub use crate::error::{
    BoxError, CallError, Error, ErrorKind, HandlerError, HandlerResult, Result, Terminal,
};
pub use crate::payload::{Never, Payload};
pub use crate::server::{RetryPolicy, Server};
