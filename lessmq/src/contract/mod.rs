//! What a service promises: its calls, commands and events, as one document.
//!
//! A [`Contract`] is pure data. It is derived from a trait by `#[lessmq::interface]`, written as JSON
//! ([`Contract::to_json`]), read back ([`Contract::from_json`]), and compared by [`compat`](crate::compat).
//!
//! # Both directions
//!
//! Rust types are not symmetric on the wire: a field with `#[serde(default)]` may be left out of what is *read* but
//! stands in all that is *written*. So a [`Message`] has two schemas, what a typed sender writes and what a typed
//! receiver reads. A consumer writes requests and reads replies, errors and events; a provider the other way round.
//!
//! # A contract without the rest
//!
//! The transport is a separate matter. Code that talks to a broker by itself can still check what it sends and gets
//! ([`Message::check_written`], [`Message::check_read`]), and write and read payloads
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

mod aliases;
mod builder;
mod canonical;
mod document;
mod faults;
mod keywords;
mod message;

use std::collections::BTreeMap;
use std::fmt;

use semver::Version;
use serde::{Deserialize, Serialize};

pub(crate) use self::aliases::spelt_out;
pub use self::builder::{ContractBuilder, MethodMeta};
pub(crate) use self::canonical::canonical_message;
pub use self::document::{DOCUMENT_SCHEMA, MAX_DOCUMENT_BYTES, inexact_integer};
pub use self::faults::SchemaFault;
pub(crate) use self::faults::{escaped, faults};
pub(crate) use self::keywords::{is_annotation, is_data, is_set, maps_names_to_schemas};
pub use self::message::Message;
use crate::error::{Error, ErrorKind, Result};

/// What a service promises, or what a consumer expects of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// The version of this format.
    pub lessmq: FormatVersion,
    /// The service's name.
    pub service: String,
    /// The version of the package that declares the contract.
    pub version: Version,
    /// What the service is for, in Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Request and reply, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub calls: BTreeMap<String, Call>,
    /// One way, to one consumer, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub commands: BTreeMap<String, Command>,
    /// One way, to every subscribed group, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub events: BTreeMap<String, Event>,
}

/// The version of the contract format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FormatVersion {
    /// The first format.
    #[serde(rename = "1")]
    V1,
}

/// What is said of a method for its readers. It does not change the fingerprint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Docs {
    /// What the method does, in Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Why it should not be used any more and what to use instead; may be empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
}

/// A request that is answered by a reply or a typed error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// For people.
    #[serde(flatten)]
    pub docs: Docs,
    /// Whether handling it twice is the same as once, so that a client may repeat it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub idempotent: bool,
    /// What the consumer sends.
    pub request: Message,
    /// What the provider answers.
    pub reply: Message,
    /// The provider's typed error; absent where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Message>,
}

/// A request that is handled once, some time, by one consumer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// For people.
    #[serde(flatten)]
    pub docs: Docs,
    /// What the consumer of the contract sends.
    pub request: Message,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// For people.
    #[serde(flatten)]
    pub docs: Docs,
    /// What the provider publishes.
    pub payload: Message,
}

impl Contract {
    /// A contract that promises nothing yet.
    #[must_use]
    pub fn empty(service: &str, version: Version) -> Self {
        Self {
            lessmq: FormatVersion::V1,
            service: service.to_owned(),
            version,
            description: None,
            calls: BTreeMap::new(),
            commands: BTreeMap::new(),
            events: BTreeMap::new(),
        }
    }

    /// The call of this name.
    #[must_use]
    pub fn call(&self, name: &str) -> Option<&Call> {
        self.calls.get(name)
    }

    /// The command of this name.
    #[must_use]
    pub fn command(&self, name: &str) -> Option<&Command> {
        self.commands.get(name)
    }

    /// The event of this name.
    #[must_use]
    pub fn event(&self, name: &str) -> Option<&Event> {
        self.events.get(name)
    }

    /// The names of all methods: calls, commands, events.
    pub fn method_names(&self) -> impl Iterator<Item = &str> {
        self.calls.keys().chain(self.commands.keys()).chain(self.events.keys()).map(String::as_str)
    }

    /// Adds another interface of the same service.
    ///
    /// The greater version is kept, and the first description.
    ///
    /// # Errors
    /// `Config` when the services differ, or when both have a method of one name.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if self.service != other.service {
            return Err(Error::new(
                ErrorKind::Config,
                format!("interfaces of `{}` and `{}` make no common contract", self.service, other.service),
            ));
        }
        if let Some(twice) = other.method_names().find(|name| self.method_names().any(|ours| ours == *name)) {
            return Err(Error::new(
                ErrorKind::Config,
                format!("service `{}` has two methods `{twice}`", self.service),
            )
            .with_hint("serve each interface once, and give the methods of one service different names"));
        }
        self.calls.extend(other.calls.clone());
        self.commands.extend(other.commands.clone());
        self.events.extend(other.events.clone());
        self.description = self.description.take().or_else(|| other.description.clone());
        if other.version > self.version {
            self.version = other.version.clone();
        }
        Ok(())
    }

    /// The fingerprint: equal for contracts that promise the same on the wire, whatever their version and their
    /// docs say.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        canonical::fingerprint(self)
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

/// The SHA-256 of a contract's canonical form, as 64 hexadecimal digits.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first twelve digits, enough for people.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({})", self.short())
    }
}

/// Which contract a message was made with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ContractId {
    /// The service.
    pub service: String,
    /// The version of the contract.
    pub version: Version,
    /// What it promises.
    pub fingerprint: Fingerprint,
}

impl ContractId {
    /// Reads what [`ContractId`] prints; `None` for any other text, such as another tool's `dataschema`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (service, rest) = text.strip_prefix("urn:lessmq:")?.split_once(':')?;
        let (version, fingerprint) = rest.rsplit_once(':')?;
        let is_fingerprint = fingerprint.len() == 64 && fingerprint.bytes().all(|b| b.is_ascii_hexdigit());
        is_fingerprint.then_some(Self {
            service: service.to_owned(),
            version: version.parse().ok()?,
            fingerprint: Fingerprint(fingerprint.to_owned()),
        })
    }
}

impl fmt::Display for ContractId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "urn:lessmq:{}:{}:{}", self.service, self.version, self.fingerprint)
    }
}

#[cfg(test)]
mod tests;
