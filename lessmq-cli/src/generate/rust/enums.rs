//! Enums.

use proc_macro2::TokenStream;
use quote::quote;

use super::fields::{FieldContext, generate_fields};
use super::names::{self, Renaming, ident, rename_variants};
use super::scope::Scope;
use super::structs::unnamed;
use super::tokens::{TypeAttributes, attributes, type_attributes};
use crate::generate::model::{Enumeration, NamedType, Tagging, TypeId, VariantShape};

/// An enum, and functions that return the default values of its fields.
pub(super) fn enumeration(
    scope: &Scope<'_>,
    id: TypeId,
    declared: &NamedType,
    enumeration: &Enumeration,
) -> Vec<TokenStream> {
    let variants = &enumeration.variants;
    let wires: Vec<&str> = variants.iter().map(|variant| variant.wire.as_str()).collect();
    let names = names::variant_names(wires.iter().copied());
    let Renaming { rule, renames } = rename_variants(&names, &wires);
    let is_tagged = enumeration.tagging != Tagging::Untagged;
    let mut serde = Vec::new();
    match &enumeration.tagging {
        Tagging::External => {}
        Tagging::Internal { tag } => serde.push(quote!(tag = #tag)),
        Tagging::Adjacent { tag, content } => serde.push(quote!(tag = #tag, content = #content)),
        Tagging::Untagged => serde.push(quote!(untagged)),
    }
    serde.extend(rule.filter(|_| is_tagged).map(|rule| quote!(rename_all = #rule)));
    if enumeration.closed {
        serde.push(quote!(deny_unknown_fields));
    }
    let mut functions = Vec::new();
    let mut has_aliases = false;
    let mut tokens = Vec::new();
    for ((variant, name), rename) in variants.iter().zip(&names).zip(renames) {
        let full_name = format!("{}{name}", declared.name);
        let place = FieldContext { scope, owner: id, name: &full_name, visibility: TokenStream::new() };
        let mut own: Vec<TokenStream> = Vec::new();
        own.extend(rename.filter(|_| is_tagged).map(|rename| quote!(rename = #rename)));
        let content = content(&place, &variant.shape, &mut own, &mut functions, &mut has_aliases);
        if variant.is_other {
            own.push(quote!(other));
            has_aliases = true;
        }
        let docs = attributes(&variant.docs);
        let serde = (!own.is_empty()).then(|| quote!(#[serde(#(#own),*)]));
        let name = ident(name);
        tokens.push(quote!(#docs #serde #name #content));
    }
    let head =
        type_attributes(scope, id, declared, TypeAttributes { serde, has_aliases, has_default: false });
    let name = ident(&declared.name);
    std::iter::once(quote!(#head pub enum #name { #(#tokens),* })).chain(functions).collect()
}

fn content(
    place: &FieldContext<'_>,
    shape: &VariantShape,
    serde: &mut Vec<TokenStream>,
    functions: &mut Vec<TokenStream>,
    has_aliases: &mut bool,
) -> TokenStream {
    let nothing = TokenStream::new();
    match shape {
        VariantShape::Unit => nothing,
        VariantShape::Newtype { inner, extras } => {
            let inner = unnamed(place.scope, place.owner, inner, extras, &nothing);
            quote!((#inner))
        }
        VariantShape::Tuple(items) => {
            let extras = serde_json::Map::new();
            let items = items.iter().map(|item| unnamed(place.scope, place.owner, item, &extras, &nothing));
            quote!((#(#items),*))
        }
        VariantShape::Struct(found) => {
            let written = generate_fields(place, found);
            serde.extend(written.serde);
            functions.extend(written.functions);
            *has_aliases |= written.has_aliases;
            let tokens = written.tokens;
            quote!({ #(#tokens),* })
        }
    }
}
