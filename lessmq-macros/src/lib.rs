//! The procedural macros of LessMQ.
//!
//! Use them through the `lessmq` crate, where they are documented: what they expand to names `::lessmq`.
//!
//! One folder per macro. `parse` reads syntax and keeps spans, `model` gives it a meaning and finds every mistake,
//! `expand` writes code for a model without mistakes and cannot fail, `fallback` keeps one mistake from causing others.

mod aliases;
mod errors;
mod interface;
mod main_function;

use proc_macro::TokenStream;

/// Turns a trait into a contract, a client and a server; see `lessmq::interface`.
#[proc_macro_attribute]
pub fn interface(arguments: TokenStream, item: TokenStream) -> TokenStream {
    interface::run(arguments.into(), item.into()).into()
}

/// Tells the contract of `#[serde(alias = "…")]`; see `lessmq::aliases`.
#[proc_macro_attribute]
pub fn aliases(arguments: TokenStream, item: TokenStream) -> TokenStream {
    aliases::run(&arguments.into(), item.into()).into()
}

/// Runs an `async fn main`; see `lessmq::main`.
#[proc_macro_attribute]
pub fn main(arguments: TokenStream, item: TokenStream) -> TokenStream {
    main_function::run(&arguments.into(), item.into()).into()
}
