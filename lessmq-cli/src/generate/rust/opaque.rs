//! Types with an embedded schema: for schemas without a matching Rust type, and for types of other crates without a
//! schema.

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

use super::derives::derives;
use super::names::ident;
use super::newtypes::{conversions, display};
use super::scope::{Scope, View};
use super::tokens::{attributes, is_too_wide, json, wide_json};
use crate::generate::model::{NamedType, Opaque, Type, TypeId};

/// The type and its schema.
pub(super) fn items(
    scope: &Scope<'_>,
    id: TypeId,
    declared: &NamedType,
    opaque: &Opaque,
) -> Vec<TokenStream> {
    let name = ident(&declared.name);
    let docs = attributes(&declared.docs);
    let between = declared.docs.description.is_some().then(|| quote!(#[doc = ""]));
    let description = description(scope, &opaque.inner);
    let inner = scope.ty(&opaque.inner, Some(id), View::Value);
    let derives = derives(scope, id, false);
    let codec = codec(scope, &opaque.inner).map(|codec| quote!(#[serde(with = #codec)]));
    let declaration = quote! {
        #docs
        #between
        #[doc = #description]
        #derives
        #[serde(transparent)]
        pub struct #name(#codec pub #inner);
    };
    let mut items = vec![declaration, implementation(scope, declared, opaque)];
    items.extend(conversions(scope, id, declared, &opaque.inner));
    if opaque.inner == Type::Text {
        items.push(read_decimal(scope, declared));
        items.extend((!declared.is_secret).then(|| display(declared)));
    }
    items
}

fn description(scope: &Scope<'_>, inner: &Type) -> String {
    match inner {
        Type::Rust(id) => format!(" A `{}` with the schema of the contract.", scope.rust_type(*id).ty),
        Type::Text => " A decimal number as text, such as `-1.50`.".to_owned(),
        _ => " Any JSON with its schema: no Rust type has the same.".to_owned(),
    }
}

fn codec(scope: &Scope<'_>, inner: &Type) -> Option<&'static str> {
    let Type::Rust(id) = inner else { return None };
    scope.rust_type(*id).known.and_then(|known| known.codec)
}

/// The implementation of `Deserialize` for a decimal, which may be a number too. A decimal is written without an exponent, so
/// it is stored without one.
fn read_decimal(scope: &Scope<'_>, declared: &NamedType) -> TokenStream {
    let name = ident(&declared.name);
    let without_exponent = ident(&scope.without_exponent());
    quote! {
        impl<'de> ::serde::Deserialize<'de> for #name {
            fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
            where
                D: ::serde::Deserializer<'de>,
            {
                let text = match <::serde_json::Value as ::serde::Deserialize>::deserialize(deserializer)? {
                    ::serde_json::Value::String(text) => ::std::option::Option::Some(text),
                    ::serde_json::Value::Number(number) => ::std::option::Option::Some(number.to_string()),
                    _ => ::std::option::Option::None,
                };
                let text = text.as_deref().and_then(#without_exponent);
                let error = || ::serde::de::Error::custom("expected a decimal, as text or as a number");
                text.map(Self).ok_or_else(error)
            }
        }
    }
}

fn implementation(scope: &Scope<'_>, declared: &NamedType, opaque: &Opaque) -> TokenStream {
    let (name, schema_name) = (ident(&declared.name), &declared.schema_name);
    let (writes, reads) = (schema(scope, opaque, &opaque.writes), schema(scope, opaque, &opaque.reads));
    let is_same = opaque.writes == opaque.reads;
    let body = if is_same {
        writes
    } else {
        quote!(if generator.contract().is_serialize() { #writes } else { #reads })
    };
    // A reference with further keywords is kept, so its type must be in the definitions.
    let used = opaque.references.iter().filter_map(|(reference, _)| type_of(scope, opaque, reference));
    let register = quote!(#(generator.subschema_for::<#used>();)*);
    let is_used = !is_same || !opaque.references.is_empty();
    let generator = if is_used { quote!(generator) } else { quote!(_) };
    let inline = declared.inline.then(|| {
        quote!(
            fn inline_schema() -> bool {
                true
            }
        )
    });
    let is_long = is_too_wide(&opaque.writes) || is_too_wide(&opaque.reads);
    let lint =
        is_long.then(|| quote!(#[allow(clippy::too_many_lines, reason = "the schema is the service's")]));
    quote! {
        impl schemars::JsonSchema for #name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                #schema_name.into()
            }
            #inline
            #lint
            fn json_schema(#generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                #register
                #body
            }
        }
    }
}

/// The type of a reference.
fn type_of(scope: &Scope<'_>, opaque: &Opaque, reference: &str) -> Option<TokenStream> {
    let id = opaque.references.iter().find(|(known, _)| known == reference)?.1;
    Some(scope.ty(&Type::Named(id), None, View::Value))
}

/// An expression for a schema, with types in place of plain references.
fn schema(scope: &Scope<'_>, opaque: &Opaque, schema: &Value) -> TokenStream {
    if !schema.is_object() {
        let is_open = *schema != Value::Bool(false);
        return quote!(schemars::Schema::from(#is_open));
    }
    let replace = |value: &Value| {
        let object = value.as_object().filter(|object| object.len() == 1 && value != schema)?;
        let ty = type_of(scope, opaque, object.get("$ref")?.as_str()?)?;
        Some(quote!(generator.subschema_for::<#ty>()))
    };
    if is_too_wide(schema) {
        let value = wide_json(schema, &replace);
        return quote!(schemars::Schema::try_from(#value).expect("the schema is an object"));
    }
    let tokens = json(schema, &replace);
    quote!(schemars::json_schema!(#tokens))
}
