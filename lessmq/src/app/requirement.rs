//! The check of required contracts when a process starts.

use std::pin::{Pin, pin};
use std::time::Duration;

use tokio::time::timeout;

use crate::bus::{Bus, ContractPolicy};
use crate::client::ContractMismatch;
use crate::compat::Verdict;
use crate::contract::Contract;
use crate::error::{Error, ErrorKind, Result};

/// What to do while a required service has no provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenAbsent {
    /// Wait for a provider, and fail if there is none after this time.
    Wait(Duration),
    /// Log a warning and start; the contract is checked at the first call.
    Warn,
    /// Start silently, as [`App::subscribe`](super::App::subscribe) does: a publisher may not be running.
    Ignore,
    /// Fail at once.
    Fail,
}

impl Default for WhenAbsent {
    /// Wait for 30 seconds.
    fn default() -> Self {
        Self::Wait(Duration::from_secs(30))
    }
}

/// How long to search for a provider if the app does not wait for one.
const LOOKUP_TIMEOUT: Duration = Duration::from_millis(500);
/// How long to wait for a provider before that is logged.
const SILENT_WAIT: Duration = Duration::from_secs(1);

/// A contract with which a live provider must be compatible.
#[derive(Debug)]
pub(super) struct Requirement {
    pub(super) contract: &'static Contract,
    pub(super) when_absent: WhenAbsent,
}

impl Requirement {
    /// Checks the contract of the live provider.
    pub(super) async fn check(&self, bus: &Bus) -> Result<()> {
        let service = &self.contract.service;
        let limit = match self.when_absent {
            WhenAbsent::Wait(limit) => limit,
            WhenAbsent::Warn | WhenAbsent::Ignore | WhenAbsent::Fail => LOOKUP_TIMEOUT,
        };
        let describing = pin!(bus.describe(service, limit));
        match self.report_waiting(describing, limit).await {
            Ok(description) => self.judge(&description.contract, bus.contract_policy()),
            Err(error) if error.kind() == ErrorKind::Unavailable => self.absent(error),
            Err(error) => Err(error),
        }
    }

    /// Waits for a provider's description, and logs that if it takes long.
    async fn report_waiting<F: Future>(&self, mut describing: Pin<&mut F>, limit: Duration) -> F::Output {
        if let Ok(description) = timeout(SILENT_WAIT, describing.as_mut()).await {
            return description;
        }
        let Contract { service, version, .. } = self.contract;
        let seconds = limit.as_secs();
        tracing::info!(
            "waiting up to {seconds} s for a provider of `{service}`; this program requires {version}"
        );
        describing.await
    }

    fn absent(&self, error: Error) -> Result<()> {
        let service = &self.contract.service;
        match self.when_absent {
            WhenAbsent::Ignore => tracing::debug!(%service, "no live provider"),
            WhenAbsent::Warn => {
                tracing::warn!(%service, "no live provider; its contract is checked at the first call")
            }
            WhenAbsent::Wait(_) | WhenAbsent::Fail => return Err(self.unavailable_error(error)),
        }
        Ok(())
    }

    fn unavailable_error(&self, error: Error) -> Error {
        let what = format!("this program requires `{}` {}", self.contract.service, self.contract.version);
        let hint = error.hint().unwrap_or_default().to_owned();
        Error::new(ErrorKind::Unavailable, what).with_source(error).with_hint(hint)
    }

    fn judge(&self, provider: &Contract, policy: ContractPolicy) -> Result<()> {
        let (ours, theirs) = (&self.contract.version, &provider.version);
        let service = &self.contract.service;
        let report = match ContractMismatch::check(self.contract, provider) {
            Ok(report) => report,
            Err(mismatch) if policy == ContractPolicy::Warn => {
                tracing::warn!("{:#}", mismatch.to_error());
                return Ok(());
            }
            Err(mismatch) => return Err(mismatch.to_error()),
        };
        match report.verdict {
            Verdict::Identical => {
                tracing::debug!(%service, version = %theirs, "the provider's contract is identical")
            }
            Verdict::Compatible => tracing::warn!(
                "the contract of `{service}` {theirs} is compatible with, but different from, {ours}, which this program was built against\n{report}"
            ),
            _ => tracing::warn!(
                "cannot decide whether the contract of `{service}` {theirs} is compatible with {ours}, which this program was built against\n{report}"
            ),
        }
        Ok(())
    }
}
