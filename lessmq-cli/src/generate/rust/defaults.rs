//! Default values as expressions.

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

use super::names::{self, ident};
use super::presence::{Storage, field_value, storage};
use super::scope::Scope;
use super::tokens::number_literal;
use crate::generate::model::{Enumeration, Fields, Shape, Tagging, Type, TypeId, VariantShape};

/// The body of a function that returns a default value.
pub(super) fn expression(
    scope: &Scope<'_>,
    owner: TypeId,
    ty: &Type,
    value: &Value,
    storage: Storage,
) -> TokenStream {
    let plain = written(scope, Some(owner), ty, value).unwrap_or_else(|| {
        let text = value.to_string();
        quote!(serde_json::from_str(#text).expect("the contract has it as a value of this type"))
    });
    if storage == Storage::InOption { quote!(Some(#plain)) } else { plain }
}

fn written(scope: &Scope<'_>, owner: Option<TypeId>, ty: &Type, value: &Value) -> Option<TokenStream> {
    Some(match (ty, value) {
        (Type::Boolean, Value::Bool(value)) => quote!(#value),
        (Type::Null, Value::Null) => quote!(()),
        (Type::Integer(integer), Value::Number(number)) if !integer.non_zero && !number.is_f64() => {
            number_literal(number)
        }
        (Type::Float { .. }, Value::Number(number)) => {
            let literal = proc_macro2::Literal::f64_unsuffixed(number.as_f64()?);
            quote!(#literal)
        }
        (Type::Text, Value::String(text)) => quote!(#text.to_owned()),
        (Type::Option(_), Value::Null) => quote!(None),
        (Type::Option(inner), value) => {
            let inner = written(scope, owner, inner, value)?;
            quote!(Some(#inner))
        }
        (Type::List(_), Value::Array(items)) if items.is_empty() => {
            let vec = scope.known("std::vec::Vec");
            quote!(#vec::new())
        }
        (Type::List(item), Value::Array(items)) => {
            let items: Option<Vec<_>> = items.iter().map(|value| written(scope, None, item, value)).collect();
            let items = items?;
            quote!(vec![#(#items),*])
        }
        (Type::Map { .. }, Value::Object(entries)) if entries.is_empty() => {
            let map = scope.path("std::collections::BTreeMap");
            quote!(#map::new())
        }
        (Type::Named(id), value) => {
            if owner.is_some_and(|owner| scope.is_boxed(owner, *id)) {
                return None;
            }
            named(scope, *id, value)?
        }
        _ => return None,
    })
}

fn named(scope: &Scope<'_>, id: TypeId, value: &Value) -> Option<TokenStream> {
    let declared = scope.get(id);
    let name = scope.ty(&Type::Named(id), None, super::scope::View::Value);
    match (&declared.shape, value) {
        (Shape::Struct(fields), Value::Object(object)) => structure(scope, id, &name, fields, object),
        (Shape::Enum(enumeration), Value::String(text)) => unit(&name, enumeration, text),
        (Shape::Newtype { inner, .. }, value) if *inner != Type::Null => {
            let inner = written(scope, Some(id), inner, value)?;
            Some(quote!(#name(#inner)))
        }
        _ => None,
    }
}

fn structure(
    scope: &Scope<'_>,
    id: TypeId,
    name: &TokenStream,
    fields: &Fields,
    object: &serde_json::Map<String, Value>,
) -> Option<TokenStream> {
    let is_plain = fields.flattened.is_empty() && fields.rest.is_none();
    if !is_plain || !object.keys().all(|key| fields.fields.iter().any(|field| field.wire == *key)) {
        return None;
    }
    let idents = names::field_names(fields.fields.iter().map(|field| field.wire.as_str()));
    let mut entries = Vec::new();
    for (field, ident_name) in fields.fields.iter().zip(idents) {
        let ident = ident(&ident_name);
        let in_option = storage(field) == Storage::InOption;
        let value = match field_value(field, object) {
            Some(value) => {
                let value = written(scope, Some(id), &field.ty, value)?;
                if in_option { quote!(Some(#value)) } else { value }
            }
            None if in_option || matches!(field.ty, Type::Option(_)) => quote!(None),
            None => return None,
        };
        entries.push(quote!(#ident: #value));
    }
    Some(quote!(#name { #(#entries),* }))
}

fn unit(name: &TokenStream, enumeration: &Enumeration, text: &str) -> Option<TokenStream> {
    let variants = &enumeration.variants;
    let index = variants.iter().position(|variant| variant.wire == text)?;
    let is_unit = matches!(variants[index].shape, VariantShape::Unit);
    if !is_unit || enumeration.tagging != Tagging::External {
        return None;
    }
    let names = names::variant_names(variants.iter().map(|variant| variant.wire.as_str()));
    let variant = ident(&names[index]);
    Some(quote!(#name::#variant))
}
