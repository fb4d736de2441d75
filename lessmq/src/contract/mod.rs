//! What a service promises: its calls, commands and events, in one document.
//!
//! A [`Contract`] is pure data. It is derived from a trait by `#[lessmq::interface]`, written as JSON
//! ([`Contract::to_json`]), read back ([`Contract::from_json`]), and compared by [`compat`](crate::compat).
//!
//! # Both directions
//!
//! A Rust type may accept more JSON than it writes: a field with `#[serde(default)]` may be missing from the JSON that
//! is *read*, but is always in the JSON that is *written*. So a [`Message`] has two schemas: what a typed sender
//! writes, and what a typed receiver reads. A consumer writes requests and reads replies, errors and events. A provider
//! does the opposite.
//!
//! # Without a transport
//!
//! Code that uses a broker directly can use contracts too. It can check what it sends and receives
//! ([`Message::check_written`], [`Message::check_read`]), and encode and decode payloads
//! ([`payload`](crate::payload)):
//!
//! ```
//! use lessmq::contract::{ContractBuilder, MethodMeta};
//!
//! #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
//! struct OrderPlaced {
//!     order: u32,
//! }
//!
//! let contract = ContractBuilder::new("shop", "1.0.0").event::<OrderPlaced>(MethodMeta::new("placed")).build();
//! let placed = contract.event("placed").expect("the contract has it");
//! assert!(placed.payload.check_read(br#"{"order": 7}"#).is_ok());
//! let error = placed.payload.check_read(br#"{"order": -7}"#).unwrap_err();
//! assert!(format!("{error:#}").contains("/order"), "{error:#}");
//! ```
//!
//! # Rust types
//!
//! JSON Schema does not say which crate a date or a decimal number belongs to. `lessmq-cli` adds that to the schemas of a
//! contract that it takes from code, as the annotations [`schema::RUST_TYPE`] and [`schema::RUST_KEY_TYPE`]. So contract
//! crates use the types of the service. The contract of a running program does not have these annotations.
//!
//! # The order of arguments
//!
//! The arguments of a method are the fields of its request, and the fields of a JSON object have no order. The clients of
//! contract crates need one, so a request with an optional argument has the annotation [`schema::ARGUMENT_ORDER`]. Without an
//! optional argument, `required` has the order.

mod aliases;
mod builder;
mod canonical;
mod codec;
mod document;
mod faults;
mod format;
mod identity;
mod message;
mod method;
pub mod schema;

use std::collections::BTreeMap;
use std::convert::Infallible;

use semver::Version;
use serde::Deserialize;

pub(crate) use self::aliases::expand_aliases;
pub use self::builder::{ContractBuilder, MethodMeta};
pub(crate) use self::canonical::canonical_message;
#[doc(hidden)]
pub use self::codec::{CallTypes, Codec, codec};
pub use self::document::{DOCUMENT_SCHEMA, MAX_DOCUMENT_BYTES, inexact_number};
pub use self::faults::SchemaFault;
pub(crate) use self::faults::faults;
pub use self::identity::{ContractId, Fingerprint};
pub use self::message::Message;
pub use self::method::{Call, Command, Docs, Event, Method, MethodKind, MethodMessage, Role, request_title};
use crate::error::{Error, ErrorKind, Result};
use crate::name::{newer_version, older_version, same_in_code};

/// What a service promises, or what a consumer expects of it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "format::Document")]
pub struct Contract {
    /// The name of the service.
    pub service: String,
    /// The version of the package that declares the contract.
    pub version: Version,
    /// What the service does, in Markdown: the docs of its first interface of calls and commands.
    pub description: Option<String>,
    /// What the events of the service are, in Markdown: the docs of its first interface of events.
    pub events_description: Option<String>,
    /// The methods by name. Version 2 of `get` is `get@2`; see [`MethodName`](crate::name::MethodName).
    pub methods: BTreeMap<String, Method>,
}

impl Contract {
    /// A contract without methods.
    #[must_use]
    pub fn empty(service: &str, version: Version) -> Self {
        Self {
            service: service.to_owned(),
            version,
            description: None,
            events_description: None,
            methods: BTreeMap::new(),
        }
    }

    /// What the service does, in Markdown. If only its events are described, their description.
    #[must_use]
    pub fn overview(&self) -> Option<&str> {
        self.description.as_deref().or(self.events_description.as_deref())
    }

    /// The call with this name.
    #[must_use]
    pub fn call(&self, name: &str) -> Option<&Call> {
        match self.methods.get(name) {
            Some(Method::Call(call)) => Some(call),
            _ => None,
        }
    }

    /// The command with this name.
    #[must_use]
    pub fn command(&self, name: &str) -> Option<&Command> {
        match self.methods.get(name) {
            Some(Method::Command(command)) => Some(command),
            _ => None,
        }
    }

    /// The event with this name.
    #[must_use]
    pub fn event(&self, name: &str) -> Option<&Event> {
        match self.methods.get(name) {
            Some(Method::Event(event)) => Some(event),
            _ => None,
        }
    }

    /// The call with this name, to change it.
    #[must_use]
    pub fn call_mut(&mut self, name: &str) -> Option<&mut Call> {
        match self.methods.get_mut(name) {
            Some(Method::Call(call)) => Some(call),
            _ => None,
        }
    }

    /// The command with this name, to change it.
    #[must_use]
    pub fn command_mut(&mut self, name: &str) -> Option<&mut Command> {
        match self.methods.get_mut(name) {
            Some(Method::Command(command)) => Some(command),
            _ => None,
        }
    }

    /// The event with this name, to change it.
    #[must_use]
    pub fn event_mut(&mut self, name: &str) -> Option<&mut Event> {
        match self.methods.get_mut(name) {
            Some(Method::Event(event)) => Some(event),
            _ => None,
        }
    }

    /// The calls by name.
    pub fn calls(&self) -> impl Iterator<Item = (&str, &Call)> {
        self.methods.iter().filter_map(|(name, method)| match method {
            Method::Call(call) => Some((name.as_str(), call)),
            _ => None,
        })
    }

    /// The commands by name.
    pub fn commands(&self) -> impl Iterator<Item = (&str, &Command)> {
        self.methods.iter().filter_map(|(name, method)| match method {
            Method::Command(command) => Some((name.as_str(), command)),
            _ => None,
        })
    }

    /// The events by name.
    pub fn events(&self) -> impl Iterator<Item = (&str, &Event)> {
        self.methods.iter().filter_map(|(name, method)| match method {
            Method::Event(event) => Some((name.as_str(), event)),
            _ => None,
        })
    }

    /// All methods: calls, then commands, then events, each by name.
    pub fn methods_by_kind(&self) -> impl Iterator<Item = (&str, &Method)> {
        let mut methods: Vec<(&str, &Method)> =
            self.methods.iter().map(|(name, method)| (name.as_str(), method)).collect();
        methods.sort_by_key(|(_, method)| method.kind());
        methods.into_iter()
    }

    /// All messages of all methods, in the order of [`methods_by_kind`](Self::methods_by_kind).
    pub fn messages(&self) -> impl Iterator<Item = MethodMessage<'_>> {
        self.methods_by_kind().flat_map(|(name, method)| {
            let kind = method.kind();
            method.messages().map(move |(role, message)| MethodMessage { method: name, kind, role, message })
        })
    }

    /// Adds another interface of the same service.
    ///
    /// Keeps the higher version and the first description of each kind.
    ///
    /// # Errors
    /// `Config` if the services differ, or if two methods have the same name, or the same name in code: `get@2` and
    /// `get_v2`.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if self.service != other.service {
            return Err(Error::new(
                ErrorKind::Config,
                format!(
                    "cannot merge contracts of different services: `{}` and `{}`",
                    self.service, other.service
                ),
            ));
        }
        if let Some(name) = other.methods.keys().find(|name| self.methods.contains_key(*name)) {
            return Err(Error::new(
                ErrorKind::Config,
                format!("service `{}` has two methods `{name}`", self.service),
            )
            .with_hint("serve each interface once, and give the methods of one service different names"));
        }
        let mut both = self.clone();
        both.methods.extend(other.methods.clone());
        if let Some((context, hint)) = both.same_in_code() {
            return Err(Error::new(ErrorKind::Config, context).with_hint(hint));
        }
        self.methods = both.methods;
        self.description = self.description.take().or_else(|| other.description.clone());
        self.events_description = self.events_description.take().or_else(|| other.events_description.clone());
        if other.version > self.version {
            self.version = other.version.clone();
        }
        Ok(())
    }

    /// The newest version of a method, if it is newer than `method`: `get@2` for `get`.
    #[must_use]
    pub fn newer_version(&self, method: &str) -> Option<&str> {
        newer_version(method, self.methods.keys().map(String::as_str))
    }

    /// The newest version of a method that is older than `method`: `get` for `get@2`.
    #[must_use]
    pub fn older_version(&self, method: &str) -> Option<&str> {
        older_version(method, self.methods.keys().map(String::as_str))
    }

    /// The error and its hint if two methods have one name in generated code.
    fn same_in_code(&self) -> Option<(String, &'static str)> {
        let (later, other) = same_in_code(self.methods.keys().map(String::as_str))?;
        let context = format!(
            "service `{}` has methods `{later}` and `{other}`, which have the same name in generated code",
            self.service
        );
        Some((context, "rename one of them: version 2 of `get` is called `get_v2` in code"))
    }

    /// The contract without annotations of [Rust types](schema::RUST_TYPE), as a program has it that declares the
    /// interfaces. Use it to compare a committed document with the code.
    ///
    /// ```
    /// use lessmq::contract::Contract;
    /// use serde_json::json;
    ///
    /// let uuid = json!({"crate": "uuid", "version": "1", "path": "uuid::Uuid"});
    /// let document = json!({"lessmq": "2", "service": "user", "version": "1.0.0", "methods": {
    ///     "deleted": {"kind": "event", "payload": {"schema": {"type": "string", "x-rust-type": uuid}}}
    /// }});
    /// let contract = Contract::from_json(document.to_string().as_bytes())?;
    /// let plain = contract.clone().without_rust_types();
    /// assert_eq!(plain.event("deleted").expect("it has the event").payload.reads, json!({"type": "string"}));
    /// assert_eq!(plain.fingerprint(), contract.fingerprint());
    /// # Ok::<(), lessmq::Error>(())
    /// ```
    #[must_use]
    pub fn without_rust_types(mut self) -> Self {
        for (_, message) in self.methods.values_mut().flat_map(Method::messages_mut) {
            for schema in [&mut message.writes, &mut message.reads] {
                let Ok(()) = schema::visit_mut(schema, |keywords| {
                    keywords.remove(schema::RUST_TYPE);
                    keywords.remove(schema::RUST_KEY_TYPE);
                    Ok::<(), Infallible>(())
                });
            }
        }
        self
    }

    /// The fingerprint. It is equal for contracts with the same promises: versions, documentation and the format of the
    /// document do not change it.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        canonical::fingerprint(self)
    }

    /// The fingerprint of each method, by name.
    pub(crate) fn method_fingerprints(&self) -> BTreeMap<String, Fingerprint> {
        let fingerprint = |(name, method): (&String, &Method)| {
            (name.clone(), canonical::method_fingerprint(&self.service, name, method))
        };
        self.methods.iter().map(fingerprint).collect()
    }

    /// Whether this contract has every method of `part` with the same promises. `part` may be the contract of one
    /// interface of the service, and this one that of all its interfaces.
    #[must_use]
    pub fn includes(&self, part: &Self) -> bool {
        let own = self.method_fingerprints();
        part.method_fingerprints().iter().all(|(name, fingerprint)| own.get(name) == Some(fingerprint))
    }

    /// The contract's identity in messages (CloudEvents `dataschema`):
    /// `urn:lessmq:{service}:{version}:{fingerprint}`.
    #[must_use]
    pub fn id(&self) -> ContractId {
        ContractId {
            service: self.service.clone(),
            version: self.version.clone(),
            fingerprint: self.fingerprint(),
        }
    }
}

#[cfg(test)]
mod tests;
