//! The conformance suite: what every [`Transport`] promises, as cases that run against a real broker.
//!
//! A driver's test file is a [`Harness`] and one line:
//!
//! ```
//! use std::sync::Arc;
//!
//! use lessmq::testing::conformance::{self, Harness};
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
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() {
//! conformance::run_all(&MemoryHarness(Memory::new())).await.assert_passed();
//! # }
//! ```
//!
//! Every case uses names of its own, so that all of them can share a broker, and a broker that has been used before.
//! A capability that a driver denies is not skipped: the case then asserts that the driver refuses.

mod calls;
mod capabilities;
mod commands;
mod consumers;
mod context;
mod dead_letters;
mod envelopes;
mod events;
mod lifecycle;
mod report;
mod restart;
mod settlement;
mod sizes;

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::time::timeout;

pub use self::context::{Context, Failure};
pub use self::report::{CaseResult, Outcome, Report};
use crate::error::Result;
use crate::transport::{Source, Transport};

/// How the suite gets at a driver and its broker.
#[async_trait]
pub trait Harness: Send + Sync {
    /// A new connection, always to the same broker and the same namespace.
    ///
    /// # Errors
    /// Any: the case that asked for it fails.
    async fn connect(&self) -> Result<Arc<dyn Transport>>;

    /// Sees to it that a queue and a direct exchange exist that the driver did not create. Called only for drivers
    /// that can use them. Does nothing unless overridden.
    ///
    /// # Errors
    /// Any: the case that asked for it fails.
    async fn create_existing(&self, queue: &str, exchange: &str) -> Result<()> {
        let _ = (queue, exchange);
        Ok(())
    }

    /// Removes from the broker what was made for these sources of a case that is over, and for their dead letters.
    /// Worth overriding where the broker outlives the test. Does nothing unless overridden.
    async fn clean_up(&self, sources: &[Source]) {
        let _ = sources;
    }

    /// Whether [`Harness::restart_broker`] does it. The cases that need it are reported as not run otherwise.
    fn can_restart_broker(&self) -> bool {
        false
    }

    /// Stops the broker and starts it again, with what it has stored. Returns once it takes connections.
    ///
    /// # Errors
    /// Any: the case that asked for it fails.
    async fn restart_broker(&self) -> Result<()> {
        Ok(())
    }

    /// How long a case waits for what must happen. Ten seconds unless overridden.
    fn patience(&self) -> Duration {
        Duration::from_secs(10)
    }

    /// How long a case waits for what must not happen: longer than the broker takes for a delivery. 100 ms unless
    /// overridden.
    fn lull(&self) -> Duration {
        Duration::from_millis(100)
    }
}

type Run = for<'a> fn(&'a Context<'a>) -> BoxFuture<'a, Result<(), Failure>>;

/// One promise, and how it is checked.
#[derive(Clone, Copy)]
pub struct Case {
    /// What must be so, as a sentence.
    pub name: &'static str,
    /// The words in the docs of [`transport`](crate::transport) that say so.
    pub promise: &'static str,
    run: Run,
}

/// The cases of a module, by their functions.
macro_rules! promises {
    ($($name:ident: $promise:literal,)*) => {
        pub(super) const CASES: &[super::Case] = &[$(super::Case {
            name: stringify!($name),
            promise: $promise,
            run: |context| Box::pin($name(context)),
        }),*];
    };
}
use promises;

/// All cases, in the order in which they run.
#[must_use]
pub fn cases() -> Vec<Case> {
    [
        commands::CASES,
        events::CASES,
        consumers::CASES,
        settlement::CASES,
        dead_letters::CASES,
        envelopes::CASES,
        sizes::CASES,
        calls::CASES,
        capabilities::CASES,
        lifecycle::CASES,
        restart::CASES,
    ]
    .concat()
}

/// Runs every case, one after the other.
pub async fn run_all(harness: &dyn Harness) -> Report {
    let mut results = Vec::new();
    for case in cases() {
        results.push(case.run(harness).await);
    }
    Report { results }
}

impl Case {
    /// Runs this case. A panic and a driver that hangs are failures.
    pub async fn run(&self, harness: &dyn Harness) -> CaseResult {
        let limit = harness.patience() * 4;
        let running = timeout(limit, AssertUnwindSafe(self.attempt(harness)).catch_unwind());
        let outcome = match running.await {
            Ok(Ok(Ok(()))) => Outcome::Passed,
            Ok(Ok(Err(failure))) => failure.into(),
            Ok(Err(_)) => Outcome::Failed("it panicked".to_owned()),
            Err(_) => Outcome::Failed(format!("it was not done after {limit:?}")),
        };
        CaseResult { case: *self, outcome }
    }

    async fn attempt(&self, harness: &dyn Harness) -> Result<(), Failure> {
        let context = Context::new(harness).await?;
        let kept = (self.run)(&context).await;
        let closed = context.close().await;
        context.clean_up().await;
        kept.and(closed)
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case").field("name", &self.name).finish_non_exhaustive()
    }
}
