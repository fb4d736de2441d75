//! Tests of the expansion of `#[lessmq::aliases]`.

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
