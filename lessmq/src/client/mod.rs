//! Typed clients: calls, commands and events over any transport.
//!
//! `#[lessmq::interface]` makes a client type whose methods return a [`Call`] or a [`Publish`]; both are sent when they
//! are awaited. The common parts are implemented here, once: the deadline, the trace, the check of the provider's
//! contract, the metrics.

mod call;
mod outgoing;
mod peer;
mod publish;

use std::fmt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

pub use self::call::Call;
pub use self::peer::ContractMismatch;
pub use self::publish::Publish;
use crate::bus::{Bus, External};
use crate::contract::Contract;
use crate::envelope::Text;
use crate::error::Result;
use crate::name::{MethodName, Name};
use crate::telemetry::ClientMetrics;
use crate::transport::{Destination, Queue, Topic};

/// A client that `#[lessmq::interface]` made.
pub trait Client: Sized + Send + Sync + 'static {
    /// The contract that the client was built against.
    fn contract() -> &'static Contract;

    /// A client on `bus`.
    #[doc(hidden)]
    fn on(bus: &Bus) -> Self;
}

/// Sends the messages of an interface on a bus. Generated clients contain one.
#[derive(Clone)]
pub struct InterfaceClient(Arc<Inner>);

struct Inner {
    bus: Bus,
    contract: &'static Contract,
    contract_id: Text,
    calls: Queue,
    methods: Vec<Method>,
    peer: peer::Peer,
}

struct Method {
    name: String,
    /// The type of the messages: `{service}.{name}`.
    kind: Text,
    destination: Destination,
    idempotent: bool,
    /// Created at the first message, because the program may install its metrics recorder after it creates its clients.
    metrics: OnceLock<ClientMetrics>,
}

impl InterfaceClient {
    /// A client of the interface that `contract` describes.
    ///
    /// # Panics
    /// When a name in the contract is not valid, which `#[lessmq::interface]` checks.
    #[must_use]
    pub fn new(bus: &Bus, contract: &'static Contract) -> Self {
        let service = Name::parse("service", &contract.service).expect("the interface's names are valid");
        Self(Arc::new(Inner {
            bus: bus.clone(),
            contract,
            contract_id: Text::interned(&contract.id().to_string()),
            methods: contract.methods.keys().map(|name| Method::new(bus, contract, &service, name)).collect(),
            calls: Queue::Calls { service },
            peer: peer::Peer::default(),
        }))
    }

    /// A call of the method `name`. `request` is the encoded request, or the error of encoding it, which the call returns.
    ///
    /// # Panics
    /// When the contract has no such method.
    pub fn call<T, E>(&self, name: &str, request: Result<Bytes>) -> Call<T, E> {
        Call::new(self.outgoing(name, request))
    }

    /// A command or an event `name`. `payload` is the encoded payload, or the error of encoding it, which is returned when the
    /// message is sent.
    ///
    /// # Panics
    /// When the contract has no such method.
    pub fn publish(&self, name: &str, payload: Result<Bytes>) -> Publish {
        Publish::new(self.outgoing(name, payload))
    }

    fn outgoing(&self, name: &str, payload: Result<Bytes>) -> outgoing::Unsent {
        let method = self.0.methods.iter().position(|method| method.name == name);
        let method = method.expect("generated clients name the methods of their own contract");
        outgoing::Unsent::new(self.clone(), method, payload)
    }
}

impl Method {
    fn new(bus: &Bus, contract: &Contract, service: &Name, name: &str) -> Self {
        let kind = Text::interned(&format!("{service}.{name}"));
        let service = service.clone();
        let destination = match bus.external(&kind) {
            Some(External::Queue(name)) => Queue::External { name: name.clone() }.into(),
            Some(External::Topic(name)) => Topic::External { name: name.clone() }.into(),
            None => match contract.event(name) {
                Some(event) => {
                    let ordered = event.ordered;
                    let event = MethodName::parse("event", name).expect("the interface's names are valid");
                    Topic::Event { service, event, ordered }.into()
                }
                None => {
                    let ordered = contract.command(name).is_some_and(|command| command.ordered);
                    Queue::Commands { service, ordered }.into()
                }
            },
        };
        Self {
            name: name.to_owned(),
            kind,
            destination,
            idempotent: contract.call(name).is_some_and(|call| call.idempotent),
            metrics: OnceLock::new(),
        }
    }

    fn metrics(&self) -> &ClientMetrics {
        self.metrics.get_or_init(|| {
            let (service, method) = self.kind.split_once('.').unwrap_or_default();
            ClientMetrics::new(service, method)
        })
    }
}

impl fmt::Debug for InterfaceClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InterfaceClient").field("contract", &self.0.contract_id).finish_non_exhaustive()
    }
}
