//! What `#[lessmq::aliases]` expands to.

use proc_macro2::TokenStream;
use quote::quote;

#[test]
fn fields_and_variants_carry_their_other_names_in_the_schema() {
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
fn the_item_stays_beside_its_mistakes() {
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
