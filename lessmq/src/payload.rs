//! What may travel in a message.

use std::borrow::Cow;

use bytes::Bytes;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

use crate::error::{Error, ErrorKind, Result};

/// A type that may be an argument, a reply, an error or an event: it has a JSON form, and a schema of that form.
///
/// There is nothing to implement: derive `Serialize`, `Deserialize` and `JsonSchema`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot travel in a message",
    note = "derive `serde::Serialize`, `serde::Deserialize` and `schemars::JsonSchema` for it",
    note = "and see that it owns its data: messages outlive the caller's borrows"
)]
pub trait Payload: Serialize + DeserializeOwned + JsonSchema + Send + 'static {}

impl<T: Serialize + DeserializeOwned + JsonSchema + Send + 'static> Payload for T {}

/// The error of a call that cannot be refused. It has no values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Never {}

impl Serialize for Never {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        match *self {}
    }
}

impl<'de> Deserialize<'de> for Never {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(serde::de::Error::custom("this call has no errors of its own"))
    }
}

impl JsonSchema for Never {
    fn schema_name() -> Cow<'static, str> {
        "Never".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!(false)
    }
}

/// Writes a value as JSON.
///
/// # Errors
/// `Encode` when the value has no JSON form, as a map whose keys are structs.
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Bytes> {
    serde_json::to_vec(value).map(Bytes::from).map_err(|error| {
        Error::new(ErrorKind::Encode, format!("{} cannot be written as JSON", std::any::type_name::<T>()))
            .with_source(error)
    })
}

/// Reads a value from JSON.
///
/// # Errors
/// `Decode`, with the place in the text; never the text itself, which may hold a secret.
pub fn decode<T: DeserializeOwned>(data: &[u8]) -> Result<T> {
    serde_json::from_slice(data).map_err(|error| {
        let category =
            if error.is_data() { "has not the shape that the contract says" } else { "is not JSON" };
        Error::new(ErrorKind::Decode, format!("the payload {category}")).with_source(error)
    })
}
