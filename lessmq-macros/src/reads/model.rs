//! Checks the item below `#[lessmq::reads]`, and adds the schema extensions.

use proc_macro2::TokenStream;
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Error, Fields, LitStr, Path, Token, parse_quote};

use crate::errors::Errors;

const EXPECTED: &str = "`#[lessmq::reads]` is for a struct or an enum";

/// The item with a schema extension for every field and variant that has aliases, and for the variant that is read for
/// unknown names.
pub(crate) fn annotated(arguments: &TokenStream, item: TokenStream) -> Result<DeriveInput, Error> {
    let mut item: DeriveInput = syn::parse2(item.clone()).map_err(|_| Error::new_spanned(&item, EXPECTED))?;
    let mut errors = Errors::default();
    if !arguments.is_empty() {
        errors.at(arguments, "expected `#[lessmq::reads]` without arguments");
    }
    check_derives(&item, &mut errors);
    let mut found = 0;
    match &mut item.data {
        Data::Struct(data) => fields(&mut data.fields, &mut found, &mut errors),
        Data::Enum(data) => {
            let is_untagged = item.attrs.iter().any(|attribute| has_word(attribute, "untagged"));
            let content = names(&item.attrs, "content", &mut errors).into_iter().next();
            for variant in &mut data.variants {
                fields(&mut variant.fields, &mut found, &mut errors);
                if variant.attrs.iter().any(|attribute| has_word(attribute, "other")) {
                    found += 1;
                    let value = content.as_ref().map_or_else(|| quote!(true), |content| quote!(#content));
                    variant.attrs.push(parse_quote!(#[schemars(extend("x-other-variant" = #value))]));
                }
                if is_untagged || variant.attrs.iter().any(|attribute| has_word(attribute, "untagged")) {
                    reject(
                        &variant.attrs,
                        "an untagged variant is not read by its name, so an alias has no effect: remove it",
                        &mut errors,
                    );
                } else {
                    extend(
                        &mut variant.attrs,
                        &LitStr::new("x-variant-aliases", variant.ident.span()),
                        &mut found,
                        &mut errors,
                    );
                }
            }
        }
        Data::Union(data) => errors.at(data.union_token, EXPECTED),
    }
    if errors.count() == 0 && found == 0 {
        let nothing = "nothing found to write into the schema: expected `#[serde(alias = \"…\")]` on a field or a variant, or \
                       `#[serde(other)]` on a variant";
        errors.at(&item.ident, nothing);
    }
    errors.into_error().map_or(Ok(item), Err)
}

fn check_derives(item: &DeriveInput, errors: &mut Errors) {
    let mut derives = item.attrs.iter().filter(|attribute| attribute.path().is_ident("derive")).peekable();
    if derives.peek().is_none() {
        errors.at(
            &item.ident,
            "expected `#[derive(JsonSchema)]` below: put `#[lessmq::reads]` above the derive",
        );
        return;
    }
    let is_schema = |path: &Path| path.segments.last().is_some_and(|last| last.ident == "JsonSchema");
    let is_derived = derives.any(|derive| {
        let paths = derive.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated);
        paths.is_ok_and(|paths| paths.iter().any(is_schema))
    });
    if !is_derived {
        errors.at(
            &item.ident,
            "expected `JsonSchema` among the derives: `#[lessmq::reads]` writes into the schema",
        );
    }
}

fn fields(fields: &mut Fields, found: &mut usize, errors: &mut Errors) {
    for field in fields {
        match &field.ident {
            Some(name) => extend(&mut field.attrs, &LitStr::new("x-aliases", name.span()), found, errors),
            None => reject(&field.attrs, "a field without a name cannot have an alias", errors),
        }
    }
}

fn reject(attributes: &[Attribute], why: &str, errors: &mut Errors) {
    if let Some(alias) = names(attributes, "alias", errors).first() {
        errors.at(alias, why);
    }
}

/// Adds the aliases in `attributes` as an extension of the schema.
fn extend(attributes: &mut Vec<Attribute>, keyword: &LitStr, found: &mut usize, errors: &mut Errors) {
    let aliases = names(attributes, "alias", errors);
    let is_skipped = ["skip", "skip_deserializing", "flatten"]
        .into_iter()
        .any(|word| attributes.iter().any(|attribute| has_word(attribute, word)));
    match aliases.first() {
        None => {}
        Some(first) if is_skipped => errors
            .at(first, "the field or variant is not read by its name, so an alias has no effect: remove it"),
        Some(_) => {
            *found += 1;
            attributes.push(parse_quote!(#[schemars(extend(#keyword = [#(#aliases),*]))]));
        }
    }
}

/// The names in `#[serde(WORD = "…")]`.
fn names(attributes: &[Attribute], word: &str, errors: &mut Errors) -> Vec<LitStr> {
    let mut names = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        let parsed = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident(word) {
                names.push(meta.value()?.parse()?);
                return Ok(());
            }
            skip_value(&meta)
        });
        if let Err(error) = parsed {
            errors.at_span(attribute.span(), error);
        }
    }
    names
}

/// Whether the attribute is `#[serde(… word …)]`.
fn has_word(attribute: &Attribute, word: &str) -> bool {
    let mut found = false;
    if attribute.path().is_ident("serde") {
        // serde reports its own syntax errors.
        let _ = attribute.parse_nested_meta(|meta| {
            found |= meta.path.is_ident(word);
            skip_value(&meta)
        });
    }
    found
}

/// Skips what follows a name in an attribute.
fn skip_value(meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
    if meta.input.peek(Token![=]) {
        meta.value()?.parse::<syn::Expr>()?;
    } else if meta.input.peek(syn::token::Paren) {
        let inner;
        syn::parenthesized!(inner in meta.input);
        inner.parse::<TokenStream>()?;
    }
    Ok(())
}
