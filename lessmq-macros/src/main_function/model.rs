//! Checks the function below `#[lessmq::main]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Item, ItemFn, Safety};

use crate::errors::Errors;

const EXPECTED: &str = "`#[lessmq::main]` is for a function: expected `async fn main()`";

/// Parses the function below the attribute. If it is not a function, returns the item with an error.
pub(crate) fn parse(item: TokenStream) -> Result<ItemFn, TokenStream> {
    match syn::parse2(item.clone()) {
        Ok(Item::Fn(function)) => Ok(function),
        Ok(other) => {
            let error = Error::new_spanned(&other, EXPECTED).into_compile_error();
            Err(quote!(#error #item))
        }
        Err(error) => Err(error.into_compile_error()),
    }
}

/// All mistakes of the function.
pub(crate) fn check(arguments: &TokenStream, function: &ItemFn) -> Option<Error> {
    let mut errors = Errors::default();
    let signature = &function.sig;
    if !arguments.is_empty() {
        errors.at(arguments, "expected `#[lessmq::main]` without arguments");
    }
    if let Some(keyword) = signature.constness {
        errors.at(keyword, "expected `async fn main()` without `const`");
    }
    if signature.asyncness.is_none() {
        errors.at(signature.fn_token, "missing `async`: expected `async fn main()`");
    }
    if let Err(error) = function.modifiers.require_empty() {
        errors.push(error);
    }
    if !matches!(signature.safety, Safety::Default) {
        errors.at(&signature.safety, "expected `async fn main()` without `unsafe`");
    }
    if let Some(abi) = &signature.abi {
        errors.at(abi, "expected `async fn main()` without `extern`");
    }
    if signature.ident != "main" {
        errors.at(&signature.ident, "`#[lessmq::main]` starts a program: expected the name `main`");
    }
    if !signature.generics.params.is_empty() {
        errors.at(&signature.generics.params, "expected `async fn main()` without generic parameters");
    }
    if let Some(clause) = &signature.generics.where_clause {
        errors.at(clause, "expected `async fn main()` without a `where` clause");
    }
    if !signature.inputs.is_empty() {
        errors.at(&signature.inputs, "expected `async fn main()` without arguments");
    }
    if let Some(variadic) = &signature.variadic {
        errors.at(variadic, "expected `async fn main()` without arguments");
    }
    errors.into_error()
}
