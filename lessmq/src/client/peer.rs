//! The check at each call whether the client is still compatible with the provider.
//!
//! Every reply contains the id of the provider's contract. If that id was checked before, the check is a comparison of
//! ids. If it is new, the client requests the contract and compares it. The result is remembered. While the provider is
//! incompatible, calls fail with [`ContractMismatch`].

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use semver::Version;
use tokio::time::Instant;

use super::InterfaceClient;
use crate::compat::{self, Report, Verdict};
use crate::contract::{Contract, ContractId};
use crate::envelope::Text;
use crate::error::{Error, ErrorKind, Result};

/// How long to wait for a provider's contract during a call.
const DESCRIBE_TIMEOUT: Duration = Duration::from_secs(3);
/// The delay before checking whether an incompatible provider was replaced.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Why a client and a provider cannot work together; the source of errors of the kind `ContractMismatch`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ContractMismatch {
    /// The service.
    pub service: String,
    /// The version that the consumer was built against.
    pub consumer: Version,
    /// The version that the provider serves.
    pub provider: Version,
    /// The incompatibilities, each with an example.
    pub report: Report,
}

impl ContractMismatch {
    /// Compares a consumer's contract with a live provider's. Returns the report if they are compatible.
    pub(crate) fn check(consumer: &Contract, provider: &Contract) -> Result<Report, Box<Self>> {
        let report = compat::check_consumer(consumer, provider);
        if report.verdict != Verdict::Incompatible {
            return Ok(report);
        }
        Err(Box::new(Self {
            service: consumer.service.clone(),
            consumer: consumer.version.clone(),
            provider: provider.version.clone(),
            report,
        }))
    }

    fn to_error(&self) -> Error {
        Error::new(
            ErrorKind::ContractMismatch,
            format!(
                "the contract of `{}` {} is incompatible with {}, which this program was built against",
                self.service, self.provider, self.consumer
            ),
        )
        .with_source(self.clone())
        .with_hint(self.hint())
    }

    fn hint(&self) -> String {
        let undeclared = |finding: &compat::Finding| finding.rule.id == "event-removed";
        if self.report.findings.iter().all(undeclared) {
            return format!(
                "if `{}` does publish it, add `publishes` for the client of its events to its `App`",
                self.service
            );
        }
        let (service, provider) = (&self.service, &self.provider);
        format!("build against the contract of `{service}` {provider}, or run a provider that is compatible")
    }
}

impl From<Box<ContractMismatch>> for Error {
    fn from(mismatch: Box<ContractMismatch>) -> Self {
        mismatch.to_error()
    }
}

impl fmt::Display for ContractMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report.fmt(f)
    }
}

impl std::error::Error for ContractMismatch {}

/// What is known about the providers of one service. Several versions may be running.
#[derive(Default)]
pub(super) struct Peer {
    known: RwLock<Known>,
    /// Whether the provider that replied last is incompatible; checked at every call.
    incompatible: AtomicBool,
    /// Held during a check, so that there is one at a time.
    checking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    /// The provider that replied last, if it is compatible.
    accepted: Option<Text>,
    /// The provider that replied last, if it is incompatible, and when that was found.
    rejected: Option<(Arc<ContractMismatch>, Instant)>,
    /// The judgement of each contract id, the newest last. An id identifies the whole contract, so a judgement stays
    /// valid.
    judged: VecDeque<(Text, Judgement)>,
}

/// The judgement of a provider's contract.
#[derive(Clone)]
enum Judgement {
    Compatible,
    Incompatible(Arc<ContractMismatch>),
    /// The contract could not be fetched. It is requested again after this time.
    Unknown(Instant),
}

/// The limit of remembered providers.
const REMEMBERED: usize = 16;

impl Known {
    fn remember(&mut self, id: &Text, judgement: Judgement) {
        self.judged.retain(|(known, _)| known != id);
        if self.judged.len() == REMEMBERED {
            self.judged.pop_front();
        }
        self.judged.push_back((id.clone(), judgement));
    }

    /// Records the contract of the provider that replied last. `None` if that contract must be checked.
    fn met(&mut self, id: &Text) -> Option<Result<()>> {
        let (_, judgement) = self.judged.iter().find(|(known, _)| known == id)?;
        match judgement.clone() {
            Judgement::Compatible => {
                (self.accepted, self.rejected) = (Some(id.clone()), None);
                Some(Ok(()))
            }
            Judgement::Incompatible(mismatch) => {
                let error = mismatch.to_error();
                (self.accepted, self.rejected) = (None, Some((mismatch, Instant::now())));
                Some(Err(error))
            }
            Judgement::Unknown(until) => (Instant::now() < until).then_some(Ok(())),
        }
    }
}

impl Peer {
    fn read(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Known> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// As [`Known::met`].
    fn met(&self, id: &Text) -> Option<Result<()>> {
        let mut known = self.write();
        let met = known.met(id);
        self.incompatible.store(known.rejected.is_some(), Ordering::Release);
        met
    }

    /// Whether the provider with this contract id replied last, and is compatible.
    pub(super) fn accepts(&self, id: &Text) -> bool {
        self.read().accepted.as_ref() == Some(id)
    }

    /// Whether the provider that replied last is incompatible.
    pub(super) fn is_incompatible(&self) -> bool {
        self.incompatible.load(Ordering::Acquire)
    }
}

impl InterfaceClient {
    /// Fails while the provider is known to be incompatible. Checks from time to time whether it was replaced.
    pub(super) async fn check_before_call(&self, deadline: Instant) -> Result<()> {
        let _one_at_a_time = self.0.peer.checking.lock().await;
        let Some((mismatch, found)) = self.0.peer.read().rejected.clone() else { return Ok(()) };
        if found.elapsed() < ASK_AGAIN_AFTER {
            return Err(mismatch.to_error());
        }
        match self.0.bus.describe(&self.0.contract.service, patience(deadline)).await {
            Ok(description) => {
                let id = description.contract.id().to_string().into();
                self.judge(description.contract, &id).await
            }
            Err(_) => Err(mismatch.to_error()),
        }
    }

    /// Checks the contract id of a reply, if [`Peer::accepts`] is false for it.
    pub(super) async fn check_changed(&self, id: &Text, deadline: Instant) -> Result<()> {
        if let Some(known) = self.0.peer.met(id) {
            return known;
        }
        let Some(provider) = ContractId::parse(id) else { return Ok(()) };
        let _one_at_a_time = self.0.peer.checking.lock().await;
        if let Some(known) = self.0.peer.met(id) {
            return known; // checked while this call waited
        }
        if provider.fingerprint == self.0.contract.fingerprint() {
            return self.found(id, Judgement::Compatible);
        }
        let service = &self.0.contract.service;
        let described =
            self.0.bus.describe_exact(service, Some(provider.fingerprint), patience(deadline)).await;
        match described {
            Ok(description) => self.judge(description.contract, id).await,
            Err(error) => {
                tracing::warn!(%service, version = %provider.version, "the provider has changed, and its contract cannot be fetched: {error:#}");
                self.found(id, Judgement::Unknown(Instant::now() + ASK_AGAIN_AFTER))
            }
        }
    }

    /// Compares on a blocking thread, because a comparison of schemas may take long.
    async fn judge(&self, provider: Contract, id: &Text) -> Result<()> {
        let consumer = self.0.contract;
        let compared =
            tokio::task::spawn_blocking(move || ContractMismatch::check(consumer, &provider)).await;
        let judgement = match compared {
            Ok(Ok(_)) => Judgement::Compatible,
            Ok(Err(mismatch)) => {
                tracing::error!("{:#}", mismatch.to_error());
                Judgement::Incompatible(Arc::from(mismatch))
            }
            Err(panicked) => {
                tracing::error!("cannot compare the provider's contract: {panicked}");
                Judgement::Unknown(Instant::now() + ASK_AGAIN_AFTER)
            }
        };
        self.found(id, judgement)
    }

    fn found(&self, id: &Text, judgement: Judgement) -> Result<()> {
        self.0.peer.write().remember(id, judgement);
        self.0.peer.met(id).unwrap_or(Ok(()))
    }
}

fn patience(deadline: Instant) -> Duration {
    DESCRIBE_TIMEOUT.min(deadline.saturating_duration_since(Instant::now()))
}
