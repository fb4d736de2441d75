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
            eq: containing(model, &|ty| matches!(ty, Type::Float { .. })),
            partial_ord: containing(model, &is_unordered),
            ord: containing(model, &lacks_ord),
        }
    }

    /// Whether values of the type can be in a `BTreeSet`.
    pub(super) fn has_ord(&self, ty: &Type) -> bool {
        !ty.any(&mut |ty| match ty {
            Type::Named(id) => self.ord.contains(id),
            other => lacks_ord(other),
        })
    }
}

/// Whether a type does not implement `PartialOrd`.
fn is_unordered(ty: &Type) -> bool {
    matches!(ty, Type::Number | Type::Any | Type::Range(_) | Type::Bound(_))
}

/// Whether a type does not implement `Ord`.
fn lacks_ord(ty: &Type) -> bool {
    is_unordered(ty) || matches!(ty, Type::Float { .. })
}

/// The types that contain a type for which `is_so` is true, at any depth.
fn containing(model: &Model, is_so: &dyn Fn(&Type) -> bool) -> HashSet<TypeId> {
    let mut found = HashSet::new();
    loop {
        let before = found.len();
        // Types are declared before the types that they contain.
        for (index, declared) in model.types.iter().enumerate().rev() {
            let is_opaque = matches!(declared.shape, Shape::Opaque(_)) && is_so(&Type::Any);
            let has = |part: &&Type| {
                part.any(&mut |ty| is_so(ty) || matches!(ty, Type::Named(id) if found.contains(id)))
            };
            if is_opaque || declared.shape.parts().iter().any(has) {
                found.insert(TypeId(index));
            }
        }
        if found.len() == before {
            return found;
        }
    }
}
