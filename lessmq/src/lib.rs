//! Typed messages between services over a broker, with a contract that is checked before the messages are used.
//!
//! * [`macro@interface`] turns a trait into a contract, a client and a server.
//! * [`App`] is a process: it checks the contracts that it requires, serves, subscribes, and drains when it stops.
//! * [`Bus`] is the connection; [`connect_from_env`] makes one from `LESSMQ_URL`: `memory:` or `amqp://…`.
//! * [`contract`] and [`compat`] can be used alone, in code that already talks to a broker.
//! * [`transport`] is the driver trait, for your own brokers; `testing` checks such a driver.
//!
//! ```
//! use lessmq::{App, Bus};
//!
//! /// Computes sums.
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
//! # Guides
//!
//! [Where the parts of a service are](guide::layout), [HTTP next to it](guide::web), and
//! [changing an interface while both sides run](guide::rollout).
//!
//! # Features
//!
//! | feature | default | what for |
//! | --- | --- | --- |
//! | `macros` | yes | [`macro@interface`], [`macro@main`], [`registry`] |
//! | `memory`, `rabbitmq` | yes | the transports |
//! | `tls` | yes | encrypted connections: `amqps:` |
//! | `jsonschema` | no | the `jsonschema` crate confirms counter-examples of [`compat`] too |
//! | `otel` | no | OpenTelemetry traces that continue in messages, see [`telemetry`] |
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
mod connect;
mod context;
pub mod contract;
mod control;
mod dead_letters;
pub mod discovery;
pub mod envelope;
pub mod error;
#[cfg(feature = "macros")]
mod fake;
#[cfg(all(any(doc, doctest), feature = "macros", feature = "memory"))]
pub mod guide;
pub mod name;
mod never;
#[cfg(feature = "outbox")]
pub mod outbox;
pub mod payload;
mod refusals;
#[cfg(feature = "macros")]
pub mod registry;
#[cfg(feature = "macros")]
mod runtime;
pub mod server;
pub mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
mod time;
pub mod transport;

#[cfg(feature = "macros")]
#[doc = include_str!("docs/interface.md")]
#[doc = ""]
#[doc = include_str!("docs/fake.md")]
pub use lessmq_macros::interface;
#[cfg(feature = "macros")]
#[doc = include_str!("docs/main.md")]
pub use lessmq_macros::main;
#[cfg(feature = "macros")]
#[doc = include_str!("docs/reads.md")]
pub use lessmq_macros::reads;

pub use crate::app::{App, Running, WhenAbsent};
pub use crate::bus::{Bus, ContractPolicy, External, Health};
pub use crate::client::{Call, Client, ContractMismatch, Publish};
pub use crate::connect::connect_from_env;
pub use crate::context::Context;
pub use crate::dead_letters::{DeadLetters, DeadMessage, Redrive};
pub use crate::error::{
    BoxError, CallError, Error, ErrorKind, HandlerError, HandlerResult, Result, Terminal,
};
pub use crate::never::Never;
pub use crate::payload::Payload;
pub use crate::server::{RetryPolicy, Server};
