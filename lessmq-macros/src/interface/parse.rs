//! The syntax of `#[lessmq::interface(service = "…", version = 2, events, ordered)]` and of the item below it.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Item, ItemTrait, Lit, LitStr, Meta, Path, Token};

use super::names::version;
use crate::errors::Errors;

const USAGE: &str = "expected `service = \"…\"`, and `version = 2`, `events` and `ordered` if they apply";

/// The arguments of the attribute.
#[derive(Debug, Default)]
pub(crate) struct Arguments {
    /// The service whose interface this is. Absent only if that has been reported.
    pub(crate) service: Option<LitStr>,
    /// Whether the methods are events.
    pub(crate) events: bool,
    /// `ordered`, if the commands or events are ordered.
    pub(crate) ordered: Option<Path>,
    /// The version of all methods that do not have another one.
    pub(crate) version: Option<u16>,
}

impl Arguments {
    pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut arguments = Self::default();
        let metas = match Punctuated::<Meta, Token![,]>::parse_terminated.parse2(tokens) {
            Ok(metas) => metas,
            Err(error) => {
                errors.at_span(error.span(), format!("{error}: {USAGE}"));
                return arguments;
            }
        };
        let mut service_is_named = false;
        let mut version_is_given = false;
        for meta in &metas {
            if meta.path().is_ident("service") {
                if service_is_named {
                    errors.at(meta, "`service` is given twice");
                    continue;
                }
                service_is_named = true;
                arguments.service = string_value(meta, errors);
            } else if meta.path().is_ident("events") {
                check_flag(meta, "events", arguments.events, errors);
                arguments.events = true;
            } else if meta.path().is_ident("ordered") {
                check_flag(meta, "ordered", arguments.ordered.is_some(), errors);
                arguments.ordered = Some(meta.path().clone());
            } else if meta.path().is_ident("version") {
                if version_is_given {
                    errors.at(meta, "`version` is given twice");
                    continue;
                }
                version_is_given = true;
                arguments.version = version_value(meta, errors);
            } else {
                let name = meta.path().to_token_stream().to_string().replace(' ', "");
                errors.at(meta.path(), format!("unknown argument `{name}`: {USAGE}"));
            }
        }
        if !service_is_named {
            errors.at_span(
                Span::call_site(),
                "missing `service`: expected `#[lessmq::interface(service = \"…\")]` with the service's name",
            );
        }
        arguments
    }
}

/// Reports a flag that has a value or is given twice.
fn check_flag(meta: &Meta, name: &str, is_known: bool, errors: &mut Errors) {
    if is_known {
        errors.at(meta, format!("`{name}` is given twice"));
    } else if !matches!(meta, Meta::Path(_)) {
        errors.at(meta, format!("`{name}` cannot have a value: write `{name}` alone"));
    }
}

fn version_value(meta: &Meta, errors: &mut Errors) -> Option<u16> {
    if let Meta::NameValue(pair) = meta {
        return version(&pair.value, errors);
    }
    errors.at(meta, "expected `version = 2` with the number of the version");
    None
}

fn string_value(meta: &Meta, errors: &mut Errors) -> Option<LitStr> {
    if let Meta::NameValue(pair) = meta {
        if let Expr::Lit(ExprLit { lit: Lit::Str(value), .. }) = &pair.value {
            return Some(value.clone());
        }
        errors.at(&pair.value, "expected the service's name as a string literal: `service = \"…\"`");
    } else {
        errors.at(meta, "expected `service = \"…\"` with the service's name");
    }
    None
}

/// Parses the trait below the attribute. If it is not a trait, returns the item with an error.
pub(crate) fn item(tokens: TokenStream) -> Result<ItemTrait, TokenStream> {
    let rejected = |error: syn::Error, item: TokenStream| {
        let error = error.into_compile_error();
        quote!(#error #item)
    };
    match syn::parse2(tokens.clone()) {
        Ok(Item::Trait(item)) => Ok(item),
        Ok(other) => {
            let message = "`#[lessmq::interface]` is for a trait: expected `trait Name { … }`";
            Err(rejected(syn::Error::new(name_of(&other), message), tokens))
        }
        Err(error) => Err(rejected(error, TokenStream::new())),
    }
}

/// The span of the name of an item, or of the whole item if it has no name.
fn name_of(item: &Item) -> Span {
    match item {
        Item::Const(item) => item.ident.span(),
        Item::Enum(item) => item.ident.span(),
        Item::Fn(item) => item.sig.ident.span(),
        Item::Impl(item) => item.impl_token.span,
        Item::Mod(item) => item.ident.span(),
        Item::Static(item) => item.ident.span(),
        Item::Struct(item) => item.ident.span(),
        Item::TraitAlias(item) => item.ident.span(),
        Item::Type(item) => item.ident.span(),
        Item::Union(item) => item.ident.span(),
        other => other.span(),
    }
}
