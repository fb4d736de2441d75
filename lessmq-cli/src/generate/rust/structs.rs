//! Structs.

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::{Map, Value};

use super::fields::{FieldContext, generate_fields, with_type};
use super::names::ident;
use super::scope::{Scope, View};
use super::tokens::{constraints, type_attributes};
use crate::generate::model::{Fields, NamedType, Type, TypeId};

/// A struct with named fields, and functions that return their default values.
pub(super) fn structure(
    scope: &Scope<'_>,
    id: TypeId,
    declared: &NamedType,
    found: &Fields,
) -> Vec<TokenStream> {
    let place = FieldContext { scope, owner: id, name: &declared.name, visibility: quote!(pub) };
    let written = generate_fields(&place, found);
    let mut serde = written.serde;
    if found.closed {
        serde.push(quote!(deny_unknown_fields));
    }
    let head = type_attributes(scope, id, declared, serde, written.has_aliases);
    let (name, tokens) = (ident(&declared.name), written.tokens);
    let item = quote!(#head pub struct #name { #(#tokens),* });
    std::iter::once(item).chain(written.functions).collect()
}

/// A tuple struct.
pub(super) fn tuple(scope: &Scope<'_>, id: TypeId, declared: &NamedType, items: &[Type]) -> TokenStream {
    let head = type_attributes(scope, id, declared, Vec::new(), false);
    let name = ident(&declared.name);
    let items = items.iter().map(|item| unnamed(scope, id, item, &Map::new(), &quote!(pub)));
    quote!(#head pub struct #name(#(#items),*);)
}

/// A struct with one unnamed field.
pub(super) fn newtype(
    scope: &Scope<'_>,
    id: TypeId,
    declared: &NamedType,
    inner: &Type,
    extras: &Map<String, Value>,
) -> TokenStream {
    let head = type_attributes(scope, id, declared, Vec::new(), false);
    let name = ident(&declared.name);
    if *inner == Type::Null && extras.is_empty() {
        return quote!(#head pub struct #name;);
    }
    let inner = unnamed(scope, id, inner, extras, &quote!(pub));
    quote!(#head pub struct #name(#inner);)
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
