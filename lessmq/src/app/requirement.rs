//! The check at start-up.

use std::time::Duration;

use crate::bus::Bus;
use crate::client::ContractMismatch;
use crate::compat::Verdict;
use crate::contract::Contract;
use crate::error::{Error, ErrorKind, Result};

/// What to do while nobody provides a required service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// Wait for a provider, and fail when none has come in this time.
    Wait(Duration),
    /// Warn, and start all the same; the contract is checked at the first call.
    Warn,
    /// Start without a word. What [`App::subscribe`](super::App::subscribe) does: a publisher may be away.
    Ignore,
    /// Fail.
    Fail,
}

impl Default for Absent {
    /// Wait for 30 seconds.
    fn default() -> Self {
        Self::Wait(Duration::from_secs(30))
    }
}

/// How long to ask where there is no waiting.
const BRIEFLY: Duration = Duration::from_millis(500);

/// A contract that a live provider has to fit.
#[derive(Debug)]
pub(super) struct Requirement {
    pub(super) contract: &'static Contract,
    pub(super) absent: Absent,
}

impl Requirement {
    /// Asks the live provider.
    pub(super) async fn check(&self, bus: &Bus) -> Result<()> {
        let service = &self.contract.service;
        let patience = match self.absent {
            Absent::Wait(patience) => patience,
            Absent::Warn | Absent::Ignore | Absent::Fail => BRIEFLY,
        };
        match bus.describe(service, patience).await {
            Ok(description) => self.judge(&description.contract),
            Err(error) if error.kind() == ErrorKind::Unavailable => self.nobody(error),
            Err(error) => Err(error),
        }
    }

    fn nobody(&self, error: Error) -> Result<()> {
        let service = &self.contract.service;
        match self.absent {
            Absent::Ignore => tracing::debug!(%service, "no provider is live"),
            Absent::Warn => {
                tracing::warn!(%service, "no provider is live; its contract is checked at the first call")
            }
            Absent::Wait(_) | Absent::Fail => return Err(self.missing(error)),
        }
        Ok(())
    }

    fn missing(&self, error: Error) -> Error {
        let what = format!("this program requires `{}` {}", self.contract.service, self.contract.version);
        let hint = error.hint().unwrap_or_default().to_owned();
        Error::new(ErrorKind::Unavailable, what).with_source(error).with_hint(hint)
    }

    fn judge(&self, provider: &Contract) -> Result<()> {
        let (ours, theirs) = (&self.contract.version, &provider.version);
        let service = &self.contract.service;
        let report = ContractMismatch::check(self.contract, provider)?;
        match report.verdict {
            Verdict::Identical => {
                tracing::debug!(%service, version = %theirs, "the provider's contract is the same")
            }
            Verdict::Compatible => tracing::warn!(
                "`{service}` {theirs} is different from, and compatible with, the contract {ours} that this program was built against\n{report}"
            ),
            _ => tracing::warn!(
                "whether `{service}` {theirs} fits the contract {ours} that this program was built against cannot be decided\n{report}"
            ),
        }
        Ok(())
    }
}
