//! Names in Python.

use std::collections::{BTreeSet, HashSet};

use crate::generate::model::{Field, Fields, Model, Shape, Tagging, Type, TypeId, VariantShape};
use crate::generate::names::{ascii, is_identifier, pascal, snake, unique};

/// Keywords, and the types whose names annotations use.
const TAKEN: [&str; 44] = [
    "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else",
    "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not",
    "or", "pass", "raise", "return", "try", "while", "with", "yield", "self", "bool", "codec", "dict",
    "float", "int", "list", "str", "tuple", "cls", "match", "case",
];

/// The names that the modules define.
pub(super) fn taken(service: &str) -> BTreeSet<String> {
    let own = ["Answer", "Enum", "Failure", "Messages", "Protocol", "Reply", "Transport", "TypeAlias"];
    own.into_iter().map(str::to_owned).chain([format!("{}Client", pascal(service))]).collect()
}

/// A model with the names of its variants.
pub(super) struct Names<'a> {
    pub(super) model: &'a Model,
    /// The classes of the variants of every type.
    pub(super) variants: Vec<Vec<String>>,
    /// The flattened enums.
    pub(super) flattened: HashSet<TypeId>,
}

impl<'a> Names<'a> {
    pub(super) fn new(model: &'a Model) -> Self {
        let mut names: BTreeSet<String> = model.types.iter().map(|declared| declared.name.clone()).collect();
        names.extend(taken(&model.service));
        let mut variants = Vec::new();
        for declared in &model.types {
            let mut own = Vec::new();
            if let Shape::Enum(enumeration) = &declared.shape {
                let is_plain = is_plain(&declared.shape);
                let mut members = BTreeSet::new();
                for variant in &enumeration.variants {
                    let name = ascii_or(&pascal(&variant.wire), "Variant");
                    own.push(if is_plain {
                        let name = ascii_or(&snake(&variant.wire).to_uppercase(), "VARIANT");
                        unique(&name, &mut members)
                    } else {
                        unique(&format!("{}{name}", declared.name), &mut names)
                    });
                }
            }
            variants.push(own);
        }
        let flattened = model.types.iter().flat_map(|declared| all_fields(&declared.shape));
        let flattened = flattened.flat_map(|fields| &fields.flattened).filter_map(|ty| match ty {
            Type::Option(inner) => inner.id(),
            ty => ty.id(),
        });
        Self { model, variants, flattened: flattened.collect() }
    }
}

impl Type {
    fn id(&self) -> Option<TypeId> {
        if let Self::Named(id) = self { Some(*id) } else { None }
    }
}

fn all_fields(shape: &Shape) -> Vec<&Fields> {
    match shape {
        Shape::Struct(fields) => vec![fields],
        Shape::Enum(enumeration) => enumeration
            .variants
            .iter()
            .filter_map(|variant| match &variant.shape {
                VariantShape::Struct(fields) => Some(fields),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Whether a type is an enum without contents.
pub(super) fn is_plain(shape: &Shape) -> bool {
    match shape {
        Shape::Enum(enumeration) => {
            enumeration.tagging == Tagging::External
                && enumeration.variants.iter().all(|variant| matches!(variant.shape, VariantShape::Unit))
        }
        _ => false,
    }
}

/// A name that is an identifier in Python, which does not allow all characters that Rust allows.
fn ascii_or(name: &str, otherwise: &str) -> String {
    let is_name = name.chars().all(|c| c.is_alphabetic() || c.is_ascii_digit() || c == '_')
        && name.starts_with(char::is_alphabetic)
        && (name.is_ascii() || is_identifier(name));
    let name = if is_name { name.to_owned() } else { ascii(name, otherwise) };
    // Enums already have the attribute `mro`.
    if ["None", "True", "False", "MRO"].contains(&name.as_str()) { format!("{name}_") } else { name }
}

/// Unique names for fields.
pub(super) fn fields(fields: &[Field]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let name = |field: &Field| {
        let name = ascii_or(&snake(&field.wire), "field");
        if TAKEN.contains(&name.as_str()) { format!("{name}_") } else { name }
    };
    fields.iter().map(|field| unique(&name(field), &mut taken)).collect()
}

/// A name for a method. It may not be unique.
pub(super) fn method(name: &str) -> String {
    if TAKEN.contains(&name) { format!("{name}_") } else { name.to_owned() }
}

/// The name of a type's codec.
pub(super) fn codec(name: &str) -> String {
    format!("{}_CODEC", name_in_capitals(name))
}

/// `UserId` as `USER_ID`. Digits and underscores are kept, so that different names stay different.
fn name_in_capitals(name: &str) -> String {
    let mut capitals = String::new();
    for (index, c) in name.chars().enumerate() {
        if index > 0 && c.is_uppercase() {
            capitals.push('_');
        }
        capitals.extend(c.to_uppercase());
    }
    capitals
}
