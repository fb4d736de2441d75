//! The check at each call whether the client is still compatible with the provider.
//!
//! Every reply names the contract of the provider. As long as it is the one that was checked before, that costs a
//! comparison. When it changes, the client asks the provider for the new contract and compares. Methods that are
//! incompatible are refused: calls of them fail with [`ContractMismatch`] until a compatible provider is back. The other
//! methods continue to work.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use semver::Version;
use tokio::time::Instant;

use super::InterfaceClient;
use crate::bus::ContractPolicy;
use crate::compat::{self, Bump, Finding, Report, Severity, Verdict};
use crate::contract::{Contract, ContractId};
use crate::discovery::Refusal;
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

    /// The mismatch of each method that is incompatible, by name.
    fn by_method(&self) -> Refused {
        let mut methods: BTreeMap<&str, Vec<Finding>> = BTreeMap::new();
        let errors = self.report.findings.iter().filter(|finding| finding.severity == Severity::Error);
        for finding in errors {
            methods.entry(&finding.method).or_default().push(finding.clone());
        }
        let mismatch = |findings| {
            let report = Report { verdict: Verdict::Incompatible, findings, bump: Bump::Major };
            Arc::new(Self { report, ..self.clone() })
        };
        methods.into_iter().map(|(method, findings)| (method.to_owned(), mismatch(findings))).collect()
    }

    pub(crate) fn to_error(&self) -> Error {
        let Self { service, provider, consumer, report } = self;
        let mut methods = report.findings.iter().map(|finding| &finding.method);
        let first = methods.next();
        let subject = match first.filter(|first| methods.all(|method| method == *first)) {
            Some(method) => format!("`{service}.{method}` of `{service}`"),
            None => format!("the contract of `{service}`"),
        };
        Error::new(
            ErrorKind::ContractMismatch,
            format!(
                "{subject} {provider} is incompatible with {consumer}, which this program was built against"
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

impl fmt::Display for ContractMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report.fmt(f)
    }
}

impl std::error::Error for ContractMismatch {}

/// The methods that a provider's contract makes incompatible, by name.
type Refused = BTreeMap<String, Arc<ContractMismatch>>;

/// What is known about the providers of one service. While copies of different versions run, there are several.
#[derive(Default)]
pub(super) struct Peer {
    known: RwLock<Known>,
    /// Whether methods of the provider that replied last are refused; checked at every call.
    refuses_any: AtomicBool,
    /// One check at a time.
    checking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    /// The provider that replied last, if its contract is known.
    current: Option<Text>,
    /// Its methods that are refused, and when it replied.
    refused: Option<(Arc<Refused>, Instant)>,
    /// The judgement of each provider, the newest last. An id names the whole contract, so a judgement stays valid.
    judged: VecDeque<(Text, Judgement)>,
}

/// The judgement of a provider's contract.
#[derive(Clone)]
enum Judgement {
    /// Its contract is known. Without refused methods, it is compatible.
    Known(Arc<Refused>),
    /// Its contract could not be fetched; to be asked for again after this time.
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

    /// Records who replied to a call of `method`. `None` if its contract has to be checked.
    fn met(&mut self, id: &Text, method: &str) -> Option<Result<()>> {
        let (_, judgement) = self.judged.iter().find(|(known, _)| known == id)?;
        match judgement.clone() {
            Judgement::Known(refused) => {
                self.current = Some(id.clone());
                let mismatch = refused.get(method).cloned();
                self.refused = (!refused.is_empty()).then(|| (refused, Instant::now()));
                Some(mismatch.map_or(Ok(()), |mismatch| Err(mismatch.to_error())))
            }
            Judgement::Unknown(until) => (Instant::now() < until).then_some(Ok(())),
        }
    }

    /// The refused methods of the provider that replied last.
    fn refusals(&self) -> Vec<Refusal> {
        let refused = self.refused.iter().flat_map(|(refused, _)| refused.iter());
        let refusal = |(method, mismatch): (&String, &Arc<ContractMismatch>)| {
            let ContractMismatch { service, provider, report, .. } = &**mismatch;
            Refusal::new(service, method, provider.clone(), report.to_string())
        };
        refused.map(refusal).collect()
    }

    /// Why a method is refused, and since when.
    fn refusal(&self, method: &str) -> Option<(Arc<ContractMismatch>, Instant)> {
        let (refused, found) = self.refused.as_ref()?;
        Some((Arc::clone(refused.get(method)?), *found))
    }
}

impl Peer {
    fn read(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Known> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// As [`Known::met`], with the refused methods of the provider if it is not the one that replied before.
    fn met(&self, id: &Text, method: &str) -> Option<(Result<()>, Option<Vec<Refusal>>)> {
        let mut known = self.write();
        let is_new = known.current.as_ref() != Some(id);
        let met = known.met(id, method)?;
        self.refuses_any.store(known.refused.is_some(), Ordering::Release);
        Some((met, is_new.then(|| known.refusals())))
    }

    /// Whether the provider with this contract id replied last, and all its methods are compatible.
    fn accepts(&self, id: &Text) -> bool {
        let known = self.read();
        known.current.as_ref() == Some(id) && known.refused.is_none()
    }

    /// Whether a method of the provider that replied last is refused.
    pub(super) fn refuses(&self, method: &str) -> bool {
        self.refuses_any.load(Ordering::Acquire) && self.read().refusal(method).is_some()
    }
}

impl InterfaceClient {
    /// Whether a reply from the provider with this contract id can be read without a check. If the provider has the
    /// client's own contract, this takes no lock.
    pub(super) fn accepts(&self, id: &Text) -> bool {
        let peer = &self.0.peer;
        *id == self.0.contract_id && !peer.refuses_any.load(Ordering::Acquire) || peer.accepts(id)
    }

    /// Returns the contract mismatch of a refused method. After [`ASK_AGAIN_AFTER`], asks for the contract of the current
    /// provider.
    pub(super) async fn check_before_call(&self, method: &str, deadline: Instant) -> Result<()> {
        let _one_at_a_time = self.0.peer.checking.lock().await;
        let Some((mismatch, found)) = self.0.peer.read().refusal(method) else { return Ok(()) };
        if found.elapsed() < ASK_AGAIN_AFTER {
            return Err(mismatch.to_error());
        }
        match self.0.bus.describe(&self.0.contract.service, describe_timeout(deadline)).await {
            Ok(description) => {
                let id = description.contract.id().to_string().into();
                self.judge(description.contract, &id, method).await
            }
            Err(_) => Err(mismatch.to_error()),
        }
    }

    /// Checks the contract that a reply names, when it is not one that the client [accepts](Self::accepts).
    pub(super) async fn check_changed(&self, id: &Text, method: &str, deadline: Instant) -> Result<()> {
        if let Some(known) = self.met(id, method) {
            return known;
        }
        let Some(provider) = ContractId::parse(id) else { return Ok(()) };
        let _one_at_a_time = self.0.peer.checking.lock().await;
        if let Some(known) = self.met(id, method) {
            return known; // checked while this call waited
        }
        if provider.fingerprint == self.0.contract.fingerprint() {
            return self.found(id, method, Refused::new());
        }
        let service = &self.0.contract.service;
        let described =
            self.0.bus.describe_exact(service, Some(provider.fingerprint), describe_timeout(deadline)).await;
        match described {
            Ok(description) => self.judge(description.contract, id, method).await,
            Err(error) => {
                tracing::warn!(%service, version = %provider.version, "the provider has changed, and its contract cannot be fetched: {error:#}");
                self.not_found(id);
                Ok(())
            }
        }
    }

    /// Compares on a blocking thread: comparing another program's schemas may take long.
    async fn judge(&self, provider: Contract, id: &Text, method: &str) -> Result<()> {
        let consumer = self.0.contract;
        let compared =
            tokio::task::spawn_blocking(move || ContractMismatch::check(consumer, &provider)).await;
        match compared {
            Ok(Ok(_)) => self.found(id, method, Refused::new()),
            Ok(Err(mismatch)) if self.0.bus.contract_policy() == ContractPolicy::Warn => {
                tracing::warn!("{:#}", mismatch.to_error());
                self.found(id, method, Refused::new())
            }
            Ok(Err(mismatch)) => {
                let refused = mismatch.by_method();
                for mismatch in refused.values() {
                    tracing::error!("{:#}", mismatch.to_error());
                }
                self.found(id, method, refused)
            }
            Err(panicked) => {
                tracing::error!("cannot compare the provider's contract: {panicked}");
                self.not_found(id);
                Ok(())
            }
        }
    }

    fn found(&self, id: &Text, method: &str, refused: Refused) -> Result<()> {
        self.0.peer.write().remember(id, Judgement::Known(Arc::new(refused)));
        self.met(id, method).unwrap_or(Ok(()))
    }

    /// Records who replied to a call of `method`. `None` if its contract has to be checked.
    fn met(&self, id: &Text, method: &str) -> Option<Result<()>> {
        let (met, refusals) = self.0.peer.met(id, method)?;
        if let Some(refusals) = refusals {
            let methods = self.0.methods.iter().map(|method| method.name.as_str());
            self.0.bus.refusals().replace(&self.0.contract.service, methods, refusals.into_iter());
        }
        Some(met)
    }

    fn not_found(&self, id: &Text) {
        self.0.peer.write().remember(id, Judgement::Unknown(Instant::now() + ASK_AGAIN_AFTER));
    }
}

/// How long to request a contract before a call with this deadline.
fn describe_timeout(deadline: Instant) -> Duration {
    DESCRIBE_TIMEOUT.min(deadline.saturating_duration_since(Instant::now()))
}
