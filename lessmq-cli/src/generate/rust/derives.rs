//! The traits that a type derives: those that all its parts have.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::quote;

use super::scope::Scope;
use crate::generate::model::{Opaque, Shape, Type, TypeId, VariantShape};

/// The attributes with the derives of a type. Some structs derive `Default`: see [`super::structs`].
pub(super) fn derives(scope: &Scope<'_>, id: TypeId, has_default: bool) -> TokenStream {
    let lacking = &scope.lacking;
    let has = |lacking: &HashSet<TypeId>| !lacking.contains(&id);
    let debug = (!scope.get(id).is_secret).then(|| quote!(Debug,));
    let copy = is_copy(scope, id).then(|| quote!(Copy,));
    let default = has_default.then(|| quote!(Default,));
    let eq = has(&lacking.eq).then(|| quote!(Eq,));
    let partial_ord = has(&lacking.partial_ord).then(|| quote!(PartialOrd,));
    let ord = has(&lacking.ord).then(|| quote!(Ord,));
    let hash = has(&lacking.eq).then(|| quote!(Hash,));
    let (serialize, deserialize) = (scope.path("serde::Serialize"), Some(scope.path("serde::Deserialize")));
    let (deserialize, schema) = match scope.get(id).shape {
        Shape::Opaque(Opaque { inner: Type::Text, .. }) => (None, None),
        Shape::Opaque(_) => (deserialize, None),
        _ => (deserialize, Some(scope.path("schemars::JsonSchema"))),
    };
    quote! {
        #[derive(Clone, #copy #debug #default PartialEq, #eq #partial_ord #ord #hash)]
        #[derive(#serialize, #deserialize, #schema)]
    }
}

/// Whether a type is an enum without data, or a newtype of a scalar, of such an enum or of a type of another crate that
/// is `Copy`. Structs are not `Copy`: an optional field of another type, which is a compatible change, would take it away.
/// Secrets are not copied by accident.
fn is_copy(scope: &Scope<'_>, mut id: TypeId) -> bool {
    loop {
        let declared = scope.get(id);
        let mut inner = match &declared.shape {
            _ if declared.is_secret => return false,
            Shape::Newtype { inner, .. } => inner,
            Shape::Opaque(opaque) => &opaque.inner,
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
            Type::Rust(id) => return scope.rust_type(*id).known.is_some_and(|known| known.is_copy),
            inner => return is_copied_scalar(inner),
        }
    }
}

fn is_copied_scalar(ty: &Type) -> bool {
    let is_plain = matches!(ty, Type::Null | Type::Boolean | Type::Integer(_) | Type::Float { .. });
    is_plain || matches!(ty, Type::Character | Type::Format(_) | Type::Duration | Type::SystemTime)
}
