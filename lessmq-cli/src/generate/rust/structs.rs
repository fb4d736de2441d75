//! Structs.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use serde_json::{Map, Value};

use super::fields::{Absent, FieldContext, GeneratedFields, generate_fields, with_type};
use super::names::ident;
use super::scope::{Scope, View};
use super::tokens::{TypeAttributes, constraints, type_attributes};
use crate::generate::model::{Fields, NamedType, Type, TypeId};

/// A struct with named fields, and functions that return their default values.
///
/// It has a `Default` if an empty object is a valid value: the value that is then read.
pub(super) fn structure(
    scope: &Scope<'_>,
    id: TypeId,
    declared: &NamedType,
    found: &Fields,
) -> Vec<TokenStream> {
    let place = FieldContext { scope, owner: id, name: &declared.name, visibility: quote!(pub) };
    let written = generate_fields(&place, found);
    let name = ident(&declared.name);
    let default = default(&name, &written);
    let GeneratedFields { tokens, mut serde, has_aliases, functions, absent } = written;
    if found.closed {
        serde.push(quote!(deny_unknown_fields));
    }
    let has_default = default.is_none() && !absent.iter().any(|(_, absent)| *absent == Absent::Rejected);
    let head = type_attributes(scope, id, declared, TypeAttributes { serde, has_aliases, has_default });
    let item = quote!(#head pub struct #name { #(#tokens),* });
    std::iter::once(item).chain(default).chain(functions).collect()
}

/// The implementation of `Default`, if every field may be absent and it cannot be derived.
fn default(name: &Ident, written: &GeneratedFields) -> Option<TokenStream> {
    let mut values = Vec::new();
    for (field, absent) in &written.absent {
        values.push(match absent {
            Absent::Rejected => return None,
            Absent::Default => quote!(#field: ::std::default::Default::default()),
            Absent::Value(function) => quote!(#field: #function()),
        });
    }
    let is_derived = !written.absent.iter().any(|(_, absent)| matches!(absent, Absent::Value(_)));
    (!is_derived).then(|| {
        quote! {
            impl ::std::default::Default for #name {
                fn default() -> Self {
                    Self { #(#values),* }
                }
            }
        }
    })
}

/// A tuple struct.
pub(super) fn tuple(scope: &Scope<'_>, id: TypeId, declared: &NamedType, items: &[Type]) -> TokenStream {
    let head = type_attributes(scope, id, declared, TypeAttributes::default());
    let name = ident(&declared.name);
    let items = items.iter().map(|item| unnamed(scope, id, item, &Map::new(), &quote!(pub)));
    quote!(#head pub struct #name(#(#items),*);)
}

/// An unnamed field of a struct or a variant.
pub(super) fn unnamed(
    scope: &Scope<'_>,
    owner: TypeId,
    ty: &Type,
    extras: &Map<String, Value>,
    visibility: &TokenStream,
) -> TokenStream {
    let value = scope.ty(ty, Some(owner), View::Value);
    let in_schema = scope.ty(ty, Some(owner), View::Schema);
    let mut schemars = constraints(ty, extras);
    if value.to_string() != in_schema.to_string() {
        schemars.insert(0, with_type(&in_schema, &in_schema.to_string()));
    }
    let schemars = (!schemars.is_empty()).then(|| quote!(#[schemars(#(#schemars),*)]));
    quote!(#schemars #visibility #value)
}
