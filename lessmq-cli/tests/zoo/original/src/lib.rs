//! One type of every kind that serde and schemars know, with sample values: what is generated from their contract must
//! carry the same messages.

#![allow(missing_docs, reason = "the types are shapes without meaning")]
#![allow(deprecated, reason = "a deprecated type is one of the shapes")]

/// Declares types with the derives that all of them have.
macro_rules! types {
    ($($item:item)*) => {
        $(
            #[derive(
                Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
            )]
            $item
        )*
    };
}

mod animals;
pub mod collections;
pub mod enums;
pub mod fields;
pub mod flattened;
pub mod foreign;
pub mod keeper;
pub mod named;
pub mod other_crates;
pub mod sample;
pub mod scalars;
pub mod structs;
pub mod tagged;
mod values;

pub use crate::animals::{Animals, AnimalsClient, AnimalsServer, samples};
pub use crate::sample::Sample;

/// The contract of the whole zoo.
///
/// # Panics
/// Never: the interfaces of the zoo have methods of different names.
#[must_use]
pub fn contract() -> lessmq::contract::Contract {
    let mut contract = AnimalsServer::contract().clone();
    for other in [keeper::KeeperServer::contract(), keeper::KeeperEventsServer::contract()] {
        contract.merge(other).expect("the methods have different names");
    }
    contract
}
