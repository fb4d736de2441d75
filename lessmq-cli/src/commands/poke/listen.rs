//! `lessmq-cli listen`: prints the events of services as they are published.

use std::collections::BTreeMap;
use std::time::Duration;

use lessmq::Bus;
use lessmq::contract::{Contract, MethodKind};
use lessmq::name::{MethodName, Name};
use lessmq::transport::{ConsumeOptions, Delivery, Group, Settlement, Source, Subscription, Topic};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::access::Access;
use super::address::Target;
use super::event::report;
use super::method;
use crate::commands::address;
use crate::live::on_bus;
use crate::report::{Error, EventReport, ExitStatus, Format, Reporter, Result};

/// Prints events as they are published, until Ctrl-C.
///
/// Each event is checked against the contract of its service; the exit code is 1 if one did not match. No subscriber of an
/// event is affected: this command gets copies, through a temporary queue.
#[derive(Debug, clap::Args)]
#[command(override_usage = "lessmq-cli listen [OPTIONS] [URL] <SERVICE[.EVENT]>...")]
pub(crate) struct Arguments {
    /// The broker's address; may be left out if LESSMQ_URL has it
    #[arg(value_name = "URL")]
    first: Option<String>,
    /// A service, for all its events, or a single event, such as user.created
    #[arg(value_name = "SERVICE[.EVENT]")]
    events: Vec<String>,
    /// End after this many events
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// Subscribe as this consumer group instead. Its queue stays on the broker and keeps events while no one listens.
    /// Events that are printed here are taken from other consumers of the group
    #[arg(long, value_name = "NAME")]
    group: Option<Name>,
    #[command(flatten)]
    access: Access,
    /// How to print events; `json` prints one object per line
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// How many unprinted events the broker hands out.
const PREFETCH: u16 = 16;

/// Prints an event. Returns whether anyone still reads the output.
pub(crate) type Show<'s> = dyn FnMut(&EventReport) -> Result<bool> + 's;

pub(crate) fn run(arguments: &Arguments, reporter: &dyn Reporter, show: &mut Show<'_>) -> Result<ExitStatus> {
    let (url, words) = address::split(arguments.first.iter().chain(&arguments.events))?;
    let wanted = Wanted::parse(&words)?;
    let broker = arguments.access.connection.broker(&url, reporter);
    on_bus(broker, Duration::MAX, |bus| async move {
        let mut status = ExitStatus::Success;
        let mut watched = |event: &EventReport| {
            if event.mistake.is_some() {
                status = ExitStatus::Findings;
            }
            show(event)
        };
        // In a task, so that the signal is handled from the first wait on.
        let interrupt = tokio::spawn(tokio::signal::ctrl_c());
        tokio::select! {
            biased;
            _ = interrupt => {}
            ended = listen(arguments, &bus, &wanted, reporter, &mut watched) => ended?,
        }
        Ok::<_, Error>(status)
    })
}

async fn listen(
    arguments: &Arguments,
    bus: &Bus,
    wanted: &Wanted,
    reporter: &dyn Reporter,
    show: &mut Show<'_>,
) -> Result<()> {
    let contracts = contracts(bus, &arguments.access, wanted).await?;
    let group = arguments.group.clone().map_or(Group::Broadcast, Group::Named);
    let events = Events::subscribe(bus, subscriptions(wanted, &contracts, &group)?).await?;
    let names: Vec<String> = wanted.names().collect();
    reporter.note(&format!("listening to {}; Ctrl-C ends", names.join(", ")));
    print(events, &contracts, arguments.count, show).await
}

/// The events to listen to, by service; no events are all events.
struct Wanted(BTreeMap<Name, Vec<String>>);

impl Wanted {
    fn parse(words: &[&str]) -> Result<Self> {
        let mut wanted: BTreeMap<Name, Option<Vec<String>>> = BTreeMap::new();
        for word in words {
            if !word.contains('.') {
                wanted.insert(Name::parse("service", word)?, None);
                continue;
            }
            let Target { service, method } = Target::parse(Some(word))?;
            if let Some(events) = wanted.entry(service).or_insert_with(|| Some(Vec::new())) {
                events.push(method);
            }
        }
        if wanted.is_empty() {
            return Err(Error::new("the events are missing").hint(
                "give services or events, such as user or user.created; `lessmq-cli methods` lists them",
            ));
        }
        Ok(Self(wanted.into_iter().map(|(service, events)| (service, events.unwrap_or_default())).collect()))
    }

    /// The names as they were given, by service.
    fn names(&self) -> impl Iterator<Item = String> {
        self.0.iter().flat_map(|(service, events)| match events.as_slice() {
            [] => vec![service.to_string()],
            events => events.iter().map(|event| format!("{service}.{event}")).collect(),
        })
    }
}

async fn contracts(bus: &Bus, access: &Access, wanted: &Wanted) -> Result<BTreeMap<Name, Contract>> {
    let mut contracts = BTreeMap::new();
    for (service, events) in &wanted.0 {
        let contract = match events.as_slice() {
            [event] => access.contract(bus, service, event).await?,
            _ => access.whole_contract(bus, service).await?,
        };
        contracts.insert(service.clone(), contract);
    }
    Ok(contracts)
}

/// One subscription for the ordered events of a service, and one for the others.
fn subscriptions(
    wanted: &Wanted,
    contracts: &BTreeMap<Name, Contract>,
    group: &Group,
) -> Result<Vec<Subscription>> {
    let mut topics: BTreeMap<(&Name, bool), Vec<Topic>> = BTreeMap::new();
    for (service, contract) in contracts {
        let mut events = wanted.0[service].clone();
        if events.is_empty() {
            events = contract.events().map(|(name, _)| name.to_owned()).collect();
        }
        if events.is_empty() {
            return Err(Error::new(format!("`{service}` {} has no events", contract.version)));
        }
        events.sort();
        events.dedup();
        for event in events {
            let ordered = method::find(contract, &event, &[MethodKind::Event])?.is_ordered();
            let event = MethodName::parse("event", &event)?;
            let topic = Topic::Event { service: service.clone(), event, ordered };
            topics.entry((service, ordered)).or_default().push(topic);
        }
    }
    let subscription = |((service, _), topics): ((&Name, bool), _)| {
        Subscription::new(service.clone(), topics, group.clone())
    };
    Ok(topics.into_iter().map(subscription).collect())
}

/// The events of several subscriptions.
struct Events {
    deliveries: mpsc::Receiver<lessmq::Result<Delivery>>,
    /// One for each subscription. They end when this is dropped.
    _tasks: JoinSet<()>,
}

impl Events {
    async fn subscribe(bus: &Bus, subscriptions: Vec<Subscription>) -> Result<Self> {
        let (sender, deliveries) = mpsc::channel(1);
        let mut tasks = JoinSet::new();
        for subscription in subscriptions {
            let source = Source::from(subscription);
            let mut consumer = bus.transport().consume(&source, ConsumeOptions::new(PREFETCH)).await?;
            let sender = sender.clone();
            tasks.spawn(async move {
                while let Some(delivery) = consumer.next().await {
                    if sender.send(delivery).await.is_err() {
                        return;
                    }
                }
            });
        }
        Ok(Self { deliveries, _tasks: tasks })
    }
}

/// Prints events, `count` of them if it is given.
async fn print(
    mut events: Events,
    contracts: &BTreeMap<Name, Contract>,
    count: Option<u64>,
    show: &mut Show<'_>,
) -> Result<()> {
    let mut received = 0;
    while count.is_none_or(|count| received < count) {
        let Some(delivery) = events.deliveries.recv().await.transpose()? else { break };
        if !show(&report(&delivery, contracts))? {
            break; // an event that no one read is not acknowledged
        }
        delivery.settle(Settlement::Acknowledge).await?;
        received += 1;
    }
    Ok(())
}
