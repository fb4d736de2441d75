//! From what an app was given to what is consumed.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{App, Subscription};
use crate::bus::{Bus, Existing};
use crate::contract::{Contract, MethodKind};
use crate::envelope::Text;
use crate::error::{Error, ErrorKind, Result};
use crate::name::check_name;
use crate::server::{Routes, Server};
use crate::transport::{Capabilities, ConsumeOptions, Group, Source};

/// How long an ordered message may be tried again in its process. A broker takes a message back that is kept for
/// longer: RabbitMQ after 30 minutes (`consumer_timeout`).
const LONGEST_HOLD: Duration = Duration::from_secs(20 * 60);

/// One consumer to be started.
pub(super) struct Intake {
    pub(super) source: Source,
    pub(super) options: ConsumeOptions,
    pub(super) service: Text,
    pub(super) contract_id: Text,
    pub(super) routes: Routes,
    pub(super) only_method: Option<Text>,
}

/// What a process provides: one merged contract per service.
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

fn check_service(contract: &Contract) -> Result<()> {
    check_name("service", &contract.service)?;
    if contract.service != crate::discovery::SERVICE {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Config, format!("`{}` is a reserved name of a service", contract.service)))
}

/// Everything that the app consumes; servers and subscriptions of one source share a consumer.
pub(super) fn intakes(app: &mut App, provided: &[Contract]) -> Result<Vec<Intake>> {
    let mut plan = Plan { bus: app.bus.clone(), capabilities: app.bus.capabilities(), parts: Vec::new() };
    for server in app.servers.drain(..) {
        let contract_id =
            provided.iter().find(|whole| whole.service == server.contract.service).map(Contract::id);
        let contract_id = contract_id.unwrap_or_else(|| server.contract.id()).to_string().into();
        plan.add_server(server, contract_id)?;
    }
    for subscription in app.subscriptions.drain(..) {
        plan.add_subscription(subscription)?;
    }
    Ok(plan.parts.into_iter().flat_map(Part::intakes).collect())
}

/// Who consumes together: the methods of one service, as its provider or in one group.
struct Part {
    /// `None` for the provider itself.
    group: Option<Group>,
    service: Text,
    contract_id: Text,
    calls: bool,
    commands: bool,
    events: Vec<Text>,
    bound: Vec<(Text, Source)>,
    routes: Routes,
    prefetch: u16,
    ordered: bool,
}

struct Plan {
    bus: Bus,
    capabilities: Capabilities,
    parts: Vec<Part>,
}

impl Plan {
    fn add_server(&mut self, server: Server, contract_id: Text) -> Result<()> {
        self.check_capabilities(&server)?;
        let contract = server.contract;
        if contract.methods.values().all(|method| method.kind() == MethodKind::Event) {
            let what =
                format!("an interface of `{}` that has only events cannot be served", contract.service);
            return Err(Error::new(ErrorKind::Config, what).with_hint(
                "`subscribe` to events with their server, and declare with `publishes` that you publish them",
            ));
        }
        let bound = self.bound(contract, None)?;
        let part = self.part(None, contract, contract_id, &server)?;
        part.calls |= contract.calls().next().is_some();
        part.commands |=
            contract.commands().any(|(name, _)| !bound.iter().any(|(method, _)| **method == *name));
        part.bound.extend(bound);
        part.routes.add(server)
    }

    fn add_subscription(&mut self, subscription: Subscription) -> Result<()> {
        let Subscription { group, server } = subscription;
        self.check_capabilities(&server)?;
        let contract = server.contract;
        check_service(contract)?;
        if contract.events().next().is_none() {
            return Err(Error::new(
                ErrorKind::Config,
                format!("an interface of `{}` without events", contract.service),
            )
            .with_hint("subscribe to interfaces of events, serve the others"));
        }
        let group = match group {
            Some(name) => Group::Named(check_name("consumer group", &name)?),
            None => Group::Broadcast,
        };
        let bound = self.bound(contract, Some(&group))?;
        let part = self.part(Some(group), contract, contract.id().to_string().into(), &server)?;
        let unbound =
            contract.events().filter(|(name, _)| !bound.iter().any(|(method, _)| **method == **name));
        part.events.extend(unbound.map(|(name, _)| name.into()));
        part.bound.extend(bound);
        part.routes.add(server)
    }

    fn part(
        &mut self,
        group: Option<Group>,
        contract: &Contract,
        contract_id: Text,
        server: &Server,
    ) -> Result<&mut Part> {
        let same = |part: &Part| part.group == group && *part.service == *contract.service;
        let index = match self.parts.iter().position(same) {
            Some(index) => index,
            None => {
                self.parts.push(Part::new(group, &contract.service, contract_id, server.settings.ordered));
                self.parts.len() - 1
            }
        };
        let part = &mut self.parts[index];
        if part.ordered != server.settings.ordered {
            return Err(Error::new(
                ErrorKind::Config,
                format!(
                    "interfaces of `{}` share a queue, and only one of them is ordered",
                    contract.service
                ),
            )
            .with_hint("make both ordered, or give one its own consumer group"));
        }
        part.prefetch = part.prefetch.saturating_add(server.settings.concurrency);
        Ok(part)
    }

    /// The methods of a contract that travel over what exists, and where they are consumed from.
    fn bound(&self, contract: &Contract, group: Option<&Group>) -> Result<Vec<(Text, Source)>> {
        let names: Vec<&str> = match group {
            None => contract.commands().map(|(name, _)| name).collect(),
            Some(_) => contract.events().map(|(name, _)| name).collect(),
        };
        let mut bound = Vec::new();
        for name in names {
            let method = format!("{}.{name}", contract.service);
            let Some(existing) = self.bus.existing(&method) else { continue };
            if !self.capabilities.existing {
                return Err(self.unsupported(&format!("`{method}` cannot be bound to a queue that exists")));
            }
            if group == Some(&Group::Broadcast) {
                let what = format!("`{method}` is bound to what exists, and cannot reach every process");
                return Err(
                    Error::new(ErrorKind::Config, what).with_hint("subscribe to it as a consumer group")
                );
            }
            bound.push((name.into(), existing_source(existing, &method, group)));
        }
        Ok(bound)
    }

    fn check_capabilities(&self, server: &Server) -> Result<()> {
        let service = &server.contract.service;
        if server.settings.ordered && !self.capabilities.ordered {
            return Err(self.unsupported(&format!("the messages of `{service}` cannot be had in order")));
        }
        let retry = &server.settings.retry;
        if server.settings.ordered && retry.total() > LONGEST_HOLD {
            return Err(Error::new(
                ErrorKind::Config,
                format!(
                    "a message of `{service}` that fails would keep the later ones waiting for {} s",
                    retry.total().as_secs()
                ),
            )
            .with_hint(format!(
                "in order, the pauses of a retry policy are at most {} s in all",
                LONGEST_HOLD.as_secs()
            )));
        }
        let (longest, possible) = (retry.longest, self.capabilities.max_retry_delay);
        if longest > possible && !server.settings.ordered {
            return Err(self.unsupported(&format!(
                "`{service}` wants to wait {} s before it tries again, and the longest possible is {} s",
                longest.as_secs(),
                possible.as_secs()
            )));
        }
        Ok(())
    }

    fn unsupported(&self, what: &str) -> Error {
        Error::new(ErrorKind::Unsupported, format!("{what} with the driver `{}`", self.capabilities.name))
    }
}

fn existing_source(existing: &Existing, method: &str, group: Option<&Group>) -> Source {
    match existing {
        Existing::Queue(queue) => Source::Existing { queue: queue.as_str().into(), bind: None },
        Existing::Exchange { exchange, routing_key } => {
            let queue = match group {
                Some(Group::Named(group)) => format!("{method}.{group}"),
                _ => method.to_owned(),
            };
            let bind = Some((exchange.as_str().into(), routing_key.as_str().into()));
            Source::Existing { queue: queue.into(), bind }
        }
    }
}

impl Part {
    fn new(group: Option<Group>, service: &str, contract_id: Text, ordered: bool) -> Self {
        Self {
            group,
            service: service.into(),
            contract_id,
            calls: false,
            commands: false,
            events: Vec::new(),
            bound: Vec::new(),
            routes: Routes::default(),
            prefetch: 0,
            ordered,
        }
    }

    fn intakes(self) -> Vec<Intake> {
        let service = || self.service.clone();
        let calls = self.calls.then(|| (Source::Calls { service: service() }, None));
        let commands = self.commands.then(|| (Source::Commands { service: service() }, None));
        let events =
            self.group.clone().filter(|_| !self.events.is_empty()).map(|group| {
                (Source::Events { service: service(), events: self.events.clone(), group }, None)
            });
        let bound = self.bound.iter().map(|(method, source)| (source.clone(), Some(method.clone())));
        let all: Vec<_> = calls.into_iter().chain(commands).chain(events).chain(bound).collect();
        all.into_iter().map(|(source, only_method)| self.intake(source, only_method)).collect()
    }

    fn intake(&self, source: Source, only_method: Option<Text>) -> Intake {
        let ordered = self.ordered && !matches!(source, Source::Calls { .. });
        Intake {
            source,
            // In order means that the next one comes when this one is settled.
            options: ConsumeOptions { prefetch: if ordered { 1 } else { self.prefetch }, ordered },
            service: self.service.clone(),
            contract_id: self.contract_id.clone(),
            routes: self.routes.clone(),
            only_method,
        }
    }
}
