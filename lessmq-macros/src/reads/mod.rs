//! `#[lessmq::reads]`: writes `#[serde(alias = "…")]` and `#[serde(other)]` into the schema.

mod model;

#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::quote;

/// Expands the attribute with `arguments` on `item`: the item with schema extensions. If there is a mistake, the item is
/// left unchanged.
pub(crate) fn run(arguments: &TokenStream, item: TokenStream) -> TokenStream {
    match model::annotated(arguments, item.clone()) {
        Ok(annotated) => quote!(#annotated),
        Err(error) => {
            let error = error.into_compile_error();
            quote!(#error #item)
        }
    }
}
