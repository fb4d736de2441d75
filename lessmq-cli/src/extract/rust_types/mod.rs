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
use serde_json::{Value, json};

pub(crate) use self::decimals::decimal_warnings;
use self::places::{TypePart, places};
use self::used_crates::Decision;
pub(crate) use self::used_crates::UsedCrates;
use crate::report::Location;
use crate::rust_types::Wire;
use crate::sources::{MapKey, Sources};

/// What has a type that is not certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Uncertain {
    /// All values of this form.
    Values(Wire),
    /// The keys of a map.
    Keys,
}

/// Values or keys whose type is not certain.
#[derive(Debug)]
pub(crate) struct Ambiguity {
    pub(crate) uncertain: Uncertain,
    /// The paths of the types that it may be.
    pub(crate) candidates: Vec<&'static str>,
    /// The first place: the method, its message, and a JSON pointer into the schema.
    pub(crate) kind: MethodKind,
    pub(crate) method: String,
    pub(crate) role: Role,
    pub(crate) pointer: String,
    pub(crate) location: Option<Location>,
}

/// Names the types in a contract. Returns what has a type that is not certain.
pub(crate) fn annotate(
    contract: &mut Contract,
    used: &UsedCrates,
    sources: impl FnOnce() -> Sources,
) -> Vec<Ambiguity> {
    let sources = LazyCell::new(sources);
    let mut named = Vec::new();
    let mut ambiguous: BTreeMap<String, Ambiguity> = BTreeMap::new();
    for place in places(contract) {
        let Some(target) = place.target(contract) else { continue };
        let decision = match place.part {
            TypePart::Value { wire, is_certain } => {
                let words = sources.type_words(&target);
                (
                    Uncertain::Values(wire),
                    used.decide(wire, words.as_deref(), is_certain).map(|ty| ty.to_json()),
                )
            }
            TypePart::Keys | TypePart::Names => {
                (Uncertain::Keys, key_decision(&sources.map_key(&target), place.part, used))
            }
        };
        match decision {
            (_, Decision::Type(annotation)) => named.push((place, annotation)),
            (uncertain, Decision::Ambiguous(candidates)) => {
                let identity = match uncertain {
                    Uncertain::Values(wire) => wire.name().to_owned(),
                    Uncertain::Keys => place.identity(),
                };
                ambiguous.entry(identity).or_insert_with(|| Ambiguity {
                    uncertain,
                    candidates,
                    location: sources.locate(&target),
                    kind: place.kind,
                    method: place.method.clone(),
                    role: place.role,
                    pointer: place.pointer.clone(),
                });
            }
            (_, Decision::Unknown) => {}
        }
    }
    for (place, annotation) in named {
        place.name_type(contract, &annotation);
    }
    ambiguous.into_values().collect()
}

/// The annotation for the keys of a map.
fn key_decision(key: &MapKey, part: TypePart, used: &UsedCrates) -> Decision<Value> {
    let with_docs = |mut annotation: Value, docs: &Option<String>| {
        if let Some(docs) = docs {
            annotation["description"] = docs.as_str().into();
        }
        Decision::Type(annotation)
    };
    match (key, part) {
        (MapKey::Enum { name, docs }, TypePart::Names) => with_docs(json!({"enum": name}), docs),
        (MapKey::Type(key), TypePart::Keys) => match (used.key(&key.words), &key.newtype) {
            (Some(ty), Some((name, docs))) => {
                let mut annotation = ty.to_json();
                annotation["newtype"] = name.as_str().into();
                with_docs(annotation, docs)
            }
            (Some(ty), None) => Decision::Type(ty.to_json()),
            (None, _) => Decision::Unknown,
        },
        (MapKey::Unknown, TypePart::Keys) => match used.key_types() {
            types if types.is_empty() => Decision::Unknown,
            types => Decision::Ambiguous(types),
        },
        _ => Decision::Unknown,
    }
}
