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
/// `Decode`, with the place and with what was expected there; never with what stood there, which may be a secret.
pub fn decode<T: DeserializeOwned>(data: &[u8]) -> Result<T> {
    serde_json::from_slice(data).map_err(|error| {
        if !error.is_data() {
            let place = format!("at line {} column {}", error.line(), error.column());
            return Error::new(ErrorKind::Decode, format!("the payload is not JSON, {place}"));
        }
        // Once more, slowly, to learn where it was.
        let mut json = serde_json::Deserializer::from_slice(data);
        let path =
            serde_path_to_error::deserialize::<_, T>(&mut json).err().map(|error| error.path().to_string());
        let path = path.filter(|path| path != ".").map_or_else(String::new, |path| format!(" at `{path}`"));
        let reason = without_values(&error.to_string());
        Error::new(
            ErrorKind::Decode,
            format!("the payload has not the shape that the contract says{path}: {reason}"),
        )
    })
}

/// What serde says of a value, without the value: `invalid type: string "hunter2", expected u8 at line 1 column 17`.
fn without_values(reason: &str) -> String {
    let place = reason.rfind(" at line ").map_or("", |at| &reason[at..]);
    let said = reason.strip_suffix(place).unwrap_or(reason);
    let told = match said.split_once(": ") {
        Some((mistake @ ("invalid type" | "invalid value" | "invalid length"), rest)) => {
            let found = rest.split([' ', ',']).next().unwrap_or_default();
            let expected = rest.rsplit_once(", expected ").map_or("something else", |(_, expected)| expected);
            format!("{mistake}: {found}, expected {expected}")
        }
        _ => match said.split_once(", expected ") {
            Some((_, expected)) if said.starts_with("unknown ") => {
                let what = if said.starts_with("unknown variant") { "variant" } else { "field" };
                format!("unknown {what}, expected {expected}")
            }
            _ if said.starts_with("missing field ") || said.starts_with("duplicate field ") => {
                said.to_owned()
            }
            _ => "its type does not take the value".to_owned(),
        },
    };
    format!("{told}{place}")
}
