//! An app that serves and consumes messages.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::task::JoinSet;

use super::plan::{self, ConsumerSpec};
use super::requirement::{Requirement, WhenAbsent};
use super::{App, Background};
use crate::bus::Bus;
use crate::contract::{Contract, Fingerprint};
use crate::control::{Control, Member};
use crate::discovery::{Instance, Provided, Provision};
use crate::envelope::MessageId;
use crate::error::{Error, ErrorKind, Result};
use crate::name::Name;
use crate::server::{Callers, ProcessShared, Worker, WorkerShared};
use crate::transport::Consumer;

/// An [`App`] that handles messages. Dropping it stops the consumers and the background tasks at once; running
/// handlers finish unobserved.
#[must_use = "dropping a running app stops it"]
pub struct Running {
    instance: Instance,
    /// The control subscription, which ends last.
    control: JoinSet<Result<()>>,
    tasks: JoinSet<Result<()>>,
    process: ProcessShared,
    drain_timeout: Duration,
}

impl Running {
    pub(super) async fn start(mut app: App) -> Result<Self> {
        let contracts = plan::provided(&app)?;
        let requirements = requirements(&mut app);
        let interfaces = interfaces(&app);
        let (specs, callers) = plan::consumers(&mut app, &contracts)?;
        let instance = instance(&app, &contracts, &requirements, &specs);
        let provided = provided(&interfaces, &contracts, &instance);
        let process = ProcessShared::new(app.bus.capabilities().clone());
        let control = control(&app.bus, &instance, callers, &contracts, &process).await?;
        // Calls are consumed first, because other processes request the contract with a call, and may be waiting for
        // it.
        let (calls, others): (Vec<_>, Vec<_>) = specs.into_iter().partition(ConsumerSpec::takes_calls);
        let mut tasks = JoinSet::new();
        let starting = async {
            start_workers(calls, &app.bus, &provided, &process, &mut tasks).await?;
            try_join_all(requirements.iter().map(|requirement| requirement.check(&app.bus))).await?;
            process.start_serving();
            start_workers(others, &app.bus, &provided, &process, &mut tasks).await
        };
        if let Err(error) = starting.await {
            give_up(tasks, &process).await;
            return Err(error);
        }
        for Background { name, start } in app.background {
            tasks.spawn(background(name, start(process.shutdown.token().clone())));
        }
        log_start(&instance, app.bus.capabilities().driver);
        Ok(Self { instance, control, tasks, process, drain_timeout: app.drain_timeout })
    }

    /// The description of this process, which other processes see on the bus.
    #[must_use]
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// Stops taking messages, and waits for running handlers and background tasks.
    ///
    /// # Errors
    /// The error of a background task; `Shutdown` if the drain timeout passed before all had finished.
    pub async fn shut_down(self) -> Result<()> {
        self.until(std::future::ready(())).await
    }

    /// Runs until `stop` completes or something fails, then drains.
    ///
    /// # Errors
    /// The failure; otherwise as [`Running::shut_down`].
    pub async fn until(mut self, stop: impl Future<Output = ()>) -> Result<()> {
        let failure = tokio::select! {
            () = stop => Ok(()),
            failure = first_failure(&mut self.tasks) => failure,
            failure = first_failure(&mut self.control) => failure,
        };
        match &failure {
            Ok(()) => {
                let (name, handlers) = (&self.instance.name, self.process.tasks.len());
                tracing::info!(%name, handlers, "draining");
            }
            Err(error) => tracing::error!("draining because of a failure: {error:#}"),
        }
        failure.and(self.drain().await)
    }

    async fn drain(mut self) -> Result<()> {
        self.process.shutdown.trigger();
        let drained = async {
            let mut result = Ok(());
            while let Some(task) = self.tasks.join_next().await {
                result = result.and(joined(task));
            }
            self.process.tasks.close();
            self.process.tasks.wait().await;
            result
        };
        let drained = tokio::time::timeout(self.drain_timeout, drained).await.unwrap_or_else(|_| {
            let seconds = self.drain_timeout.as_secs();
            let context =
                format!("shutdown timed out after {seconds} s with handlers or tasks still running");
            Err(Error::new(ErrorKind::Shutdown, context))
        });
        // The control subscription ends last, so that other processes can still list this one and cancel its calls.
        self.control.shutdown().await;
        drained
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("instance", &self.instance).finish_non_exhaustive()
    }
}

fn log_start(instance: &Instance, driver: &str) {
    let list = |provisions: &[Provision]| {
        provisions.iter().map(|own| format!("{} {}", own.service, own.version)).collect::<Vec<_>>().join(", ")
    };
    let (provides, requires) = (list(&instance.provides), list(&instance.requires));
    let Instance { id, name, consumes, .. } = instance;
    let consumes = consumes.join(", ");
    tracing::info!(%name, %id, driver, provides, requires, consumes, "running");
}

/// The requirements of the app, and the services whose events it subscribes to.
fn requirements(app: &mut App) -> Vec<Requirement> {
    let mut requirements = std::mem::take(&mut app.requirements);
    for subscriber in &app.subscribers {
        let contract = subscriber.server.contract;
        let external = |name: &str| app.bus.external(&format!("{}.{name}", contract.service)).is_some();
        let known = requirements.iter().any(|requirement| std::ptr::eq(requirement.contract, contract));
        if !known && !contract.events().all(|(name, _)| external(name)) {
            requirements.push(Requirement { contract, when_absent: WhenAbsent::Ignore });
        }
    }
    requirements
}

/// The required contracts: one for each service in one version, unless interfaces have methods in common.
fn required(requirements: &[Requirement]) -> Vec<Contract> {
    let mut contracts: Vec<Contract> = Vec::new();
    for contract in requirements.iter().map(|requirement| requirement.contract) {
        let is_same =
            |known: &&mut Contract| known.service == contract.service && known.version == contract.version;
        let is_known = contracts
            .iter_mut()
            .find(is_same)
            .is_some_and(|known| known.includes(contract) || known.merge(contract).is_ok());
        if !is_known {
            contracts.push(contract.clone());
        }
    }
    contracts
}

fn instance(
    app: &App,
    contracts: &[Contract],
    requirements: &[Requirement],
    specs: &[ConsumerSpec],
) -> Instance {
    Instance {
        provides: contracts.iter().map(Into::into).collect(),
        requires: required(requirements).iter().map(Into::into).collect(),
        consumes: specs.iter().map(|spec| spec.source.to_string()).collect(),
        ..Instance::new(MessageId::new().to_string(), app.bus.source().to_string())
    }
}

/// The interfaces that an app serves or publishes: the service and the fingerprint of each.
fn interfaces(app: &App) -> Vec<(&'static str, Fingerprint)> {
    let interfaces = app.servers.iter().map(|server| server.contract).chain(app.published.iter().copied());
    interfaces.map(|contract| (contract.service.as_str(), contract.fingerprint())).collect()
}

/// The answers to requests for a contract.
fn provided(
    interfaces: &[(&str, Fingerprint)],
    contracts: &[Contract],
    instance: &Instance,
) -> Vec<Arc<Provided>> {
    let provided = contracts.iter().map(|contract| {
        let own = interfaces.iter().filter(|(service, _)| *service == contract.service);
        let fingerprints = own.map(|(_, fingerprint)| fingerprint.clone()).chain([contract.fingerprint()]);
        Arc::new(Provided {
            instance: instance.clone(),
            contract: contract.clone(),
            fingerprints: fingerprints.collect(),
        })
    });
    provided.collect()
}

/// Opens the control subscription of the process.
async fn control(
    bus: &Bus,
    instance: &Instance,
    callers: Vec<Arc<Callers>>,
    contracts: &[Contract],
    process: &ProcessShared,
) -> Result<JoinSet<Result<()>>> {
    let services = contracts.iter().map(|contract| Name::parse("service", &contract.service));
    let services = services.collect::<Result<Vec<_>>>()?;
    let (control, consumer) = Control::open(bus.transport(), bus.source(), &services).await?;
    let in_flight = process.in_flight.clone();
    control.join(Member {
        instance: instance.clone(),
        refusals: bus.refusals().clone(),
        older_uses: Box::new(move || callers.iter().flat_map(|callers| callers.older_uses()).collect()),
        cancel: Box::new(move |message| in_flight.cancel(message)),
    });
    bus.adopt_control(Arc::clone(&control));
    let mut task = JoinSet::new();
    task.spawn(control.run(consumer));
    Ok(task)
}

async fn start_workers(
    specs: Vec<ConsumerSpec>,
    bus: &Bus,
    provided: &[Arc<Provided>],
    process: &ProcessShared,
    tasks: &mut JoinSet<Result<()>>,
) -> Result<()> {
    let specs = specs.into_iter().flat_map(|spec| spec.divided(bus.capabilities()));
    let workers = specs.map(|spec| worker(bus, spec, provided, process));
    for (worker, consumer) in try_join_all(workers).await? {
        let counted = bus.count_consumer();
        tasks.spawn(async move {
            let _until_it_ends = counted;
            worker.run(consumer).await
        });
    }
    Ok(())
}

/// Returns messages to the broker that have arrived at a process that does not start.
async fn give_up(mut tasks: JoinSet<Result<()>>, process: &ProcessShared) {
    process.shutdown.trigger();
    while tasks.join_next().await.is_some() {}
    process.tasks.close();
    process.tasks.wait().await;
}

async fn worker(
    bus: &Bus,
    spec: ConsumerSpec,
    provided: &[Arc<Provided>],
    process: &ProcessShared,
) -> Result<(Worker, Consumer)> {
    let takes_calls = spec.takes_calls();
    let ConsumerSpec { source, options, service, contract_id, routes, only_method, has_calls } = spec;
    let consumer = bus.transport().consume(&source, options).await?;
    let provided =
        provided.iter().find(|provided| takes_calls && provided.contract.service == service.as_str());
    let shared = Arc::new(WorkerShared {
        source,
        service: service.as_str().into(),
        contract_id,
        provided: provided.cloned(),
        leaves_calls: takes_calls && !has_calls,
        process: process.clone(),
    });
    Ok((Worker { routes, only_method, shared }, consumer))
}

async fn background(name: String, task: impl Future<Output = Result<()>>) -> Result<()> {
    task.await.map_err(|error| {
        Error::new(error.kind(), format!("background task `{name}` failed")).with_source(error)
    })
}

/// The first task that fails. Tasks that finish normally are skipped. Never resolves if no task fails.
async fn first_failure(tasks: &mut JoinSet<Result<()>>) -> Result<()> {
    while let Some(result) = tasks.join_next().await {
        joined(result)?;
    }
    std::future::pending().await
}

fn joined(result: Result<Result<()>, tokio::task::JoinError>) -> Result<()> {
    result.unwrap_or_else(|panic| {
        Err(Error::new(ErrorKind::Internal, "a task of the process panicked").with_source(panic))
    })
}
