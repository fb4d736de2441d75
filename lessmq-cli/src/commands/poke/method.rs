//! Finding a method in a contract, or saying what there is instead.

use lessmq::contract::{Contract, Method, MethodKind};

use crate::report::{Error, Result};

/// How similar a name must be to an unknown one to be suggested, from 0 to 1.
const MIN_SIMILARITY: f64 = 0.7;
/// How many names a hint lists at most.
const MAX_LISTED_NAMES: usize = 20;

/// The method `name`, which must be of one of these kinds.
pub(super) fn find<'c>(contract: &'c Contract, name: &str, kinds: &[MethodKind]) -> Result<&'c Method> {
    let service = &contract.service;
    match contract.methods.get(name) {
        Some(method) if kinds.contains(&method.kind()) => Ok(method),
        // Nothing but events can be listened to, so the user gets no other command for the same method.
        Some(method) if kinds == [MethodKind::Event] => {
            Err(Error::new(format!("`{service}.{name}` is {}, not an event", with_article(method.kind())))
                .hint(format!("`{service}` {}", has(contract, kinds))))
        }
        Some(method) => {
            let (kind, command) = (method.kind(), command_for(method.kind()));
            Err(Error::new(format!("`{service}.{name}` is {}", with_article(kind)))
                .hint(format!("`lessmq-cli {command} URL {service}.{name}` {}", purpose(kind))))
        }
        None => Err(unknown(contract, name, kinds)),
    }
}

fn unknown(contract: &Contract, name: &str, kinds: &[MethodKind]) -> Error {
    let Contract { service, version, .. } = contract;
    let error = Error::new(format!("`{service}` {version} has no {} `{name}`", noun(kinds)));
    let hint = format!("it {}", has(contract, kinds));
    error.hint(match nearest(name, contract.methods.keys().map(String::as_str)) {
        Some(nearest) => format!("did you mean `{service}.{nearest}`? {hint}"),
        None => hint,
    })
}

fn noun(kinds: &[MethodKind]) -> String {
    kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(" or ")
}

/// The methods of these kinds, for a hint: "has `get`, `find`".
fn has(contract: &Contract, kinds: &[MethodKind]) -> String {
    let names: Vec<&str> = contract
        .methods
        .iter()
        .filter(|(_, method)| kinds.contains(&method.kind()))
        .map(|(name, _)| name.as_str())
        .collect();
    if names.is_empty() {
        return format!("has no {} at all", noun(kinds));
    }
    let shown: Vec<String> = names.iter().take(MAX_LISTED_NAMES).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > MAX_LISTED_NAMES { ", …" } else { "" };
    format!("has {}{more}", shown.join(", "))
}

fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let similarity = |known: &str| strsim::jaro_winkler(name, known);
    let nearest = names.max_by(|a, b| similarity(a).total_cmp(&similarity(b)))?;
    (similarity(nearest) > MIN_SIMILARITY).then_some(nearest)
}

fn with_article(kind: MethodKind) -> &'static str {
    match kind {
        MethodKind::Call => "a call",
        MethodKind::Command => "a command",
        MethodKind::Event => "an event",
    }
}

fn command_for(kind: MethodKind) -> &'static str {
    match kind {
        MethodKind::Call => "call",
        MethodKind::Command | MethodKind::Event => "send",
    }
}

fn purpose(kind: MethodKind) -> &'static str {
    match kind {
        MethodKind::Call => "calls it",
        MethodKind::Command => "sends it",
        MethodKind::Event => "publishes it, and `lessmq-cli listen` prints it",
    }
}
