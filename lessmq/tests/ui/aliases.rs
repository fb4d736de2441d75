//! Invalid uses of `#[lessmq::aliases]`, which must be above the derive of a type with aliases.

use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Deserialize, JsonSchema)]
#[lessmq::aliases]
struct BelowTheDerive {
    #[serde(alias = "old")]
    new: u8,
}

#[lessmq::aliases]
#[derive(Deserialize)]
struct WithoutSchema {
    #[serde(alias = "old")]
    new: u8,
}

#[lessmq::aliases(all)]
#[derive(Deserialize, JsonSchema)]
struct WithArguments {
    #[serde(alias = "old")]
    new: u8,
}

#[lessmq::aliases]
#[derive(Deserialize, JsonSchema)]
struct NothingToTell {
    new: u8,
}

#[lessmq::aliases]
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum Untagged {
    #[serde(alias = "old")]
    New(u8),
}

#[lessmq::aliases]
fn function() {}

fn main() {}
