//! A case: one promise, and the check of it.

use std::fmt;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::time::timeout;

use super::check::{Check, fail};
use super::context::Context;
use super::harness::Harness;
use super::result::{CaseOutcome, CaseResult};

/// A case may wait this many times for [`Harness::timeout`].
const MAX_TIMEOUTS: u32 = 6;

/// One promise, and the check of it.
#[derive(Clone, Copy)]
pub struct Case {
    /// What the case checks, as a sentence.
    pub name: &'static str,
    /// The promise, quoted from the docs of [`transport`](crate::transport).
    pub promise: &'static str,
    pub(super) check: CheckFn,
}

pub(super) type CheckFn = for<'a> fn(&'a Context<'a>) -> BoxFuture<'a, Check>;

impl Case {
    /// Runs this case. A driver that panics or hangs fails it.
    pub async fn run(&self, harness: &dyn Harness) -> CaseResult {
        let outcome = match self.check(harness).await {
            Ok(()) => CaseOutcome::Passed,
            Err(failure) => failure.into(),
        };
        CaseResult { name: self.name, promise: self.promise, outcome }
    }

    async fn check(&self, harness: &dyn Harness) -> Check {
        let context = Context::new(harness).await?;
        let limit = harness.timeout() * MAX_TIMEOUTS;
        let checking = AssertUnwindSafe((self.check)(&context)).catch_unwind();
        let checked = match timeout(limit, checking).await {
            Ok(Ok(checked)) => checked,
            Ok(Err(_)) => fail("the case panicked"),
            Err(_) => fail(format!("the case did not finish within {limit:?}")),
        };
        context.clean_up().await;
        let closed = context.close().await;
        checked.and(closed)
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case").field("name", &self.name).finish_non_exhaustive()
    }
}
