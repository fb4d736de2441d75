//! Rust: the `src` folder of a contract crate.

mod api;
mod code_changes;
mod defaults;
mod derives;
mod enums;
mod fields;
mod interfaces;
mod items;
mod lacking;
mod names;
mod newtypes;
mod opaque;
mod presence;
mod scope;
mod structs;
mod tokens;

use std::collections::BTreeSet;

use lessmq::contract::Contract;

pub(crate) use self::code_changes::{CodeChange, code_changes};
use self::scope::Scope;
use super::Generated;
use super::model::{Kind, Model};
use super::names::{is_identifier, pascal};
use super::read::rust_model;
use crate::report::{Error, Result};
use crate::rust_types::{ChosenType, Replacements};

/// The names of the traits of a contract crate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names {
    /// The trait of calls and commands, such as `Users`. The default is made from the name of the service.
    pub(crate) interface: Option<String>,
    /// The trait of events, such as `UserEvents`.
    pub(crate) events: Option<String>,
}

/// The `src` folder of a contract crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RustSources {
    pub(crate) generated: Generated,
    /// The types of other crates in it.
    pub(crate) foreign: Vec<ChosenType>,
}

/// The files of `src`: `lib.rs`, `types.rs`, `interfaces.rs`. The crate embeds `contract.json` from the folder above.
pub(crate) fn sources(
    contract: &Contract,
    names: &Names,
    replacements: &Replacements,
) -> Result<RustSources> {
    for name in [&names.interface, &names.events].into_iter().flatten() {
        if !is_identifier(name) {
            return Err(Error::new(format!("`{}` cannot be the name of a trait", name.escape_debug()))
                .hint("give a name such as `Users`"));
        }
    }
    let chosen = Chosen::new(contract, names, replacements)?;
    let taken = chosen.all();
    let model = rust_model(contract, &taken, replacements)?;
    let mut generated = Generated::default();
    generated.add("lib.rs", "//", contract, &library(&model));
    let none = BTreeSet::new();
    let scope = Scope::new(&model, &none);
    generated.add("types.rs", "//", contract, &items::types(&scope)?);
    let mut foreign = scope.rust_types();
    let scope = Scope::new(&model, &taken);
    generated.add("interfaces.rs", "//", contract, &interfaces::interfaces(&scope, &chosen)?);
    foreign.extend(scope.rust_types());
    let foreign = foreign.into_iter().map(|id| model.rust_types[id.0].clone()).collect();
    Ok(RustSources { generated, foreign })
}

/// What the names of the trait, its client, its server and its fake end in.
const SUFFIXES: [&str; 4] = ["", "Client", "Server", "Fake"];

/// The names of the traits.
struct Chosen {
    interface: String,
    events: String,
    /// The trait of ordered commands, if there are also unordered ones.
    ordered: String,
    /// The trait of ordered events, if there are also unordered ones.
    ordered_events: String,
}

impl Chosen {
    fn new(contract: &Contract, names: &Names, replacements: &Replacements) -> Result<Self> {
        let service = pascal(&contract.service);
        let types = rust_model(contract, &BTreeSet::new(), replacements)?.types;
        let is_taken = |name: &String| {
            let all = SUFFIXES.map(|suffix| format!("{name}{suffix}"));
            types.iter().any(|declared| all.contains(&declared.name))
        };
        let free = |name: &str| {
            let others = ["", "Service", "Interface"].into_iter().map(|suffix| format!("{name}{suffix}"));
            others.into_iter().find(|name| !is_taken(name)).unwrap_or_else(|| format!("{name}Trait"))
        };
        let interface = names.interface.clone().unwrap_or_else(|| free(&service));
        let events = names.events.clone().unwrap_or_else(|| free(&format!("{service}Events")));
        let (ordered, ordered_events) =
            (free(&format!("{interface}Ordered")), free(&format!("{events}Ordered")));
        Ok(Self { interface, events, ordered, ordered_events })
    }

    fn name(&self, has_events: bool, is_extra: bool) -> &str {
        match (has_events, is_extra) {
            (false, false) => &self.interface,
            (false, true) => &self.ordered,
            (true, false) => &self.events,
            (true, true) => &self.ordered_events,
        }
    }

    fn all(&self) -> BTreeSet<String> {
        [&self.interface, &self.events, &self.ordered, &self.ordered_events]
            .into_iter()
            .flat_map(|name| SUFFIXES.map(|suffix| format!("{name}{suffix}")))
            .collect()
    }
}

fn library(model: &Model) -> String {
    let mut text = format!(
        "\n//! The contract of the service `{}`: what its consumers compile against.\n\n",
        model.service
    );
    let lacks_docs = items::lacks_docs(model);
    if lacks_docs {
        text += "#![allow(missing_docs, reason = \"what the service does not document\")]\n";
    }
    text += "#![allow(rustdoc::broken_intra_doc_links, reason = \"the docs are the service's\")]\n\n";
    let has_methods = !model.methods.is_empty();
    if has_methods {
        text += "#[rustfmt::skip]\nmod interfaces;\n";
    }
    if !model.types.is_empty() {
        text += "#[rustfmt::skip]\nmod types;\n";
    }
    text += "\n";
    if has_methods {
        text += "pub use crate::interfaces::*;\n";
    }
    if !model.types.is_empty() {
        text += "pub use crate::types::*;\n";
    }
    text + "\n/// The contract as a document.\npub const CONTRACT: &str = include_str!(\"../contract.json\");\n"
}

/// Whether a method belongs to the trait of events.
fn is_event(kind: &Kind) -> bool {
    matches!(kind, Kind::Event)
}
