//! The module of types.

use proc_macro2::TokenStream;
use quote::quote;

use super::names::ident;
use super::scope::Scope;
use super::tokens::{format_item, imports};
use super::{enums, newtypes, opaque, structs};
use crate::generate::model::{Docs, Model, NamedType, Shape, TypeId, VariantShape};
use crate::report::Result;

/// The text of `types.rs`.
pub(super) fn types(scope: &Scope<'_>) -> Result<String> {
    let mut body = String::new();
    for (index, declared) in scope.model.types.iter().enumerate() {
        for item in items(scope, TypeId(index), declared) {
            body += "\n";
            body += &format_item(item, &declared.name)?;
        }
    }
    if let Some(function) = scope.present_function() {
        body += "\n";
        body += &format_item(function, "present")?;
    }
    if let Some(function) = scope.without_exponent_function() {
        body += "\n";
        body += &format_item(function, "without_exponent")?;
    }
    let docs = format!("\n//! What travels in messages of the service `{}`.\n", scope.model.service);
    let is_deprecated = |declared: &NamedType| {
        declared.docs.deprecated.is_some() || all_docs(declared).iter().any(|docs| docs.deprecated.is_some())
    };
    let mut lints = String::new();
    if scope.model.types.iter().any(is_deprecated) {
        lints += "\n#![allow(deprecated, reason = \"what is deprecated is still there\")]\n";
    }
    if scope.model.types.iter().any(|declared| matches!(declared.shape, Shape::Enum(_))) {
        lints += "\n#![allow(\n    clippy::enum_variant_names,\n    clippy::large_enum_variant,\n    reason = \"the variants are the service's\"\n)]\n";
    }
    Ok(format!("{docs}{lints}{}{body}", imports(&scope.imports())))
}

fn items(scope: &Scope<'_>, id: TypeId, declared: &NamedType) -> Vec<TokenStream> {
    let mut items = match &declared.shape {
        Shape::Struct(fields) => structs::structure(scope, id, declared, fields),
        Shape::Tuple(items) => vec![structs::tuple(scope, id, declared, items)],
        Shape::Newtype { inner, extras } => newtypes::newtype(scope, id, declared, inner, extras),
        Shape::Enum(enumeration) => enums::enumeration(scope, id, declared, enumeration),
        Shape::Opaque(opaque) => opaque::items(scope, id, declared, opaque),
    };
    items.extend(declared.is_secret.then(|| hidden(declared)));
    items
}

/// A `Debug` that prints only the name.
fn hidden(declared: &NamedType) -> TokenStream {
    let (name, text) = (ident(&declared.name), format!("{}(…)", declared.name));
    quote! {
        impl ::std::fmt::Debug for #name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(#text)
            }
        }
    }
}

/// Whether an item that the service declares has no docs.
pub(super) fn lacks_docs(model: &Model) -> bool {
    let lacks = |docs: &Docs| docs.description.is_none();
    model.types.iter().any(|declared| lacks(&declared.docs) || all_docs(declared).into_iter().any(lacks))
        || model.methods.iter().any(|method| lacks(&method.docs))
}

/// The docs of the parts of a type.
fn all_docs(declared: &NamedType) -> Vec<&Docs> {
    match &declared.shape {
        Shape::Struct(fields) => fields.fields.iter().map(|field| &field.docs).collect(),
        Shape::Enum(enumeration) => enumeration
            .variants
            .iter()
            .flat_map(|variant| {
                let fields = match &variant.shape {
                    VariantShape::Struct(fields) => fields.fields.iter().map(|field| &field.docs).collect(),
                    _ => Vec::new(),
                };
                std::iter::once(&variant.docs).chain(fields)
            })
            .collect(),
        _ => Vec::new(),
    }
}
