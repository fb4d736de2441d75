//! `#[lessmq::aliases]`: tells the contract of `#[serde(alias = "…")]`.

mod model;

#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::quote;

/// What the attribute with `arguments` on `item` expands to: the item, with what it tells the contract. Beside a
/// mistake the item stands as it was.
pub(crate) fn run(arguments: &TokenStream, item: TokenStream) -> TokenStream {
    match model::annotated(arguments, item.clone()) {
        Ok(annotated) => quote!(#annotated),
        Err(error) => {
            let error = error.into_compile_error();
            quote!(#error #item)
        }
    }
}
