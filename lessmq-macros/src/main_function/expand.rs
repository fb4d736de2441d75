//! The code for `#[lessmq::main]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, ItemFn};

/// A `main` that runs the one that was written. That one stays a function, so that `?` knows what it returns.
pub(crate) fn main(function: &ItemFn) -> TokenStream {
    let ItemFn { attrs, vis, sig, block } = function;
    quote! {
        #(#attrs)*
        #vis fn main() -> ::std::process::ExitCode {
            #sig #block
            ::lessmq::__private::run_main(main())
        }
    }
}

/// The mistakes, and a function of the same name that does nothing.
pub(crate) fn fallback(function: &ItemFn, error: &Error) -> TokenStream {
    let error = error.to_compile_error();
    let (visibility, name) = (&function.vis, &function.sig.ident);
    quote! {
        #error
        #[allow(dead_code, reason = "there are mistakes to mend first")]
        #visibility fn #name() {}
    }
}
