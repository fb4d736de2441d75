//! `#[lessmq::reads]` together with other attributes of serde and schemars.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[lessmq::reads]
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", bound(deserialize = "T: Default + serde::de::DeserializeOwned"))]
struct Account<T> {
    #[serde(rename(serialize = "name", deserialize = "name"), alias = "login", alias = "nick")]
    user_name: String,
    #[serde(default, alias = "addr", skip_serializing_if = "Option::is_none")]
    #[schemars(description = "Where its owner lives.")]
    address: Option<T>,
    #[serde(flatten)]
    rest: Rest,
}

#[lessmq::reads]
#[derive(Serialize, Deserialize, JsonSchema)]
struct Rest {
    #[serde(alias = "old")]
    new: u8,
}

#[lessmq::reads]
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
enum Event {
    #[serde(alias = "Made")]
    Created {
        id: u32,
    },
    Removed,
}

#[test]
fn aliases_are_read() {
    let account: Account<u8> = serde_json::from_str(r#"{"login": "a", "addr": 3, "old": 1}"#).unwrap();
    assert_eq!((account.user_name.as_str(), account.address, account.rest.new), ("a", Some(3), 1));
    let event: Event = serde_json::from_str(r#"{"kind": "Made", "id": 1}"#).unwrap();
    assert!(matches!(event, Event::Created { id: 1 }), "{event:?}");
}
