//! The code for `#[lessmq::main]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, ItemFn};

/// A `main` that calls the function of the user, which stays a function so that `?` has its return type.
pub(crate) fn main(function: &ItemFn) -> TokenStream {
    let ItemFn { attrs, vis, sig, block, .. } = function;
    quote! {
        #(#attrs)*
        #vis fn main() -> ::std::process::ExitCode {
            #sig #block
            ::lessmq::__private::run_main(main())
        }
    }
}

/// The errors, and a function of the same name that does nothing.
pub(crate) fn fallback(function: &ItemFn, error: &Error) -> TokenStream {
    let error = error.to_compile_error();
    let (visibility, name) = (&function.vis, &function.sig.ident);
    quote! {
        #error
        #[allow(dead_code, reason = "the errors have to be fixed first")]
        #visibility fn #name() {}
    }
}
