//! The check at each call: is the provider still the one that this client fits?
//!
//! Every reply names the contract that the provider serves. As long as it is the one that was found to fit, that
//! costs a comparison. When it changes, the client asks the provider for the new contract and compares: a fitting
//! one is remembered, another makes calls fail with [`ContractMismatch`] until a fitting provider is back.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use semver::Version;
use tokio::time::Instant;

use super::InterfaceClient;
use crate::compat::{self, Report, Verdict};
use crate::contract::{Contract, ContractId};
use crate::envelope::Text;
use crate::error::{Error, ErrorKind, Result};

/// How long to wait for a provider's contract during a call.
const DESCRIBE_PATIENCE: Duration = Duration::from_secs(3);
/// How often to ask whether a provider that did not fit has been replaced.
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
    /// What does not fit, with an example of each.
    pub report: Report,
}

impl ContractMismatch {
    /// Compares a consumer's contract with a live provider's: `Ok` with the report when they fit.
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
                "`{}` {} does not fit the contract {} that this program was built against",
                self.service, self.provider, self.consumer
            ),
        )
        .with_source(self.clone())
        .with_hint(format!(
            "build against the contract of `{}` {}, or bring back a provider that fits",
            self.service, self.provider
        ))
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

/// What is known of the provider.
#[derive(Default)]
pub(super) struct Peer {
    known: RwLock<Known>,
    /// One check at a time.
    checking: tokio::sync::Mutex<()>,
}

#[derive(Clone, Default)]
enum Known {
    #[default]
    Nothing,
    /// The provider of this id fits, or could not be checked.
    Accepted(Text),
    /// The provider does not fit.
    Refused { mismatch: Arc<ContractMismatch>, checked: Instant },
}

impl Peer {
    fn known(&self) -> Known {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn remember(&self, known: Known) {
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
    }

    pub(super) fn accepts(&self, id: &str) -> bool {
        matches!(&*self.known.read().unwrap_or_else(PoisonError::into_inner), Known::Accepted(known) if **known == *id)
    }

    pub(super) fn refuses(&self) -> bool {
        matches!(&*self.known.read().unwrap_or_else(PoisonError::into_inner), Known::Refused { .. })
    }
}

impl InterfaceClient {
    /// Fails while the provider is known not to fit; asks now and then whether there is another one.
    pub(super) async fn check_before_call(&self, deadline: Instant) -> Result<()> {
        if !self.0.peer.refuses() {
            return Ok(());
        }
        let _one_at_a_time = self.0.peer.checking.lock().await;
        let Known::Refused { mismatch, checked } = self.0.peer.known() else { return Ok(()) };
        if checked.elapsed() < ASK_AGAIN_AFTER {
            return Err(mismatch.to_error());
        }
        match self.0.bus.describe(&self.0.contract.service, patience(deadline)).await {
            Ok(description) => {
                self.judge(&description.contract, description.contract.id().to_string().into())
            }
            Err(_) => Err(mismatch.to_error()),
        }
    }

    /// Checks the contract that a reply names, unless it is the one that was found to fit.
    pub(super) async fn check_reply(&self, provider: Option<&Text>, deadline: Instant) -> Result<()> {
        match provider {
            Some(id) if !self.0.peer.accepts(id) => self.check_changed(id, deadline).await,
            _ => Ok(()),
        }
    }

    async fn check_changed(&self, id: &Text, deadline: Instant) -> Result<()> {
        let _one_at_a_time = self.0.peer.checking.lock().await;
        let Some(provider) = ContractId::parse(id).filter(|_| !self.0.peer.accepts(id)) else {
            return Ok(());
        };
        if provider.fingerprint == self.0.contract.fingerprint() {
            self.0.peer.remember(Known::Accepted(id.clone()));
            return Ok(());
        }
        let service = &self.0.contract.service;
        let described =
            self.0.bus.describe_exact(service, Some(provider.fingerprint), patience(deadline)).await;
        match described {
            Ok(description) => self.judge(&description.contract, id.clone()),
            Err(error) => {
                tracing::warn!(%service, version = %provider.version, "the provider has changed and its contract cannot be had: {error:#}");
                self.0.peer.remember(Known::Accepted(id.clone()));
                Ok(())
            }
        }
    }

    fn judge(&self, provider: &Contract, id: Text) -> Result<()> {
        match ContractMismatch::check(self.0.contract, provider) {
            Ok(_) => {
                self.0.peer.remember(Known::Accepted(id));
                Ok(())
            }
            Err(mismatch) => {
                let error = mismatch.to_error();
                tracing::error!("{error:#}");
                self.0
                    .peer
                    .remember(Known::Refused { mismatch: Arc::from(mismatch), checked: Instant::now() });
                Err(error)
            }
        }
    }
}

fn patience(deadline: Instant) -> Duration {
    DESCRIBE_PATIENCE.min(deadline.saturating_duration_since(Instant::now()))
}
