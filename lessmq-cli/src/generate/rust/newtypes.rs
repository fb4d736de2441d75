//! Structs with one unnamed field, and their conversions.

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::{Map, Value};

use super::names::ident;
use super::scope::{Scope, View};
use super::structs::unnamed;
use super::tokens::{TypeAttributes, type_attributes};
use crate::generate::model::{NamedType, Shape, Type, TypeId};

/// A newtype, and its conversions from and to the type in it.
pub(super) fn newtype(
    scope: &Scope<'_>,
    id: TypeId,
    declared: &NamedType,
    inner: &Type,
    extras: &Map<String, Value>,
) -> Vec<TokenStream> {
    let name = ident(&declared.name);
    if *inner == Type::Null && extras.is_empty() {
        let attributes = TypeAttributes { has_default: true, ..TypeAttributes::default() };
        let head = type_attributes(scope, id, declared, attributes);
        return vec![quote!(#head pub struct #name;)];
    }
    let head = type_attributes(scope, id, declared, TypeAttributes::default());
    let field = unnamed(scope, id, inner, extras, &quote!(pub));
    let mut items = vec![quote!(#head pub struct #name(#field);)];
    items.extend(conversions(scope, id, declared, inner));
    if let Some(scalar) = innermost_type(scope, id) {
        items.extend(has_display(scope, scalar).then(|| display(declared)));
        items.extend(has_from_str(scope, scalar).then(|| from_str(scope, id, declared, inner)));
    }
    items
}

/// `From` in both directions, and `AsRef`.
pub(super) fn conversions(
    scope: &Scope<'_>,
    id: TypeId,
    declared: &NamedType,
    inner: &Type,
) -> Vec<TokenStream> {
    let name = ident(&declared.name);
    let is_text = *inner == Type::Text;
    let inner = scope.ty(inner, Some(id), View::Value);
    let reference = if is_text { quote!(str) } else { inner.clone() };
    let mut items = vec![
        quote! {
            impl ::std::convert::From<#inner> for #name {
                fn from(value: #inner) -> Self {
                    Self(value)
                }
            }
        },
        quote! {
            impl ::std::convert::From<#name> for #inner {
                fn from(value: #name) -> Self {
                    value.0
                }
            }
        },
        quote! {
            impl ::std::convert::AsRef<#reference> for #name {
                fn as_ref(&self) -> &#reference {
                    &self.0
                }
            }
        },
    ];
    items.extend(is_text.then(|| {
        quote! {
            impl ::std::convert::From<&str> for #name {
                fn from(value: &str) -> Self {
                    Self(value.to_owned())
                }
            }
        }
    }));
    items
}

/// The innermost type of a newtype. `None` for other types, and if a type on the way is a secret, which is never printed.
fn innermost_type<'m>(scope: &Scope<'m>, mut id: TypeId) -> Option<&'m Type> {
    loop {
        let declared = scope.get(id);
        match &declared.shape {
            _ if declared.is_secret => return None,
            // Types that are not in a `Box` contain no cycle.
            Shape::Newtype { inner: Type::Named(next), .. } if !scope.is_boxed(id, *next) => id = *next,
            Shape::Newtype { inner, .. } => return Some(inner),
            _ => return None,
        }
    }
}

fn has_from_str(scope: &Scope<'_>, scalar: &Type) -> bool {
    if let Type::Rust(id) = scalar {
        return scope.rust_type(*id).is_usable_in_fields();
    }
    let is_plain = matches!(scalar, Type::Boolean | Type::Integer(_) | Type::Float { .. });
    is_plain || matches!(scalar, Type::Text | Type::Character | Type::Format(_))
}

fn has_display(scope: &Scope<'_>, scalar: &Type) -> bool {
    has_from_str(scope, scalar) || *scalar == Type::Number
}

/// A `Display` that prints the type in it, with its options.
pub(super) fn display(declared: &NamedType) -> TokenStream {
    let name = ident(&declared.name);
    quote! {
        impl ::std::fmt::Display for #name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }
    }
}

fn from_str(scope: &Scope<'_>, id: TypeId, declared: &NamedType, inner: &Type) -> TokenStream {
    let (name, inner) = (ident(&declared.name), scope.ty(inner, Some(id), View::Value));
    quote! {
        impl ::std::str::FromStr for #name {
            type Err = <#inner as ::std::str::FromStr>::Err;

            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    }
}
