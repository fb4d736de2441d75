//! The traits that a type derives: those that all its parts have.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::quote;

use super::scope::Scope;
use crate::generate::model::{Model, Shape, Type, TypeId, VariantShape};

/// The types that lack a trait, because a type in them lacks it.
pub(super) struct Derives {
    /// Neither `Eq` nor `Hash`.
    without_eq: HashSet<TypeId>,
    without_partial_ord: HashSet<TypeId>,
    without_ord: HashSet<TypeId>,
}

impl Derives {
    pub(super) fn new(model: &Model) -> Self {
        Self {
            without_eq: containing(model, &|ty| matches!(ty, Type::Float { .. })),
            without_partial_ord: containing(model, &is_unordered),
            without_ord: containing(model, &lacks_ord),
        }
    }

    /// Whether values of the type can be in a `BTreeSet`.
    pub(super) fn has_ord(&self, ty: &Type) -> bool {
        !ty.any(&mut |ty| match ty {
            Type::Named(id) => self.without_ord.contains(id),
            other => lacks_ord(other),
        })
    }
}

/// The attributes with the derives of a type. Some structs derive `Default`: see [`super::structs`].
pub(super) fn derives(scope: &Scope<'_>, id: TypeId, has_default: bool) -> TokenStream {
    let known = &scope.derives;
    let has = |lacking: &HashSet<TypeId>| !lacking.contains(&id);
    let debug = (!scope.get(id).is_secret).then(|| quote!(Debug,));
    let copy = is_copy(scope, id).then(|| quote!(Copy,));
    let default = has_default.then(|| quote!(Default,));
    let eq = has(&known.without_eq).then(|| quote!(Eq,));
    let partial_ord = has(&known.without_partial_ord).then(|| quote!(PartialOrd,));
    let ord = has(&known.without_ord).then(|| quote!(Ord,));
    let hash = has(&known.without_eq).then(|| quote!(Hash,));
    let (serialize, deserialize) = (scope.path("serde::Serialize"), scope.path("serde::Deserialize"));
    let schema = match scope.get(id).shape {
        Shape::Opaque(_) => None,
        _ => Some(scope.path("schemars::JsonSchema")),
    };
    quote! {
        #[derive(Clone, #copy #debug #default PartialEq, #eq #partial_ord #ord #hash)]
        #[derive(#serialize, #deserialize, #schema)]
    }
}

/// Whether a type is an enum without data, or a newtype of a scalar or of such an enum. Structs are not `Copy`: an
/// optional field of another type, which is a compatible change, would take it away. Secrets are not copied by accident.
fn is_copy(scope: &Scope<'_>, mut id: TypeId) -> bool {
    loop {
        let declared = scope.get(id);
        let mut inner = match &declared.shape {
            _ if declared.is_secret => return false,
            Shape::Newtype { inner, .. } => inner,
            Shape::Enum(found) => {
                return found.variants.iter().all(|variant| matches!(variant.shape, VariantShape::Unit));
            }
            _ => return false,
        };
        while let Type::Option(some) = inner {
            inner = some;
        }
        match inner {
            // Types that are not in a `Box` contain no cycle.
            Type::Named(next) if !scope.is_boxed(id, *next) => id = *next,
            inner => return is_copied_scalar(inner),
        }
    }
}

fn is_copied_scalar(ty: &Type) -> bool {
    let is_plain = matches!(ty, Type::Null | Type::Boolean | Type::Integer(_) | Type::Float { .. });
    is_plain || matches!(ty, Type::Character | Type::Format(_) | Type::Duration | Type::SystemTime)
}

/// Whether a type has no `PartialOrd`.
fn is_unordered(ty: &Type) -> bool {
    matches!(ty, Type::Number | Type::Any | Type::Range(_) | Type::Bound(_))
}

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
