//! Builds contracts from Rust types.

use semver::Version;

use super::codec::{CallTypes, Codec, codec};
use super::{Call, Command, Contract, Docs, Event, Method};
use crate::payload::Payload;

/// Builds a [`Contract`] from Rust types, as `#[lessmq::interface]` does.
#[derive(Clone, Debug)]
pub struct ContractBuilder {
    contract: Contract,
}

/// The properties of one method.
#[derive(Clone, Copy, Debug)]
pub struct MethodMeta {
    /// The name of the method.
    pub name: &'static str,
    /// What the method does, in Markdown.
    pub description: Option<&'static str>,
    /// Why the method is deprecated and what to use instead; may be empty.
    pub deprecated: Option<&'static str>,
    /// Whether handling a call twice has the same effect as once. Not used for commands and events.
    pub idempotent: bool,
    /// Whether messages are handled in the order in which they were sent. Not used for calls.
    pub ordered: bool,
}

impl MethodMeta {
    /// A method without docs.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, description: None, deprecated: None, idempotent: false, ordered: false }
    }

    fn docs(&self) -> Docs {
        Docs {
            description: self.description.map(str::to_owned),
            deprecated: self.deprecated.map(str::to_owned),
        }
    }
}

impl ContractBuilder {
    /// A contract of `service`. `version` is the version of the declaring package.
    ///
    /// # Panics
    /// If `version` is not a semantic version. Cargo accepts no other.
    #[must_use]
    pub fn new(service: &str, version: &str) -> Self {
        let version = Version::parse(version).expect("Cargo accepts semantic versions only");
        Self { contract: Contract::empty(service, version) }
    }

    /// Sets what the service does, in Markdown.
    #[must_use]
    pub fn description(mut self, description: &str) -> Self {
        self.contract.description = Some(description.to_owned());
        self
    }

    /// Sets what the events of the service are, in Markdown.
    #[must_use]
    pub fn events_description(mut self, description: &str) -> Self {
        self.contract.events_description = Some(description.to_owned());
        self
    }

    /// Adds a call. With the error type [`Never`](crate::Never) the call has no typed error.
    #[must_use]
    pub fn call<Request: Payload, Reply: Payload, E: Payload>(self, meta: MethodMeta) -> Self {
        self.typed_call(
            meta,
            &CallTypes::<Request, Reply, E> { request: codec(), reply: codec(), error: codec() },
        )
    }

    #[doc(hidden)]
    #[must_use]
    pub fn typed_call<Request, Reply, E: 'static>(
        self,
        meta: MethodMeta,
        types: &CallTypes<Request, Reply, E>,
    ) -> Self {
        let has_error = std::any::TypeId::of::<E>() != std::any::TypeId::of::<crate::Never>();
        let call = Call {
            docs: meta.docs(),
            idempotent: meta.idempotent,
            request: types.request.message(),
            reply: types.reply.message(),
            error: has_error.then(|| types.error.message()),
        };
        self.method(meta, call)
    }

    /// Adds a command.
    #[must_use]
    pub fn command<Request: Payload>(self, meta: MethodMeta) -> Self {
        self.typed_command(meta, codec::<Request>())
    }

    #[doc(hidden)]
    #[must_use]
    pub fn typed_command<Request>(self, meta: MethodMeta, request: Codec<Request>) -> Self {
        let request = request.message();
        self.method(meta, Command { docs: meta.docs(), ordered: meta.ordered, request })
    }

    /// Adds an event.
    #[must_use]
    pub fn event<P: Payload>(self, meta: MethodMeta) -> Self {
        self.typed_event(meta, codec::<P>())
    }

    #[doc(hidden)]
    #[must_use]
    pub fn typed_event<P>(self, meta: MethodMeta, payload: Codec<P>) -> Self {
        let payload = payload.message();
        self.method(meta, Event { docs: meta.docs(), ordered: meta.ordered, payload })
    }

    fn method(mut self, meta: MethodMeta, method: impl Into<Method>) -> Self {
        self.contract.methods.insert(meta.name.to_owned(), method.into());
        self
    }

    /// The contract.
    #[must_use]
    pub fn build(self) -> Contract {
        self.contract
    }
}
