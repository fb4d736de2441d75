//! The conformance suite: tests of all promises of [`Transport`](crate::transport::Transport), which run against a real
//! broker.
//!
//! # How to run it
//!
//! The test file of a driver is a [`Harness`] and one line:
//!
//! ```
//! use std::sync::Arc;
//!
//! use lessmq::testing::conformance::Harness;
//! use lessmq::transport::Transport;
//! use lessmq::transport::memory::Memory;
//!
//! struct MemoryHarness(Memory);
//!
//! #[async_trait::async_trait]
//! impl Harness for MemoryHarness {
//!     async fn connect(&self) -> lessmq::Result<Arc<dyn Transport>> {
//!         Ok(Arc::new(self.0.connect()))
//!     }
//! }
//!
//! lessmq::testing::conformance_tests!(MemoryHarness(Memory::new()));
//! ```
//!
//! [`conformance_tests!`](crate::testing::conformance_tests) writes one `#[tokio::test]` for each [case](cases), with
//! the name of the case. They run in parallel, and `cargo test NAME` runs one of them. A test that fails prints the
//! promise, quoted from the docs of [`transport`](crate::transport), and what the driver did instead.
//!
//! [`Case::run`] runs a case from code and returns its result, for a suite that tests itself or a report.
//!
//! # What tests share
//!
//! The harness is an expression, and every test evaluates it. It may `.await`. Each test has a separate Tokio runtime,
//! so tests can share an address or a process through a `static`, but no connections.
//!
//! Every case uses unique service names, so that all cases can share a broker, even with other programs. Use a
//! different namespace for each run of the tests. At its end, a case deletes its queues and subscriptions with
//! [`Transport::delete`](crate::transport::Transport::delete), and then calls [`Harness::clean_up`].
//!
//! # What each group of cases needs
//!
//! | group | what the harness provides |
//! | --- | --- |
//! | commands, events, consumers, ordering, settlement, releases, dead letters, redrives, envelopes, sizes, batches, calls, deadlines, streams, names, status, removal, lifecycle | [`Harness::connect`] |
//! | external queues and topics | [`Harness::create_external`], if the driver has [`Capabilities::external`](crate::transport::Capabilities::external) and does not create them when they are first used |
//! | resources | [`Harness::repetitions`], and [`Harness::resources`] if the driver can count what it uses |
//! | restart | [`Harness::start_broker`]; without it, the cases pass and print that they were not run |
//!
//! A capability that a driver does not have is not skipped: the case then checks that the driver returns
//! `Unsupported`.

mod case;
mod cases;
mod catalogue;
mod check;
mod context;
mod created;
mod harness;
mod message;
mod promises;
mod provider;
#[cfg(test)]
mod quotes;
mod result;
mod service;

pub use self::case::Case;
pub use self::catalogue::{cases, run_case};
pub use self::harness::{External, Harness, Resource, RestartableBroker};
pub use self::result::{CaseOutcome, CaseResult};
