//! Adds the Rust types of dates, decimals and ids to a contract.
//!
//! A schema says how a value looks in JSON, not which crate its type belongs to. The manifest of the package says which
//! crates it uses, and in which versions. If several of them have a type of that form, the source code decides. A type
//! that is not certain is not named.

mod decimals;
mod places;
mod used_crates;

use std::cell::LazyCell;
use std::collections::BTreeMap;

use lessmq::contract::{Contract, MethodKind, Role};

pub(crate) use self::decimals::decimal_warnings;
use self::places::{Part, places};
use self::used_crates::Decision;
pub(crate) use self::used_crates::UsedCrates;
use crate::report::Location;
use crate::rust_types::Wire;
use crate::sources::{KeyType, Sources};

/// A form of values whose type is not certain.
#[derive(Debug)]
pub(crate) struct Ambiguity {
    pub(crate) wire: Wire,
    /// The paths of the types that it may be.
    pub(crate) candidates: Vec<&'static str>,
    /// The first place: the method, its message, and a JSON pointer into the schema.
    pub(crate) kind: MethodKind,
    pub(crate) method: String,
    pub(crate) role: Role,
    pub(crate) pointer: String,
    pub(crate) location: Option<Location>,
}

/// Names the types in a contract. Returns the forms of values whose type is not certain.
pub(crate) fn annotate(
    contract: &mut Contract,
    used: &UsedCrates,
    sources: impl FnOnce() -> Sources,
) -> Vec<Ambiguity> {
    let sources = LazyCell::new(sources);
    let mut named = Vec::new();
    let mut ambiguous: BTreeMap<&str, Ambiguity> = BTreeMap::new();
    for place in places(contract) {
        let Some(target) = place.target(contract) else { continue };
        let Part::Value { wire, is_certain } = place.part else {
            let Some(KeyType { words, newtype }) = sources.key_type(&target) else { continue };
            if let Some(ty) = used.key(words) {
                let mut mark = ty.to_json();
                if let Some(name) = newtype {
                    mark["newtype"] = name.into();
                }
                named.push((place, mark));
            }
            continue;
        };
        match used.decide(wire, sources.type_words(&target), is_certain) {
            Decision::Type(ty) => named.push((place, ty.to_json())),
            Decision::Ambiguous(candidates) => {
                ambiguous.entry(wire.name()).or_insert_with(|| Ambiguity {
                    wire,
                    candidates,
                    location: sources.locate(&target),
                    kind: place.kind,
                    method: place.method.clone(),
                    role: place.role,
                    pointer: place.pointer.clone(),
                });
            }
            Decision::Unknown => {}
        }
    }
    for (place, mark) in named {
        place.name_type(contract, &mark);
    }
    ambiguous.into_values().collect()
}
