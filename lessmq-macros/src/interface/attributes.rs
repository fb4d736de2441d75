//! The attributes of a trait, a method or an argument, by purpose.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Lit, Meta, MetaNameValue, Token};

use super::names::version;
use crate::errors::Errors;

/// Attributes of LessMQ. They are removed from the output.
const MARKERS: [&str; 4] = ["command", "idempotent", "payload", "version"];
const LINTS: [&str; 5] = ["allow", "expect", "warn", "deny", "forbid"];

/// The attributes of one place.
#[derive(Debug, Default)]
pub(crate) struct Attributes {
    /// Doc comments, one attribute a line.
    pub(crate) docs: Vec<Attribute>,
    /// The attribute `#[deprecated]`, if there is one.
    pub(crate) deprecated: Option<Attribute>,
    /// `#[allow(…)]`, `#[expect(…)]` and the like.
    pub(crate) lints: Vec<Attribute>,
    /// `#[cfg(…)]` and `#[cfg_attr(…)]`.
    pub(crate) conditions: Vec<Attribute>,
    /// All other attributes.
    pub(crate) others: Vec<Attribute>,
    markers: Vec<Attribute>,
}

impl Attributes {
    pub(crate) fn new(attributes: &[Attribute]) -> Self {
        let mut sorted = Self::default();
        for attribute in attributes.iter().cloned() {
            let path = attribute.path();
            let is_one_of = |names: &[&str]| names.iter().any(|name| path.is_ident(name));
            if path.is_ident("doc") {
                sorted.docs.push(attribute);
            } else if path.is_ident("deprecated") {
                sorted.deprecated = Some(attribute);
            } else if is_one_of(&LINTS) {
                sorted.lints.push(attribute);
            } else if is_one_of(&["cfg", "cfg_attr"]) {
                sorted.conditions.push(attribute);
            } else if is_one_of(&MARKERS) {
                sorted.markers.push(attribute);
            } else {
                sorted.others.push(attribute);
            }
        }
        sorted
    }

    /// Whether the marker `name` is here, without a check of its syntax.
    pub(crate) fn has_marker(&self, name: &str) -> bool {
        self.markers.iter().any(|marker| marker.path().is_ident(name))
    }

    /// The marker `name`, if it is here. Reports a marker that is repeated or has arguments.
    pub(crate) fn marker(&self, name: &str, errors: &mut Errors) -> Option<&Attribute> {
        let mut found = self.markers.iter().filter(|marker| marker.path().is_ident(name));
        let first = found.next()?;
        if !matches!(first.meta, Meta::Path(_)) {
            errors.at(first, format!("`#[{name}]` cannot have arguments: remove them"));
        }
        for again in found {
            errors.at(again, format!("`#[{name}]` is repeated: remove one"));
        }
        Some(first)
    }

    /// The number in `#[version(2)]`, if it is here. Reports a number that is invalid, and an attribute that is repeated.
    pub(crate) fn version(&self, errors: &mut Errors) -> Option<u16> {
        let mut found = self.markers.iter().filter(|marker| marker.path().is_ident("version"));
        let first = found.next()?;
        for again in found {
            errors.at(again, "`#[version]` is repeated: remove one");
        }
        match &first.meta {
            Meta::List(list) => match list.parse_args::<Expr>() {
                Ok(number) => version(&number, errors),
                Err(_) => {
                    errors.at(list, "expected `#[version(2)]` with the number of the version");
                    None
                }
            },
            other => {
                errors.at(other.to_token_stream(), "expected `#[version(2)]` with the number of the version");
                None
            }
        }
    }

    /// Reports all markers except those that are `allowed` here.
    pub(crate) fn reject_markers_except(&self, allowed: &[&str], place: &str, errors: &mut Errors) {
        for marker in &self.markers {
            let path = marker.path();
            if let Some(name) = MARKERS.iter().find(|name| path.is_ident(name))
                && !allowed.contains(name)
            {
                let home = if *name == "payload" { "an argument" } else { "a method" };
                errors.at(marker, format!("`#[{name}]` is not allowed on {place}: it belongs on {home}"));
            }
        }
    }

    /// Reports conditional compilation.
    pub(crate) fn reject_conditions(&self, errors: &mut Errors) {
        for condition in &self.conditions {
            errors.at(condition, "a contract must not depend on features or platforms: remove the condition");
        }
    }

    /// The lint attributes for generated code that repeats this item. `#[expect]` becomes `#[allow]`, because its lint may
    /// not fire there.
    pub(crate) fn lints_for_copies(&self) -> TokenStream {
        let lints = self.lints.iter().map(|lint| match &lint.meta {
            Meta::List(list) if list.path.is_ident("expect") => {
                let tokens = &list.tokens;
                quote!(#[allow(#tokens)])
            }
            _ => quote!(#lint),
        });
        quote!(#(#lints)*)
    }

    /// The doc comments as an expression for a `&'static str`: the text without the indentation of `/// `.
    pub(crate) fn description(&self) -> Option<TokenStream> {
        if self.docs.is_empty() {
            return None;
        }
        let lines: Vec<&Expr> = self
            .docs
            .iter()
            .filter_map(|doc| match &doc.meta {
                Meta::NameValue(MetaNameValue { value, .. }) => Some(value),
                _ => None,
            })
            .collect();
        let literals: Option<Vec<String>> = lines.iter().map(|line| string(line)).collect();
        Some(match literals.as_deref().map(paragraph) {
            Some(text) => quote!(#text),
            // `#[doc = include_str!(…)]`: the compiler knows the text, the macro does not.
            None => quote!(::core::concat!(#(#lines, "\n"),*)),
        })
    }

    /// The note of `#[deprecated]`, empty if it has no note.
    pub(crate) fn deprecation(&self) -> Option<String> {
        let deprecated = self.deprecated.as_ref()?;
        let note = match &deprecated.meta {
            Meta::Path(_) => None,
            Meta::NameValue(pair) => string(&pair.value),
            Meta::List(list) => list
                .parse_args_with(Punctuated::<MetaNameValue, Token![,]>::parse_terminated)
                .ok()
                .and_then(|pairs| {
                    pairs.iter().find(|pair| pair.path.is_ident("note")).map(|pair| string(&pair.value))
                })
                .flatten(),
        };
        Some(note.unwrap_or_default())
    }
}

fn string(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

/// Doc lines as one text: without the space after `///`, without blank lines at either end.
fn paragraph(lines: &[String]) -> String {
    let lines: Vec<&str> = lines
        .iter()
        .flat_map(|line| if line.is_empty() { vec![""] } else { line.lines().collect() })
        .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end())
        .collect();
    lines.join("\n").trim_matches('\n').to_owned()
}
