//! Tests of the expansion of `#[lessmq::main]`.

use proc_macro2::TokenStream;
use quote::quote;

#[test]
fn a_good_main_stays_a_function() {
    let item = quote! {
        /// The program.
        async fn main() -> lessmq::Result<()> {
            serve().await
        }
    };
    let expected = quote! {
        /// The program.
        fn main() -> ::std::process::ExitCode {
            async fn main() -> lessmq::Result<()> {
                serve().await
            }
            ::lessmq::__private::run_main(main())
        }
    };
    assert_eq!(super::run(&TokenStream::new(), item).to_string(), expected.to_string());
}

#[test]
fn a_main_with_mistakes_keeps_its_name() {
    let expansion = super::run(
        &quote!(threads = 2),
        quote!(
            fn main(id: u8) {}
        ),
    )
    .to_string();
    assert_eq!(expansion.matches("compile_error").count(), 3, "{expansion}");
    assert!(expansion.ends_with("fn main () { }"), "{expansion}");
}
