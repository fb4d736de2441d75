//! The procedural macros of LessMQ.
//!
//! Use them through the `lessmq` crate, where they are documented. Their expansions use `::lessmq`.
//!
//! Each macro has a folder. `parse` reads syntax and keeps spans. `model` finds the meaning and all mistakes. `expand`
//! generates code for a model without mistakes and cannot fail. `fallback` keeps one mistake from causing more errors.

mod errors;
mod interface;
mod main_function;
mod reads;

use proc_macro::TokenStream;

/// Generates a contract, a client and a server from a trait; see `lessmq::interface`.
#[proc_macro_attribute]
pub fn interface(arguments: TokenStream, item: TokenStream) -> TokenStream {
    interface::run(arguments.into(), item.into()).into()
}

/// Writes `#[serde(alias = "…")]` and `#[serde(other)]` into the schema; see `lessmq::reads`.
#[proc_macro_attribute]
pub fn reads(arguments: TokenStream, item: TokenStream) -> TokenStream {
    reads::run(&arguments.into(), item.into()).into()
}

/// Runs an `async fn main`; see `lessmq::main`.
#[proc_macro_attribute]
pub fn main(arguments: TokenStream, item: TokenStream) -> TokenStream {
    main_function::run(&arguments.into(), item.into()).into()
}
