//! The types of a method, as the code that `#[lessmq::interface]` generates passes them on.
//!
//! Generated code needs a type as a [`Payload`] in many places: the client, the server, the contract. If each of them had a
//! bound, a type that cannot be sent would be an error in each of them. So the bound is in one place, [`codec`], and the
//! others take its value.

use std::fmt;

use bytes::Bytes;

use super::Message;
use crate::error::Result;
use crate::payload::{self, Payload};

/// How values of one type are encoded and decoded, and what their JSON looks like.
pub struct Codec<T> {
    encode: fn(&T) -> Result<Bytes>,
    decode: fn(&[u8]) -> Result<T>,
    message: fn() -> Message,
}

/// The codec of a type.
#[must_use]
pub const fn codec<T: Payload>() -> Codec<T> {
    Codec { encode: payload::encode::<T>, decode: decode::<T>, message: Message::of::<T> }
}

/// Decodes a value. The error of a value that is no id or date says which format the schema of the payload has there.
fn decode<T: Payload>(data: &[u8]) -> Result<T> {
    payload::decode_explained(data, || {
        let format = Message::of::<T>().rejected_format(&serde_json::from_slice(data).ok()?)?;
        Some(format!("not a `{format}`"))
    })
}

impl<T> Codec<T> {
    /// Encodes a value as JSON.
    ///
    /// # Errors
    /// See [`payload::encode`].
    pub fn encode(self, value: &T) -> Result<Bytes> {
        (self.encode)(value)
    }

    /// Decodes a value from JSON.
    ///
    /// # Errors
    /// See [`payload::decode`].
    pub fn decode(self, data: &[u8]) -> Result<T> {
        (self.decode)(data)
    }

    /// The message whose payload has this type.
    #[must_use]
    pub fn message(self) -> Message {
        (self.message)()
    }
}

impl<T> Clone for Codec<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Codec<T> {}

impl<T> fmt::Debug for Codec<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Codec").field(&std::any::type_name::<T>()).finish()
    }
}

/// The types of a call.
#[derive(Debug)]
pub struct CallTypes<Request, Reply, E> {
    /// What the caller sends.
    pub request: Codec<Request>,
    /// What the caller gets.
    pub reply: Codec<Reply>,
    /// What the caller gets if the call fails; [`Never`](crate::Never) if the call has no typed error.
    pub error: Codec<E>,
}
