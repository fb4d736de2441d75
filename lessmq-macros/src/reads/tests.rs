//! Tests of the expansion of `#[lessmq::reads]`.

use proc_macro2::TokenStream;
use quote::quote;

#[test]
fn aliases_of_fields_and_variants_are_written_into_the_schema() {
    let item = quote! {
        #[derive(Deserialize, JsonSchema)]
        enum Payment {
            #[serde(rename = "card", alias = "credit", alias = "debit")]
            Card {
                #[serde(default, alias = "no")]
                number: String,
                holder: String,
            },
            Cash,
        }
    };
    let expected = quote! {
        #[derive(Deserialize, JsonSchema)]
        enum Payment {
            #[serde(rename = "card", alias = "credit", alias = "debit")]
            #[schemars(extend("x-variant-aliases" = ["credit", "debit"]))]
            Card {
                #[serde(default, alias = "no")]
                #[schemars(extend("x-aliases" = ["no"]))]
                number: String,
                holder: String,
            },
            Cash,
        }
    };
    assert_eq!(super::run(&TokenStream::new(), item).to_string(), expected.to_string());
}

#[test]
fn the_variant_for_unknown_names_is_written_into_the_schema() {
    for (tagging, value) in
        [(quote!(tag = "t"), quote!(true)), (quote!(tag = "t", content = "c"), quote!("c"))]
    {
        let item = |extension: TokenStream| {
            quote! {
                #[derive(Deserialize, JsonSchema)]
                #[serde(#tagging)]
                enum Payment { Cash, #[serde(other)] #extension Other }
            }
        };
        let expected = item(quote!(#[schemars(extend("x-other-variant" = #value))]));
        let expansion = super::run(&TokenStream::new(), item(TokenStream::new()));
        assert_eq!(expansion.to_string(), expected.to_string());
    }
}

#[test]
fn an_item_with_mistakes_is_kept() {
    let expansion = super::run(
        &quote!(all),
        quote!(
            struct Order {
                #[serde(alias = "b")]
                a: u8,
            }
        ),
    )
    .to_string();
    assert_eq!(expansion.matches("compile_error").count(), 2, "{expansion}");
    assert!(expansion.contains("struct Order"), "{expansion}");
}
