//! Types with an embedded schema, for schemas without a matching Rust type.

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

use super::derives::derives;
use super::names::ident;
use super::newtypes::conversions;
use super::scope::{Scope, View};
use super::tokens::{attributes, json};
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
    let value = scope.path("serde_json::Value");
    let derives = derives(scope, id, false);
    let declaration = quote! {
        #docs
        #between
        #[doc = " Any JSON with its schema: no Rust type has the same."]
        #derives
        #[serde(transparent)]
        pub struct #name(pub #value);
    };
    let mut items = vec![declaration, implementation(scope, declared, opaque)];
    items.extend(conversions(scope, id, declared, &Type::Any));
    items
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
    quote! {
        impl schemars::JsonSchema for #name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                #schema_name.into()
            }
            #inline
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
    let tokens = json(schema, &replace);
    quote!(schemars::json_schema!(#tokens))
}
