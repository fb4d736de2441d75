//! Which handler a message goes to.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, Semaphore};

use super::method::Handler;
use super::{MethodService, Server, Settings};
use crate::envelope::Text;
use crate::error::{Error, ErrorKind, Result};
use crate::telemetry::ServerMetrics;

/// The methods of one service that are handled in this process, by name.
#[derive(Clone, Default)]
pub(crate) struct Routes(BTreeMap<&'static str, Arc<Route>>);

/// One method and what surrounds it.
pub(super) struct Route {
    /// `{service}.{method}`.
    pub(super) kind: Text,
    /// The contract of its interface, which replies name: a client of the same interface knows it at once.
    pub(super) contract_id: Text,
    pub(super) handler: Handler,
    pub(super) interface: Arc<Interface>,
    /// How many handlers may still be started.
    pub(super) slots: Arc<Semaphore>,
    pub(super) metrics: ServerMetrics,
    pub(super) pace: Pace,
}

/// Whether a method's handlers give the thread back soon, by waiting or by coming to their end. The others would keep
/// the loop that started them from its next message.
#[derive(Default)]
pub(super) struct Pace {
    /// How many of the next handlers are not tried in the loop.
    slow: AtomicU32,
}

/// How long a handler may keep the loop: many times what a task of its own costs, and little enough that one loop
/// keeps up with what comes from a broker.
const LONG: Duration = Duration::from_micros(50);
/// After how many handlers one is tried in the loop again.
const SLOW_FOR: u32 = 1000;

impl Pace {
    pub(super) fn is_slow(&self) -> bool {
        let left = self.slow.load(Ordering::Relaxed);
        if left > 0 {
            self.slow.store(left - 1, Ordering::Relaxed);
        }
        left > 0
    }

    pub(super) fn observe(&self, took: Duration) {
        if took > LONG {
            self.slow.store(SLOW_FOR, Ordering::Relaxed);
        }
    }
}

/// What the methods of one server share.
pub(super) struct Interface {
    /// `None` where the handlers stand alone.
    pub(super) layers: Option<Mutex<MethodService>>,
    pub(super) settings: Settings,
}

/// The slots of commands and events, and those of calls. Calls do not wait behind what is handled in order.
fn slots(settings: &Settings) -> (Arc<Semaphore>, Arc<Semaphore>) {
    let new = |count: u16| Arc::new(Semaphore::new(count.into()));
    if settings.ordered {
        return (new(1), new(super::DEFAULT_CONCURRENCY));
    }
    let slots = new(settings.concurrency);
    (Arc::clone(&slots), slots)
}

impl Routes {
    /// Adds the methods of a server.
    ///
    /// # Errors
    /// `Config` when there is a method of the same name already.
    pub(crate) fn add(&mut self, server: Server) -> Result<()> {
        let service = &server.contract.service;
        let contract_id: Text = server.contract.id().to_string().into();
        let interface =
            Arc::new(Interface { layers: server.layers.map(Mutex::new), settings: server.settings });
        let (slots, slots_of_calls) = slots(&interface.settings);
        for (name, handler) in server.methods {
            let route = Route {
                kind: format!("{service}.{name}").into(),
                contract_id: contract_id.clone(),
                handler,
                interface: Arc::clone(&interface),
                slots: Arc::clone(if server.contract.call(name).is_some() {
                    &slots_of_calls
                } else {
                    &slots
                }),
                metrics: ServerMetrics::new(service, name),
                pace: Pace::default(),
            };
            if self.0.insert(name, Arc::new(route)).is_some() {
                return Err(Error::new(ErrorKind::Config, format!("`{service}.{name}` is handled twice"))
                    .with_hint("serve or subscribe to each interface once in one group"));
            }
        }
        Ok(())
    }

    pub(super) fn get(&self, method: &str) -> Option<&Arc<Route>> {
        self.0.get(method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_long_handler_the_next_get_tasks_of_their_own() {
        let pace = Pace::default();
        pace.observe(LONG);
        assert!(!pace.is_slow());
        pace.observe(LONG * 2);
        assert!((0..SLOW_FOR).all(|_| pace.is_slow()));
        assert!(!pace.is_slow());
    }
}
