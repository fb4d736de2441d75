//! The Rust types of other crates in contracts: dates, decimal numbers, ids.
//!
//! A contract names such a type with an annotation ([`RustType`]). Some types are known: how they look in JSON, and which
//! features their crates need. `[types]` in `lessmq.toml` replaces types by others ([`Replacements`]).

mod annotation;
mod known;
mod replacements;
mod unused;
mod wire;

pub(crate) use self::annotation::RustType;
pub(crate) use self::known::{Known, KnownCrate};
pub(crate) use self::replacements::{Replacement, Replacements};
pub(crate) use self::unused::unused;
pub(crate) use self::wire::Wire;

/// What the generated code uses for a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// A `String`.
    Text,
    /// A type of another crate.
    Type(ChosenType),
}

/// A type of another crate, as generated code uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChosenType {
    pub(crate) ty: RustType,
    /// What is known of it. `None` if only its path is known.
    pub(crate) known: Option<&'static Known>,
    /// The features that its crate needs. `None` are the default features.
    pub(crate) features: Option<Vec<String>>,
    /// The name of the original type, which schemars uses in titles.
    pub(crate) schema_name: String,
}

/// The type for a value that the contract names as `annotation`, or does not annotation. `wire` is how the value looks in JSON.
/// `None` if nothing is known.
pub(crate) fn choose(
    replacements: &Replacements,
    annotation: Option<&RustType>,
    wire: Option<Wire>,
) -> Option<Choice> {
    let original = annotation.cloned().or_else(|| Some(Known::usual(wire?)?.to_type()));
    let key = match annotation {
        Some(annotation) => Some(annotation.path.as_str()),
        None => wire.map(Wire::name),
    };
    let replacement = key.and_then(|key| replacements.get(key)).filter(|replacement| replacement.fits(wire));
    let schema_name = || original.as_ref().map(|original| original.name().to_owned());
    match replacement {
        Some(Replacement::Text) => Some(Choice::Text),
        Some(Replacement::Type { ty, features }) => {
            let chosen = ChosenType::new(ty.clone(), wire, schema_name());
            let features = features.clone().or_else(|| chosen.features.clone());
            Some(Choice::Type(ChosenType { features, ..chosen }))
        }
        None => match original {
            Some(original) => Some(Choice::Type(ChosenType::new(original, wire, None))),
            None => (wire == Some(Wire::Decimal)).then_some(Choice::Text),
        },
    }
}

impl ChosenType {
    fn new(ty: RustType, wire: Option<Wire>, schema_name: Option<String>) -> Self {
        let known = Known::find(&ty.path).filter(|known| Some(known.wire) == wire && known.supports(&ty));
        Self {
            features: known.map(|known| known.krate().features.iter().map(|&name| name.to_owned()).collect()),
            schema_name: schema_name.unwrap_or_else(|| ty.name().to_owned()),
            known,
            ty,
        }
    }

    /// Whether fields can have the type: it implements `JsonSchema`, and serde writes it as its schema says.
    pub(crate) fn is_usable_in_fields(&self) -> bool {
        self.known.is_some_and(|known| known.krate().schemars.is_some())
    }

    /// Whether keys of maps can have the type.
    pub(crate) fn is_usable_in_keys(&self) -> bool {
        self.known.is_some_and(Known::is_key)
    }
}
