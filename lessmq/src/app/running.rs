//! A process that runs.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;
use tokio_util::task::TaskTracker;

use super::control::Control;
use super::plan::{self, Intake};
use super::requirement::{Absent, Requirement};
use super::{App, Background};
use crate::bus::Bus;
use crate::contract::Contract;
use crate::discovery::{Instance, Provision};
use crate::envelope::MessageId;
use crate::error::{Error, ErrorKind, Result};
use crate::server::{Desk, InFlight, Stop, Work, Worker};
use crate::transport::Consumer;

/// An [`App`] that handles messages. Dropping it ends the consumers and the background tasks at once; handlers that
/// run come to their end unwatched.
#[derive(Debug)]
#[must_use = "dropping a running app stops it"]
pub struct Running {
    instance: Instance,
    /// Answers to the questions of others, until the very end.
    control: JoinSet<Result<()>>,
    tasks: JoinSet<Result<()>>,
    stop: Stop,
    handlers: TaskTracker,
    drain_timeout: Duration,
}

impl Running {
    pub(super) async fn start(mut app: App) -> Result<Self> {
        let provided = plan::provided(&app)?;
        let requirements = requirements(&mut app);
        let instance = instance(&app, &provided, &requirements);
        let interfaces = app.servers.iter().map(|server| server.contract.fingerprint()).collect();
        let intakes = plan::intakes(&mut app, &provided)?;
        let work = Work {
            stop: Stop::default(),
            handlers: TaskTracker::new(),
            in_flight: InFlight::default(),
            max_payload: app.bus.capabilities().max_payload,
        };
        let control = Control {
            bus: app.bus.clone(),
            instance: instance.clone(),
            provided,
            interfaces,
            in_flight: work.in_flight.clone(),
        };
        let questions = control.listen().await?;
        let mut controls = JoinSet::new();
        controls.spawn(control.answer_all(questions));
        try_join_all(requirements.iter().map(|requirement| requirement.check(&app.bus))).await?;
        let mut tasks = JoinSet::new();
        let workers = intakes.into_iter().map(|intake| worker(&app.bus, intake, &work));
        for (worker, consumer) in try_join_all(workers).await? {
            tasks.spawn(worker.run(consumer));
        }
        for Background { name, start } in app.background {
            tasks.spawn(background(name, start(work.stop.token().clone())));
        }
        tracing::info!(name = %instance.name, id = %instance.id, "running");
        Ok(Self {
            instance,
            control: controls,
            tasks,
            stop: work.stop,
            handlers: work.handlers,
            drain_timeout: app.drain_timeout,
        })
    }

    /// What this process is on the bus.
    #[must_use]
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// Takes no more messages, and waits for the handlers that run and the background tasks.
    ///
    /// # Errors
    /// A background task failed, or had to be dropped because the drain timeout was over.
    pub async fn shut_down(self) -> Result<()> {
        self.until(std::future::ready(())).await
    }

    /// Goes on until `stop` completes or something fails, then drains.
    ///
    /// # Errors
    /// Why the process could not go on; otherwise as [`Running::shut_down`].
    pub async fn until(mut self, stop: impl Future<Output = ()>) -> Result<()> {
        let failure = tokio::select! {
            () = stop => Ok(()),
            failure = first_failure(&mut self.tasks) => failure,
            failure = first_failure(&mut self.control) => failure,
        };
        match &failure {
            Ok(()) => {
                let (name, handlers) = (&self.instance.name, self.handlers.len());
                tracing::info!(%name, handlers, "draining");
            }
            Err(error) => tracing::error!("draining, because this process cannot go on: {error:#}"),
        }
        failure.and(self.drain().await)
    }

    async fn drain(mut self) -> Result<()> {
        self.stop.say();
        let drained = async {
            let mut ended = Ok(());
            while let Some(task) = self.tasks.join_next().await {
                ended = ended.and(joined(task));
            }
            self.handlers.close();
            self.handlers.wait().await;
            ended
        };
        tokio::time::timeout(self.drain_timeout, drained).await.unwrap_or_else(|_| {
            Err(Error::new(
                ErrorKind::DeadlineExceeded,
                format!("not everything had ended {} s after the stop", self.drain_timeout.as_secs()),
            ))
        })
    }
}

/// What the app asked for, and the services whose events it subscribes to.
fn requirements(app: &mut App) -> Vec<Requirement> {
    let mut requirements = std::mem::take(&mut app.requirements);
    for subscription in &app.subscriptions {
        let contract = subscription.server.contract;
        let bound = |name| app.bus.existing(&format!("{}.{name}", contract.service)).is_some();
        let known = requirements.iter().any(|requirement| std::ptr::eq(requirement.contract, contract));
        if !known && !contract.events().all(|(name, _)| bound(name)) {
            requirements.push(Requirement { contract, absent: Absent::Ignore });
        }
    }
    requirements
}

fn instance(app: &App, provided: &[Contract], requirements: &[Requirement]) -> Instance {
    Instance {
        id: MessageId::new().to_string(),
        name: app.bus.source().to_string(),
        provides: provided.iter().map(Provision::of).collect(),
        requires: requirements.iter().map(|requirement| Provision::of(requirement.contract)).collect(),
    }
}

async fn worker(bus: &Bus, intake: Intake, work: &Work) -> Result<(Worker, Consumer)> {
    let Intake { source, options, service, contract_id, routes, only_method } = intake;
    let consumer = bus.transport().consume(&source, options).await?;
    let desk = Arc::new(Desk { service, contract_id, work: work.clone() });
    Ok((Worker { routes, only_method, desk }, consumer))
}

async fn background(name: String, task: impl Future<Output = Result<()>>) -> Result<()> {
    task.await.map_err(|error| {
        Error::new(error.kind(), format!("the background task `{name}` failed")).with_source(error)
    })
}

/// The first task that fails. Tasks that come to their end are none, and neither are no tasks at all.
async fn first_failure(tasks: &mut JoinSet<Result<()>>) -> Result<()> {
    while let Some(ended) = tasks.join_next().await {
        joined(ended)?;
    }
    std::future::pending().await
}

fn joined(ended: Result<Result<()>, tokio::task::JoinError>) -> Result<()> {
    ended.unwrap_or_else(|panic| {
        Err(Error::new(ErrorKind::Handler, "a task of the process panicked").with_source(panic))
    })
}

/// Every SIGTERM and SIGINT from now on.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(super) fn new() -> Result<Self> {
        let failed = |error| Error::new(ErrorKind::Config, "signals cannot be received").with_source(error);
        let terminate = signal(SignalKind::terminate()).map_err(failed)?;
        let interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
        Ok(Self { terminate, interrupt })
    }

    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
