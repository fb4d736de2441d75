//! A contract as a page of texts and tables, which Markdown and HTML render.

use std::collections::BTreeSet;

use lessmq::contract::{Contract, MethodKind, Role};

use super::Subject;
use super::hoist::Types;
use super::methods;
use super::shape::{Shape, shape};
use crate::report::{Error, Result};

/// The whole document.
pub(super) struct Page {
    pub(super) title: String,
    pub(super) services: Vec<Service>,
}

pub(super) struct Service {
    pub(super) name: String,
    pub(super) version: String,
    /// The fingerprint, shortened.
    pub(super) fingerprint: String,
    pub(super) description: Option<String>,
    /// One group for each kind of method that the service has.
    pub(super) groups: Vec<Group>,
    pub(super) types: Vec<NamedType>,
}

/// All calls, all commands or all events.
pub(super) struct Group {
    pub(super) title: &'static str,
    /// An explanation for new readers.
    pub(super) meaning: &'static str,
    pub(super) methods: Vec<Method>,
}

pub(super) struct Method {
    pub(super) name: String,
    pub(super) anchor: String,
    pub(super) kind: &'static str,
    pub(super) is_idempotent: bool,
    /// Why the method is deprecated and what to use instead; may be empty.
    pub(super) deprecated: Option<String>,
    pub(super) description: Option<String>,
    pub(super) messages: Vec<Message>,
}

pub(super) struct Message {
    pub(super) title: &'static str,
    /// The sender of the message.
    pub(super) meaning: &'static str,
    pub(super) shape: Shape,
    /// An example message, as indented JSON.
    pub(super) example: Option<String>,
}

/// A type that other types refer to.
pub(super) struct NamedType {
    pub(super) name: String,
    pub(super) anchor: String,
    pub(super) shape: Shape,
}

impl Service {
    /// The anchor of a type of this service on the page.
    pub(super) fn type_anchor(&self, name: &str) -> String {
        anchor(&self.name, name)
    }
}

/// Names of methods contain no dot, so no method has the anchor of a type.
fn anchor(service: &str, name: &str) -> String {
    format!("{service}.type.{name}")
}

pub(super) fn page(subject: &Subject) -> Result<Page> {
    let services = subject.contracts.iter().map(service).collect::<Result<_>>()?;
    Ok(Page { title: subject.title(), services })
}

fn service(contract: &Contract) -> Result<Service> {
    let (methods, types) = methods::methods(std::slice::from_ref(contract), |_| true)?;
    let group = |kind, title, meaning| -> Result<Group> {
        let methods = methods.iter().filter(|method| method.kind == kind);
        let methods = methods.map(|method| self::method(method, &types)).collect::<Result<_>>()?;
        Ok(Group { title, meaning, methods })
    };
    let mut groups = vec![
        group(MethodKind::Call, "Calls", "Requests with a reply or a typed error.")?,
        group(
            MethodKind::Command,
            "Commands",
            "Requests that are stored and handled later, at least once, without a reply.",
        )?,
        group(
            MethodKind::Event,
            "Events",
            "Messages that the service publishes. Every subscribed group gets each of them at least once.",
        )?,
    ];
    groups.retain(|group| !group.methods.is_empty());
    Ok(Service {
        name: contract.service.clone(),
        version: contract.version.to_string(),
        fingerprint: contract.fingerprint().short().to_owned(),
        description: contract.overview().map(str::to_owned),
        groups,
        types: named_types(&contract.service, &types),
    })
}

/// The types that messages or other types link to.
fn named_types(service: &str, types: &Types) -> Vec<NamedType> {
    let linked: BTreeSet<&String> = types.referenced.iter().collect();
    let shown = linked.into_iter().filter_map(|name| {
        let shape = shape(types.schemas.get(name)?, types);
        Some(NamedType { name: name.clone(), anchor: anchor(service, name), shape })
    });
    shown.collect()
}

fn method(method: &methods::Method<'_>, types: &Types) -> Result<Method> {
    let message = |part: &methods::Part<'_>| -> Result<Message> {
        let (title, meaning) = match part.role {
            Role::Request => ("Request", "The message to the service."),
            Role::Reply => ("Reply", "The answer of the service."),
            Role::Error => ("Error", "The typed error of the service."),
            Role::Payload => ("Event", "The message that the service publishes."),
        };
        let schema = types.schemas.get(&part.type_name).unwrap_or_default();
        let example =
            part.example.as_ref().map(serde_json::to_string_pretty).transpose().map_err(|error| {
                Error::new(format!("cannot write the example of `{}`", method.full_name())).because(error)
            })?;
        Ok(Message { title, meaning, shape: shape(schema, types), example })
    };
    Ok(Method {
        name: method.name.to_owned(),
        anchor: method.full_name(),
        kind: method.kind.as_str(),
        is_idempotent: method.idempotent,
        deprecated: method.docs.deprecated.clone(),
        description: method.docs.description.clone(),
        messages: method.parts.iter().map(message).collect::<Result<_>>()?,
    })
}
