//! The methods of contracts, with the types of all their messages.

use lessmq::contract::{Contract, Docs, Message, MethodKind, Role};
use lessmq::name::{MethodName, in_code};
use serde_json::Value;

use super::hoist::{Source, Types, hoist};
use super::sample;
use crate::report::{Error, Result};

/// A call, a command or an event.
pub(super) struct Method<'a> {
    pub(super) kind: MethodKind,
    pub(super) contract: &'a Contract,
    pub(super) name: &'a str,
    pub(super) docs: &'a Docs,
    pub(super) idempotent: bool,
    pub(super) ordered: bool,
    pub(super) parts: Vec<Part<'a>>,
}

/// One message of a method.
pub(super) struct Part<'a> {
    pub(super) role: Role,
    /// The name of its type.
    pub(super) type_name: String,
    /// An example message that is valid, if one was found.
    pub(super) example: Option<Value>,
    message: &'a Message,
}

impl Part<'_> {
    /// The schema of the provider's side, which reads requests and writes the other messages.
    fn schema(&self) -> &Value {
        match self.role {
            Role::Request => &self.message.reads,
            Role::Reply | Role::Error | Role::Payload => &self.message.writes,
        }
    }
}

impl Method<'_> {
    /// The `type` of its messages.
    pub(super) fn full_name(&self) -> String {
        format!("{}.{}", self.contract.service, self.name)
    }

    /// The same for keys of documents, which may not contain `@`: `user.get_v2` for `user.get@2`.
    pub(super) fn key(&self) -> String {
        format!("{}.{}", self.contract.service, in_code(self.name))
    }

    pub(super) fn part(&self, role: Role) -> Option<&Part<'_>> {
        self.parts.iter().find(|part| part.role == role)
    }

    /// The first line of its docs.
    pub(super) fn summary(&self) -> Option<&str> {
        let text = self.docs.description.as_deref()?.trim();
        text.split("\n\n").next().filter(|line| !line.is_empty())
    }

    /// Its docs, and why it is deprecated.
    pub(super) fn description(&self) -> Option<String> {
        let reason = self.docs.deprecated.as_deref().filter(|reason| !reason.trim().is_empty());
        let reason = reason.map(|reason| format!("**Deprecated:** {reason}"));
        let parts: Vec<String> = self.docs.description.clone().into_iter().chain(reason).collect();
        (!parts.is_empty()).then(|| parts.join("\n\n"))
    }
}

/// The methods of the kinds that `is_wanted`, and the types of their messages.
pub(super) fn methods(
    contracts: &[Contract],
    is_wanted: impl Fn(MethodKind) -> bool,
) -> Result<(Vec<Method<'_>>, Types)> {
    contracts.iter().try_for_each(check_names)?;
    let mut methods: Vec<Method<'_>> =
        contracts.iter().flat_map(of_contract).filter(|method| is_wanted(method.kind)).collect();
    let mut sources = Vec::new();
    for method in &methods {
        for part in &method.parts {
            let role = if part.role == Role::Payload { "event" } else { part.role.as_str() };
            sources.push(Source {
                place: format!("{}, {role}", method.full_name()),
                fallback: fallback(&[&method.contract.service, &in_code(method.name), role]),
                schema: part.schema(),
            });
        }
    }
    let types = hoist(&sources)?;
    let mut roots = types.roots.iter();
    for part in methods.iter_mut().flat_map(|method| &mut method.parts) {
        if let Some(root) = roots.next() {
            root.clone_into(&mut part.type_name);
        }
        part.example = sample::message(part.schema(), &part.type_name, &types);
    }
    Ok((methods, types))
}

/// Refuses names that no interface can have, because names become keys, anchors and paths.
fn check_names(contract: &Contract) -> Result<()> {
    for name in contract.methods.keys() {
        MethodName::parse("method", name)
            .map_err(|error| Error::from(error).at(format!("contract of `{}`", contract.service)))?;
    }
    Ok(())
}

fn of_contract(contract: &Contract) -> Vec<Method<'_>> {
    let methods = contract.methods_by_kind().map(|(name, method)| Method {
        kind: method.kind(),
        contract,
        name,
        docs: method.docs(),
        idempotent: method.is_idempotent(),
        ordered: method.is_ordered(),
        parts: method.messages().map(|(role, message)| part(role, message)).collect(),
    });
    methods.collect()
}

fn part(role: Role, message: &Message) -> Part<'_> {
    Part { role, type_name: String::new(), example: None, message }
}

/// The name of a type without a title: `UserGetReply`.
fn fallback(words: &[&str]) -> String {
    let parts = words.iter().flat_map(|word| word.split(|c: char| !c.is_ascii_alphanumeric()));
    let capital = |part: &str| {
        let mut letters = part.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    parts.map(capital).collect()
}
