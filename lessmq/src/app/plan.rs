//! Makes the list of consumers of a process from its servers and subscriptions.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::runtime::Handle;

use super::{App, Subscriber};
use crate::bus::{Bus, External};
use crate::contract::{Contract, Method};
use crate::discovery::RESERVED_SERVICE;
use crate::envelope::Text;
use crate::error::{Error, ErrorKind, Result};
use crate::name::{MethodName, Name};
use crate::server::{Callers, Routes, Server};
use crate::transport::{Capabilities, ConsumeOptions, Group, Queue, Source, Subscription, Topic};

/// The group that consumes commands from an external topic.
const COMMANDS_GROUP: &str = "commands";
/// The prefetch for calls of a service that has no calls, except requests for its contract.
const DESCRIBE_PREFETCH: u16 = 8;
/// How many consumers of one process take the calls of a service. A second one keeps a second thread busy. Each waiting
/// consumer is woken by each call, so more of them make a single call slower.
const MAX_CONSUMERS: usize = 2;

/// A consumer that is to be started.
#[derive(Clone)]
pub(super) struct ConsumerSpec {
    pub(super) source: Source,
    pub(super) options: ConsumeOptions,
    pub(super) service: Name,
    pub(super) contract_id: Text,
    pub(super) routes: Routes,
    /// The method of all messages, for external sources, whose messages do not contain it.
    pub(super) only_method: Option<Text>,
    /// Whether this process has handlers of the service's calls.
    pub(super) has_calls: bool,
}

impl ConsumerSpec {
    pub(super) fn takes_calls(&self) -> bool {
        matches!(self.source, Source::Queue(Queue::Calls { .. }))
    }

    /// Several consumers instead of this one, if they are faster. Together, they take as many messages at a time as
    /// this one.
    pub(super) fn divided(self, capabilities: &Capabilities) -> impl Iterator<Item = Self> {
        let parallel = capabilities.parallel_consumers && self.has_calls && self.takes_calls();
        let threads = Handle::current().metrics().num_workers();
        let wanted = if parallel { MAX_CONSUMERS.min(threads) } else { 1 };
        let prefetch = usize::from(self.options.prefetch);
        let consumers = wanted.min(prefetch);
        (0..consumers).map(move |index| {
            let share = (prefetch + index) / consumers;
            let options = ConsumeOptions::new(u16::try_from(share).unwrap_or(u16::MAX));
            Self { options, ..self.clone() }
        })
    }
}

/// The contracts that a process provides: one merged contract for each service.
pub(super) fn provided(app: &App) -> Result<Vec<Contract>> {
    let mut by_service: BTreeMap<&str, Contract> = BTreeMap::new();
    let served = app.servers.iter().map(|server| server.contract);
    for contract in served.chain(app.published.iter().copied()) {
        check_service(contract)?;
        match by_service.entry(&contract.service) {
            std::collections::btree_map::Entry::Vacant(entry) => drop(entry.insert(contract.clone())),
            std::collections::btree_map::Entry::Occupied(mut entry) => entry.get_mut().merge(contract)?,
        }
    }
    Ok(by_service.into_values().collect())
}

fn check_service(contract: &Contract) -> Result<Name> {
    let service = Name::parse("service", &contract.service)?;
    if service.as_str() == RESERVED_SERVICE {
        let context = format!("service name `{service}` is reserved for LessMQ");
        return Err(Error::new(ErrorKind::Config, context));
    }
    Ok(service)
}

/// The consumers of an app, and the counts of who uses its methods. Servers and subscriptions of one source share a consumer.
pub(super) fn consumers(
    app: &mut App,
    provided: &[Contract],
) -> Result<(Vec<ConsumerSpec>, Vec<Arc<Callers>>)> {
    let mut plan = Plan { bus: app.bus.clone(), sets: Vec::new() };
    for contract in provided {
        plan.add_provided(contract)?;
    }
    for server in app.servers.drain(..) {
        plan.add_server(server)?;
    }
    for subscriber in app.subscribers.drain(..) {
        plan.add_subscriber(subscriber)?;
    }
    let callers = plan.sets.iter_mut().filter(|set| set.group.is_none());
    let callers = callers.flat_map(|set| set.routes.count_callers(set.service.as_str())).collect();
    Ok((plan.sets.into_iter().flat_map(MethodSet::into_specs).collect(), callers))
}

struct Plan {
    bus: Bus,
    sets: Vec<MethodSet>,
}

/// The methods of one service that are consumed together: by its provider, or by one consumer group.
struct MethodSet {
    /// The consumer group. `None` for the provider.
    group: Option<Group>,
    service: Name,
    contract_id: Text,
    sources: Vec<Source>,
    /// The methods whose messages come from external queues or topics, with these sources.
    external: Vec<(Text, Source)>,
    routes: Routes,
    concurrency: u16,
    prefetch: u16,
    has_calls: bool,
}

impl Plan {
    /// Adds the consumer of calls, which every provider has: other processes request its contract with a call.
    fn add_provided(&mut self, contract: &Contract) -> Result<()> {
        let service = check_service(contract)?;
        let mut set = MethodSet::new(None, service.clone(), contract.id().to_string().into());
        set.sources.push(Queue::Calls { service }.into());
        self.sets.push(set);
        Ok(())
    }

    fn add_server(&mut self, server: Server) -> Result<()> {
        let contract = server.contract;
        self.check_capabilities(&server)?;
        if contract.calls().next().is_none() && contract.commands().next().is_none() {
            let context =
                format!("an interface of `{}` that has only events cannot be served", contract.service);
            return Err(Error::new(ErrorKind::Config, context).with_hint(
                "to receive the events, use `subscribe`; to publish them, declare them with `publishes`",
            ));
        }
        let external = self.external_sources(contract, None)?;
        let set = self.method_set(None, contract)?;
        set.has_calls |= contract.calls().next().is_some();
        for (name, command) in contract.commands() {
            if !is_external(&external, name) {
                let (service, ordered) = (set.service.clone(), command.ordered);
                set.add_source(Queue::Commands { service, ordered }.into());
            }
        }
        set.add(server, external)
    }

    fn add_subscriber(&mut self, subscriber: Subscriber) -> Result<()> {
        let Subscriber { group, server } = subscriber;
        let contract = server.contract;
        self.check_capabilities(&server)?;
        check_service(contract)?;
        if contract.events().next().is_none() {
            let context =
                format!("an interface of `{}` without events cannot be subscribed to", contract.service);
            return Err(Error::new(ErrorKind::Config, context)
                .with_hint("`subscribe` to interfaces of events, `serve` the others"));
        }
        let group = match group {
            Some(name) => Group::Named(Name::parse("consumer group", &name)?),
            None => Group::Broadcast,
        };
        let external = self.external_sources(contract, Some(&group))?;
        let set = self.method_set(Some(&group), contract)?;
        for (name, event) in contract.events() {
            if !is_external(&external, name) {
                let event_name = MethodName::parse("event", name)?;
                set.add_topic(&group, event_name, event.ordered);
            }
        }
        set.add(server, external)
    }

    fn method_set(&mut self, group: Option<&Group>, contract: &Contract) -> Result<&mut MethodSet> {
        let same = |set: &MethodSet| set.group.as_ref() == group && set.service.as_str() == contract.service;
        let index = match self.sets.iter().position(same) {
            Some(index) => index,
            None => {
                let (service, contract_id) = (check_service(contract)?, contract.id().to_string().into());
                self.sets.push(MethodSet::new(group.cloned(), service, contract_id));
                self.sets.len() - 1
            }
        };
        Ok(&mut self.sets[index])
    }

    /// The methods of a contract that are bound to external queues and topics, with their sources.
    fn external_sources(&self, contract: &Contract, group: Option<&Group>) -> Result<Vec<(Text, Source)>> {
        let names: Vec<&str> = match group {
            None => contract.commands().map(|(name, _)| name).collect(),
            Some(_) => contract.events().map(|(name, _)| name).collect(),
        };
        let mut sources = Vec::new();
        for name in names {
            let method = format!("{}.{name}", contract.service);
            let Some(external) = self.bus.external(&method) else { continue };
            if !self.capabilities().external {
                return Err(
                    self.unsupported_error(&format!("`{method}` cannot be bound to an external queue"))
                );
            }
            if group == Some(&Group::Broadcast) {
                let context = format!("`{method}` is bound to an external queue, and cannot be broadcast");
                return Err(
                    Error::new(ErrorKind::Config, context).with_hint("subscribe to it as a consumer group")
                );
            }
            sources.push((name.into(), external_source(external, contract, name, group)?));
        }
        Ok(sources)
    }

    fn check_capabilities(&self, server: &Server) -> Result<()> {
        let (service, capabilities) = (&server.contract.service, self.capabilities());
        let retry = &server.settings.retry;
        let is_ordered = server.contract.methods.values().any(Method::is_ordered);
        if is_ordered && !capabilities.ordering {
            return Err(self.unsupported_error(&format!("`{service}` cannot have an ordered interface")));
        }
        if let Some(longest) = capabilities.max_hold.filter(|hold| is_ordered && retry.total() > *hold) {
            let (total, limit) = (retry.total().as_secs(), longest.as_secs());
            let context =
                format!("retries of `{service}`, which is ordered, would take {total} s, limit is {limit} s");
            return Err(Error::new(ErrorKind::Config, context).with_hint(
                "while a message of an ordered interface is retried, the later ones wait: shorten the delays",
            ));
        }
        if retry.max_delay > capabilities.max_delay && !is_ordered {
            let (delay, limit) = (retry.max_delay.as_secs(), capabilities.max_delay.as_secs());
            let what = format!("the longest retry delay of `{service}` is {delay} s, limit is {limit} s");
            return Err(self.unsupported_error(&what));
        }
        Ok(())
    }

    fn capabilities(&self) -> &Capabilities {
        self.bus.capabilities()
    }

    fn unsupported_error(&self, what: &str) -> Error {
        Error::new(ErrorKind::Unsupported, format!("{what} with the driver `{}`", self.capabilities().driver))
    }
}

fn is_external(external: &[(Text, Source)], name: &str) -> bool {
    external.iter().any(|(method, _)| **method == *name)
}

fn external_source(
    external: &External,
    contract: &Contract,
    name: &str,
    group: Option<&Group>,
) -> Result<Source> {
    match external {
        External::Queue(name) => Ok(Queue::External { name: name.clone() }.into()),
        External::Topic(topic) => {
            let (service, method) = (check_service(contract)?, MethodName::parse("method", name)?);
            let group = match group {
                Some(group) => group.clone(),
                None => Group::Named(Name::parse("group", COMMANDS_GROUP)?),
            };
            Ok(Subscription::external(service, method, topic.clone(), group).into())
        }
    }
}

impl MethodSet {
    fn new(group: Option<Group>, service: Name, contract_id: Text) -> Self {
        let routes = Routes::default();
        let (sources, external) = (Vec::new(), Vec::new());
        let (concurrency, prefetch, has_calls) = (0, 0, false);
        Self { group, service, contract_id, sources, external, routes, concurrency, prefetch, has_calls }
    }

    fn add(&mut self, server: Server, external: Vec<(Text, Source)>) -> Result<()> {
        self.external.extend(external);
        self.concurrency = self.concurrency.saturating_add(server.settings.concurrency);
        self.prefetch = self.prefetch.saturating_add(server.settings.prefetch());
        self.routes.add(server)
    }

    fn add_source(&mut self, source: Source) {
        if !self.sources.contains(&source) {
            self.sources.push(source);
        }
    }

    /// Adds a topic to the subscription. Ordered topics have a separate subscription.
    fn add_topic(&mut self, group: &Group, event: MethodName, ordered: bool) {
        let service = self.service.clone();
        let topic = Topic::Event { service: service.clone(), event, ordered };
        let known = self.sources.iter_mut().find_map(|source| match source {
            Source::Subscription(subscription) if subscription.ordered == ordered => Some(subscription),
            _ => None,
        });
        match known {
            Some(subscription) => subscription.topics.push(topic),
            None => self.sources.push(Subscription::new(service, vec![topic], group.clone()).into()),
        }
    }

    fn into_specs(self) -> Vec<ConsumerSpec> {
        let sources = self.sources.iter().map(|source| (source.clone(), None));
        let external = self.external.iter().map(|(method, source)| (source.clone(), Some(method.clone())));
        sources.chain(external).map(|(source, only_method)| self.spec(source, only_method)).collect()
    }

    fn spec(&self, source: Source, only_method: Option<Text>) -> ConsumerSpec {
        // With a prefetch of 1, the next message is delivered after this one is settled, which keeps the order.
        let is_calls = matches!(source, Source::Queue(Queue::Calls { .. }));
        let prefetch = match self.concurrency {
            _ if source.is_ordered() => 1,
            0 => DESCRIBE_PREFETCH,
            concurrency if is_calls => concurrency,
            _ => self.prefetch,
        };
        ConsumerSpec {
            source,
            options: ConsumeOptions::new(prefetch),
            service: self.service.clone(),
            contract_id: self.contract_id.clone(),
            routes: self.routes.clone(),
            only_method,
            has_calls: self.has_calls,
        }
    }
}
