//! The types that cannot derive a trait, because a type that they contain does not implement it.

use std::collections::HashSet;

use crate::generate::model::{Model, Shape, Type, TypeId};

/// The types that cannot derive each trait.
pub(super) struct Lacking {
    /// `Eq` and `Hash`.
    pub(super) eq: HashSet<TypeId>,
    pub(super) partial_ord: HashSet<TypeId>,
    pub(super) ord: HashSet<TypeId>,
}

impl Lacking {
    pub(super) fn new(model: &Model) -> Self {
        Self {
            eq: containing(model, &|ty| matches!(ty, Type::Float { .. }) || is_unknown(model, ty)),
            partial_ord: containing(model, &|ty| is_unordered(model, ty)),
            ord: containing(model, &|ty| lacks_ord(model, ty)),
        }
    }

    /// Whether values of the type can be in a `BTreeSet`.
    pub(super) fn has_ord(&self, model: &Model, ty: &Type) -> bool {
        !ty.any(&mut |ty| match ty {
            Type::Named(id) => self.ord.contains(id),
            other => lacks_ord(model, other),
        })
    }
}

/// Whether it is not known which traits a type of another crate implements.
fn is_unknown(model: &Model, ty: &Type) -> bool {
    matches!(ty, Type::Rust(id) if model.rust_types[id.0].known.is_none())
}

/// Whether a type does not implement `PartialOrd`.
fn is_unordered(model: &Model, ty: &Type) -> bool {
    matches!(ty, Type::Number | Type::Any | Type::Range(_) | Type::Bound(_)) || is_unknown(model, ty)
}

/// Whether a type does not implement `Ord`.
fn lacks_ord(model: &Model, ty: &Type) -> bool {
    is_unordered(model, ty) || matches!(ty, Type::Float { .. })
}

/// The types that contain a type for which `is_so` is true, at any depth.
fn containing(model: &Model, is_so: &dyn Fn(&Type) -> bool) -> HashSet<TypeId> {
    let mut found = HashSet::new();
    loop {
        let before = found.len();
        // Types are declared before the types that they contain.
        for (index, declared) in model.types.iter().enumerate().rev() {
            // Decimals are not ordered as their texts are.
            let is_decimal = matches!(&declared.shape, Shape::Opaque(opaque) if opaque.inner == Type::Text);
            let is_unordered = is_decimal && is_so(&Type::Number);
            let has = |part: &&Type| {
                part.any(&mut |ty| is_so(ty) || matches!(ty, Type::Named(id) if found.contains(id)))
            };
            if is_unordered || declared.shape.parts().iter().any(has) {
                found.insert(TypeId(index));
            }
        }
        if found.len() == before {
            return found;
        }
    }
}
