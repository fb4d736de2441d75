//! Payloads: values in messages, and their JSON.

use std::cell::Cell;

use bytes::Bytes;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, ErrorKind, Result};

/// A type of arguments, replies, errors or events. It can be encoded as JSON, and has a JSON Schema.
///
/// It is implemented for all types that qualify. Derive `Serialize`, `Deserialize` and `JsonSchema`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent in a message",
    note = "derive `serde::Serialize`, `serde::Deserialize` and `schemars::JsonSchema` for it, and for each type between its `<` and `>`",
    note = "if it is of another crate, turn on the feature `serde` of that crate and the feature of `schemars` for it, such as `chrono04`, `jiff02`, `rust_decimal1`, `url2` or `uuid1`",
    note = "and make sure that it is `Send` and owns its data: a message must not borrow from the caller"
)]
pub trait Payload: Serialize + DeserializeOwned + JsonSchema + Send + 'static {}

// Without this attribute, each missing derive would be a separate error.
#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + JsonSchema + Send + 'static> Payload for T {}

/// Encodes a value as JSON.
///
/// # Errors
/// `Encode` if the value has no JSON form, such as a map whose keys are structs.
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Bytes> {
    // If the value encodes another value in its `Serialize`, the inner call gets a new buffer.
    let mut buffer = BUFFER.take();
    buffer.clear();
    serde_json::to_writer(&mut buffer, value).map_err(|error| {
        Error::new(ErrorKind::Encode, format!("cannot encode `{}` as JSON", std::any::type_name::<T>()))
            .with_source(error)
    })?;
    if buffer.capacity() > MAX_KEPT_BUFFER_BYTES {
        return Ok(buffer.into());
    }
    let payload = Bytes::copy_from_slice(&buffer);
    BUFFER.set(buffer);
    Ok(payload)
}

/// A thread keeps its buffer for the next payload if the buffer has at most this many bytes.
const MAX_KEPT_BUFFER_BYTES: usize = 16 * 1024;

thread_local! {
    /// The buffer for small payloads. A payload is copied from it once, into memory of the exact length. A new buffer
    /// would be reallocated several times.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Decodes a value from JSON.
///
/// # Errors
/// `Decode`, with the path and what was expected there. The error does not contain the value, which may be a secret.
pub fn decode<T: DeserializeOwned>(data: &[u8]) -> Result<T> {
    decode_explained(data, || None)
}

/// As [`decode`]. `explain` may say what is wrong with a value if its type does not.
pub(crate) fn decode_explained<T: DeserializeOwned>(
    data: &[u8],
    explain: impl FnOnce() -> Option<String>,
) -> Result<T> {
    serde_json::from_slice(data).map_err(|error| {
        if !error.is_data() {
            let (line, column) = (error.line(), error.column());
            let context = format!("payload is not valid JSON at line {line} column {column}");
            return Error::new(ErrorKind::Decode, context);
        }
        // It is decoded again, slowly, to find the path.
        let mut json = serde_json::Deserializer::from_slice(data);
        let path =
            serde_path_to_error::deserialize::<_, T>(&mut json).err().map(|error| error.path().to_string());
        let path = path.filter(|path| path != ".").map_or_else(String::new, |path| format!(" at `{path}`"));
        let mut reason = without_values(&error.to_string());
        if let Some(place) = reason.strip_prefix(INVALID_VALUE) {
            // The path names the key.
            let is_key = is_key(data, error.line(), error.column());
            let what = if is_key { Some("invalid key".to_owned()) } else { explain() };
            reason = what.map_or_else(|| reason.clone(), |what| format!("{what}{place}"));
        }
        Error::new(ErrorKind::Decode, format!("payload does not match the contract{path}: {reason}"))
    })
}

/// The reason without the text of the type, which may contain the value.
const INVALID_VALUE: &str = "invalid value";

/// Whether the key of an object ends at a place in JSON, and not a value.
fn is_key(data: &[u8], line: usize, column: usize) -> bool {
    let lines = data.split_inclusive(|byte| *byte == b'\n').take(line.saturating_sub(1));
    let start = lines.map(<[u8]>::len).sum::<usize>() + column;
    let rest = data.get(start..).unwrap_or_default();
    rest.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':')
}

/// The reason that serde gives, without the value: `invalid type: string "hunter2", expected u8 at line 1 column 17`.
fn without_values(reason: &str) -> String {
    let place = reason.rfind(" at line ").map_or("", |at| &reason[at..]);
    let text = reason.strip_suffix(place).unwrap_or(reason);
    let without_value = match text.split_once(": ") {
        Some((mistake @ ("invalid type" | "invalid value" | "invalid length"), rest)) => {
            let found = rest.split([' ', ',']).next().unwrap_or_default();
            let expected = rest.rsplit_once(", expected ").map_or("something else", |(_, expected)| expected);
            format!("{mistake}: {found}, expected {expected}")
        }
        _ => match text.split_once(", expected ") {
            Some((_, expected)) if text.starts_with("unknown ") => {
                let what = if text.starts_with("unknown variant") { "variant" } else { "field" };
                format!("unknown {what}, expected {expected}")
            }
            _ if text.starts_with("missing field ") || text.starts_with("duplicate field ") => {
                text.to_owned()
            }
            _ => INVALID_VALUE.to_owned(),
        },
    };
    format!("{without_value}{place}")
}
