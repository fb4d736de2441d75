//! `#[lessmq::interface]`: a trait becomes a contract, a client and a server.

mod arguments;
mod attributes;
mod expand;
mod fallback;
mod method;
mod model;
mod names;
mod parse;
mod types;

#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::quote;

use crate::errors::Errors;

/// Expands the attribute with `arguments` on `item`.
pub(crate) fn run(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let item = match parse::item(item) {
        Ok(item) => item,
        Err(rejected) => return rejected,
    };
    let mut errors = Errors::default();
    let arguments = parse::Arguments::parse(arguments, &mut errors);
    let interface = model::Interface::new(&arguments, &item, &mut errors);
    match errors.into_error() {
        None => expand::interface(&interface),
        Some(error) => {
            let errors = error.into_compile_error();
            let fallback = fallback::interface(&interface, &item);
            quote!(#errors #fallback)
        }
    }
}
