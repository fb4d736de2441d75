//! Invalid uses of `#[lessmq::reads]`, which must be above the derive of a type with aliases.

use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Deserialize, JsonSchema)]
#[lessmq::reads]
struct BelowTheDerive {
    #[serde(alias = "old")]
    new: u8,
}

#[lessmq::reads]
#[derive(Deserialize)]
struct WithoutSchema {
    #[serde(alias = "old")]
    new: u8,
}

#[lessmq::reads(all)]
#[derive(Deserialize, JsonSchema)]
struct WithArguments {
    #[serde(alias = "old")]
    new: u8,
}

#[lessmq::reads]
#[derive(Deserialize, JsonSchema)]
struct NothingToTell {
    new: u8,
}

#[lessmq::reads]
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum Untagged {
    #[serde(alias = "old")]
    New(u8),
}

#[lessmq::reads]
fn function() {}

fn main() {}
