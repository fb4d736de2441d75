//! `#[lessmq::main]`: runs an `async fn main`.

mod expand;
mod model;

#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;

/// Expands the attribute with `arguments` on `item`.
pub(crate) fn run(arguments: &TokenStream, item: TokenStream) -> TokenStream {
    let function = match model::parse(item) {
        Ok(function) => function,
        Err(rejected) => return rejected,
    };
    match model::check(arguments, &function) {
        None => expand::main(&function),
        Some(error) => expand::fallback(&function, &error),
    }
}
