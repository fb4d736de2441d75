//! Finds the handler of a message.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, Semaphore};

use super::callers::Callers;
use super::method::Handler;
use super::{MethodService, Server, Settings};
use crate::contract::Method;
use crate::envelope::Text;
use crate::error::{Error, ErrorKind, Result};
use crate::name::{base_and_version, newer_version};
use crate::telemetry::ServerMetrics;

/// The methods of one service that this process handles, by name.
#[derive(Clone, Default)]
pub(crate) struct Routes(BTreeMap<&'static str, Arc<Route>>);

/// One method with its handler, settings and metrics.
pub(super) struct Route {
    /// The type of the messages: `{service}.{method}`.
    pub(super) kind: Text,
    /// The id of the interface's contract. Replies contain it, so that a client of the same interface knows it without
    /// a request.
    pub(super) contract_id: Text,
    pub(super) handler: Handler,
    pub(super) interface: Arc<Interface>,
    /// One permit for each handler that may be started.
    pub(super) slots: Arc<Semaphore>,
    /// Whether messages are handled in order.
    pub(super) ordered: bool,
    /// Whether calls may be handled twice.
    pub(super) idempotent: bool,
    pub(super) metrics: ServerMetrics,
    pub(super) inline_budget: InlineBudget,
    /// Who uses the method, if it is served in several versions.
    pub(super) callers: Option<Arc<Callers>>,
}

/// Decides whether a method's handlers are first polled in the loop that takes messages. That is cheaper than a task
/// for each handler, but a slow handler would delay the next message.
#[derive(Default)]
pub(super) struct InlineBudget {
    /// How many handlers in a row were slow.
    slow: AtomicU32,
    /// How many of the next handlers are not polled in the loop.
    skip: AtomicU32,
}

/// How long a handler may occupy the loop. Much longer than starting a task takes, but short enough for the loop to
/// keep up with a broker.
const MAX_INLINE: Duration = Duration::from_micros(50);
/// How many slow handlers in a row are tolerated. The operating system sometimes interrupts a fast one for long. A task
/// for the next one would wake another thread, which may interrupt this one again.
const MAX_SLOW: u32 = 2;
/// A longer time than the operating system usually interrupts a thread: a handler that takes it is slow itself, and is not
/// tolerated.
const MAX_INTERRUPTION: Duration = Duration::from_millis(2);
/// How many handlers are not polled in the loop after that.
const SKIP_AFTER_SLOW: u32 = 1000;

impl InlineBudget {
    /// Whether the next handler must not be polled in the loop. If so, counts it as skipped.
    pub(super) fn consume_skip(&self) -> bool {
        let left = self.skip.load(Ordering::Relaxed);
        if left > 0 {
            self.skip.store(left - 1, Ordering::Relaxed);
        }
        left > 0
    }

    pub(super) fn observe(&self, took: Duration) {
        let slow = self.slow.load(Ordering::Relaxed);
        if took <= MAX_INLINE {
            if slow > 0 {
                self.slow.store(0, Ordering::Relaxed);
            }
        } else if slow < MAX_SLOW && took <= MAX_INTERRUPTION {
            self.slow.store(slow + 1, Ordering::Relaxed);
        } else {
            self.skip.store(SKIP_AFTER_SLOW, Ordering::Relaxed);
        }
    }
}

/// The state that the methods of one interface share.
pub(super) struct Interface {
    /// The layers around the handlers. `None` if there are no layers.
    pub(super) layers: Option<Mutex<MethodService>>,
    pub(super) settings: Settings,
}

impl Routes {
    /// Adds the methods of a server.
    ///
    /// # Errors
    /// `Config` if a method is duplicated.
    pub(crate) fn add(&mut self, server: Server) -> Result<()> {
        let service = &server.contract.service;
        let contract_id = Text::interned(&server.contract.id().to_string());
        let interface =
            Arc::new(Interface { layers: server.layers.map(Mutex::new), settings: server.settings });
        let shared_slots = Arc::new(Semaphore::new(interface.settings.concurrency.into()));
        // Ordered messages are handled one at a time. Calls do not wait for them.
        let ordered_slot = Arc::new(Semaphore::new(1));
        for (name, handler) in server.methods {
            let ordered = server.contract.methods.get(name).is_some_and(Method::is_ordered);
            let route = Route {
                kind: Text::interned(&format!("{service}.{name}")),
                contract_id: contract_id.clone(),
                handler,
                interface: Arc::clone(&interface),
                slots: Arc::clone(if ordered { &ordered_slot } else { &shared_slots }),
                ordered,
                idempotent: server.contract.methods.get(name).is_some_and(Method::is_idempotent),
                metrics: ServerMetrics::new(service, name),
                inline_budget: InlineBudget::default(),
                callers: None,
            };
            if self.0.insert(name, Arc::new(route)).is_some() {
                return Err(Error::new(ErrorKind::Config, format!("`{service}.{name}` has two handlers"))
                    .with_hint("serve or subscribe to each interface once in one group"));
            }
        }
        Ok(())
    }

    /// Counts from now on who uses the methods that have several versions here. Returns the counts.
    pub(crate) fn count_callers(&mut self, service: &str) -> Vec<Arc<Callers>> {
        let names: Vec<&'static str> = self.0.keys().copied().collect();
        let mut counts = Vec::new();
        for (name, route) in &mut self.0 {
            let newer = newer_version(name, names.iter().copied());
            let base = base_and_version(name).0;
            let has_versions = names.iter().any(|other| other != name && base_and_version(other).0 == base);
            // The routes are not shared before the process starts.
            if has_versions && let Some(route) = Arc::get_mut(route) {
                let callers = Arc::new(Callers::new(service, name, newer));
                counts.push(Arc::clone(&callers));
                route.callers = Some(callers);
            }
        }
        counts
    }

    pub(super) fn get(&self, method: &str) -> Option<&Arc<Route>> {
        self.0.get(method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOW: Duration = Duration::from_micros(51);

    /// How many handlers are skipped now.
    fn skips(budget: &InlineBudget) -> usize {
        std::iter::repeat_with(|| budget.consume_skip()).take_while(|skipped| *skipped).count()
    }

    #[test]
    fn after_slow_handlers_the_next_ones_get_tasks() {
        let budget = InlineBudget::default();
        budget.observe(SLOW);
        budget.observe(SLOW);
        assert_eq!(skips(&budget), 0);
        budget.observe(SLOW);
        assert_eq!(skips(&budget), 1000);
        budget.observe(SLOW);
        assert_eq!(skips(&budget), 1000, "the next one is slow, too");
    }

    #[test]
    fn a_handler_that_is_slower_than_an_interruption_is_not_tolerated() {
        let budget = InlineBudget::default();
        budget.observe(MAX_INTERRUPTION);
        assert_eq!(skips(&budget), 0);
        budget.observe(MAX_INTERRUPTION + Duration::from_nanos(1));
        assert_eq!(skips(&budget), 1000);
    }

    #[test]
    fn a_handler_that_is_slow_once_in_a_while_is_tolerated() {
        let budget = InlineBudget::default();
        for took in [SLOW, SLOW, MAX_INLINE].repeat(100) {
            budget.observe(took);
            assert_eq!(skips(&budget), 0);
        }
    }
}
