//! One file for each subcommand.

pub(crate) mod bench;
pub(crate) mod ci;
pub(crate) mod demo;
pub(crate) mod deny;
pub(crate) mod random_contracts;
pub(crate) mod services;
pub(crate) mod soak;
pub(crate) mod test;
pub(crate) mod weight;
