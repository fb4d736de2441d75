//! Typed clients: calls, commands and events over any transport.
//!
//! `#[lessmq::interface]` makes a client type whose methods return a [`Call`] or a [`Publish`]; both do their work
//! when they are awaited. What is the same for all of them stands here once: the deadline, the trace, the check of
//! the provider's contract, the metrics.

mod call;
mod outgoing;
mod peer;
mod publish;

use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::Serialize;

pub use self::call::Call;
pub(crate) use self::call::deadline_exceeded;
pub use self::outgoing::Outgoing;
pub(crate) use self::outgoing::too_large;
pub use self::peer::ContractMismatch;
pub use self::publish::Publish;
use crate::bus::{Bus, Existing};
use crate::contract::Contract;
use crate::envelope::Text;
use crate::payload;
use crate::telemetry::ClientMetrics;
use crate::transport::Address;

/// A client that `#[lessmq::interface]` made.
pub trait Client: Sized + Send + Sync + 'static {
    /// What the client was built against.
    fn contract() -> &'static Contract;

    /// A client on `bus`.
    fn on(bus: &Bus) -> Self;
}

/// What generated clients are made of: the interface's methods on a bus.
#[derive(Clone)]
pub struct InterfaceClient(Arc<Inner>);

struct Inner {
    bus: Bus,
    contract: &'static Contract,
    contract_id: Text,
    calls_address: Address,
    methods: Vec<Method>,
    peer: peer::Peer,
}

struct Method {
    name: String,
    /// `{service}.{name}`.
    kind: Text,
    address: Address,
    idempotent: bool,
    /// Travels over a queue or an exchange that is not ours.
    existing: bool,
    /// Made at the first message, for the program may install its recorder after it makes its clients.
    metrics: OnceLock<ClientMetrics>,
}

impl InterfaceClient {
    /// A client of the interface that `contract` describes.
    #[must_use]
    pub fn new(bus: &Bus, contract: &'static Contract) -> Self {
        let service: Text = contract.service.as_str().into();
        Self(Arc::new(Inner {
            bus: bus.clone(),
            contract,
            contract_id: contract.id().to_string().into(),
            calls_address: Address::Calls { service: service.clone() },
            methods: contract.methods.keys().map(|name| Method::new(bus, contract, &service, name)).collect(),
            peer: peer::Peer::default(),
        }))
    }

    /// A call of the method `name`.
    ///
    /// # Panics
    /// When the contract has no such method.
    pub fn call<T, E>(&self, name: &str, request: &impl Serialize) -> Call<T, E> {
        Call::new(self.outgoing(name, request))
    }

    /// A command or an event `name`.
    ///
    /// # Panics
    /// When the contract has no such method.
    pub fn publish(&self, name: &str, body: &impl Serialize) -> Publish {
        Publish::new(self.outgoing(name, body))
    }

    fn outgoing(&self, name: &str, body: &impl Serialize) -> outgoing::Unsent {
        let method = self.0.methods.iter().position(|method| method.name == name);
        let method = method.expect("generated clients name the methods of their own contract");
        outgoing::Unsent::new(self.clone(), method, payload::encode(body))
    }
}

impl Method {
    fn new(bus: &Bus, contract: &Contract, service: &Text, name: &str) -> Self {
        let kind: Text = format!("{service}.{name}").into();
        let bound = bus.existing(&kind);
        let address = match bound {
            Some(Existing::Queue(queue)) => {
                Address::Existing { exchange: "".into(), routing_key: queue.as_str().into() }
            }
            Some(Existing::Exchange { exchange, routing_key }) => Address::Existing {
                exchange: exchange.as_str().into(),
                routing_key: routing_key.as_str().into(),
            },
            None if contract.event(name).is_some() => {
                Address::Event { service: service.clone(), event: name.into() }
            }
            None => Address::Commands { service: service.clone() },
        };
        Self {
            name: name.to_owned(),
            kind,
            address,
            idempotent: contract.call(name).is_some_and(|call| call.idempotent),
            existing: bound.is_some(),
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
