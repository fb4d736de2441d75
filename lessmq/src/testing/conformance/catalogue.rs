//! Every case, with the promise that it checks.

use super::case::Case;
use super::harness::Harness;
use super::result::CaseOutcome;

/// Writes one test for each case of the conformance suite, with the name of the case.
///
/// The argument is an expression for a [`Harness`](crate::testing::conformance::Harness), which every test evaluates.
/// An attribute before it replaces `#[tokio::test]`:
///
/// ```
/// # use lessmq::transport::Transport;
/// # struct MemoryHarness(lessmq::transport::memory::Memory);
/// # impl MemoryHarness { fn new() -> Self { Self(Default::default()) } }
/// # #[async_trait::async_trait]
/// # impl lessmq::testing::conformance::Harness for MemoryHarness {
/// #     async fn connect(&self) -> lessmq::Result<std::sync::Arc<dyn Transport>> {
/// #         Ok(std::sync::Arc::new(self.0.connect()))
/// #     }
/// # }
/// lessmq::testing::conformance_tests!(
///     #[tokio::test(start_paused = true)]
///     MemoryHarness::new()
/// );
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_tests {
    (#[$test:meta] $harness:expr $(,)?) => {
        $crate::__conformance_cases! { [$crate::__conformance_tests] #[$test] $harness }
    };
    ($harness:expr $(,)?) => {
        $crate::conformance_tests! { #[tokio::test] $harness }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_tests {
    ([#[$test:meta] $harness:expr] $($group:ident { $($case:ident: $promise:literal,)* })*) => {$($(
        #[$test]
        async fn $case() {
            $crate::testing::conformance::run_case(stringify!($case), &$harness).await;
        }
    )*)*};
}

/// Writes the table of [`cases`].
macro_rules! case_table {
    ([] $($group:ident { $($case:ident: $promise:literal,)* })*) => {
        &[$($(Case {
            name: stringify!($case),
            promise: $promise,
            check: |context| Box::pin(super::cases::$group::$case(context)),
        }),*),*]
    };
}

/// All cases, in groups.
#[must_use]
pub fn cases() -> &'static [Case] {
    const CASES: &[Case] = crate::__conformance_cases!([case_table]);
    CASES
}

/// Runs the case of this name. [`conformance_tests!`](crate::testing::conformance_tests) calls it.
///
/// # Panics
/// If the case fails, or if there is no such case.
#[allow(clippy::print_stderr, reason = "a test that was not run says so in its output")]
pub async fn run_case(name: &str, harness: &dyn Harness) {
    let Some(case) = cases().iter().find(|case| case.name == name) else {
        panic!("there is no conformance case `{name}`");
    };
    let result = case.run(harness).await;
    result.assert_passed();
    if let CaseOutcome::NotRun(_) = result.outcome {
        eprintln!("{result}");
    }
}
