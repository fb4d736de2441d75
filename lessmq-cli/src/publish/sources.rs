//! The generated sources of a contract crate.

use std::collections::BTreeMap;
use std::path::PathBuf;

use lessmq::contract::Contract;

use crate::error::Result;
use crate::extract::Traits;

/// The files below `src` of the crate.
pub(super) fn rust(contract: &Contract, traits: &Traits) -> Result<BTreeMap<PathBuf, String>> {
    provisional::rust(contract, traits)
}

/// The files of the npm package.
pub(super) fn typescript(contract: &Contract) -> Result<BTreeMap<PathBuf, String>> {
    provisional::typescript(contract)
}

/// Types without a shape, until there is a generator.
mod provisional {
    use super::{BTreeMap, Contract, PathBuf, Result, Traits};

    pub(super) fn rust(contract: &Contract, traits: &Traits) -> Result<BTreeMap<PathBuf, String>> {
        let service = &contract.service;
        let mut text = format!(
            "//! The contract of the service `{service}`: what its consumers compile against.\n\n\
             /// The contract as a document.\npub const CONTRACT: &str = include_str!(\"../contract.json\");\n"
        );
        for name in [&traits.methods, &traits.events].into_iter().flatten() {
            text += &format!("\n/// The trait `{name}`.\n#[derive(Debug)]\npub struct {name};\n");
        }
        for name in contract.method_names() {
            let upper = name.to_uppercase();
            text +=
                &format!("\n/// The name of `{name}`.\npub const {upper}: &str = \"{service}.{name}\";\n");
        }
        Ok(BTreeMap::from([("lib.rs".into(), text)]))
    }

    pub(super) fn typescript(contract: &Contract) -> Result<BTreeMap<PathBuf, String>> {
        let names: Vec<String> = contract.method_names().map(|name| format!("\"{name}\"")).collect();
        let text = format!("/** Its methods. */\nexport type Method = {};\n", names.join(" | "));
        Ok(BTreeMap::from([("index.ts".into(), text)]))
    }
}
