//! A message as it lies in the table.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::client::Outgoing;
use crate::envelope::Envelope;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::Address;

/// A message in columns.
#[derive(Debug)]
pub struct Entry {
    /// JSON of a [`StoredAddress`].
    pub address: String,
    /// JSON of the CloudEvents attributes, by name.
    pub attributes: String,
    /// The payload as it is.
    pub payload: Vec<u8>,
}

/// [`Address`] as JSON.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
enum StoredAddress {
    Calls { service: String },
    Commands { service: String },
    Event { service: String, event: String },
    Existing { exchange: String, routing_key: String },
}

impl Entry {
    /// The columns of a message.
    pub(super) fn of(message: Outgoing) -> Result<Self> {
        let attributes: serde_json::Map<_, _> = message
            .envelope
            .attributes()
            .map(|(name, value)| (name.to_owned(), value.into_owned().into()))
            .collect();
        let address = StoredAddress::of(&message.address);
        let unwritten = |error| {
            Error::new(ErrorKind::Encode, "a message could not be written for the outbox").with_source(error)
        };
        Ok(Self {
            address: serde_json::to_string(&address).map_err(unwritten)?,
            attributes: serde_json::to_string(&attributes).map_err(unwritten)?,
            payload: message.envelope.data.to_vec(),
        })
    }

    /// The message again.
    pub(super) fn into_outgoing(self) -> Result<Outgoing> {
        let unread = |error| {
            Error::new(ErrorKind::Decode, "a message in the outbox cannot be read").with_source(error)
        };
        let address: StoredAddress = serde_json::from_str(&self.address).map_err(unread)?;
        let attributes: std::collections::BTreeMap<String, String> =
            serde_json::from_str(&self.attributes).map_err(unread)?;
        let mut envelope = Envelope::bare(Bytes::from(self.payload));
        for (name, value) in &attributes {
            envelope.set_attribute(name, value);
        }
        Ok(Outgoing { address: address.into_address(), envelope })
    }
}

impl StoredAddress {
    fn of(address: &Address) -> Self {
        match address {
            Address::Calls { service } => Self::Calls { service: service.to_string() },
            Address::Commands { service } => Self::Commands { service: service.to_string() },
            Address::Event { service, event } => {
                Self::Event { service: service.to_string(), event: event.to_string() }
            }
            Address::Existing { exchange, routing_key } => {
                Self::Existing { exchange: exchange.to_string(), routing_key: routing_key.to_string() }
            }
        }
    }

    fn into_address(self) -> Address {
        match self {
            Self::Calls { service } => Address::Calls { service: service.into() },
            Self::Commands { service } => Address::Commands { service: service.into() },
            Self::Event { service, event } => Address::Event { service: service.into(), event: event.into() },
            Self::Existing { exchange, routing_key } => {
                Address::Existing { exchange: exchange.into(), routing_key: routing_key.into() }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_survives_the_table() {
        let service = || "user".into();
        for address in [
            Address::Calls { service: service() },
            Address::Commands { service: service() },
            Address::Event { service: service(), event: "registered".into() },
            Address::Existing { exchange: "".into(), routing_key: "legacy".into() },
        ] {
            let mut envelope = Envelope::new("user", "user.registered", r#"{"email":"a@b.example"}"#);
            envelope.set_attribute("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
            envelope.set_attribute("tenant", "acme");
            let message = Outgoing { address, envelope };
            let entry = Entry::of(message.clone()).expect("it can be written");
            assert_eq!(entry.into_outgoing().expect("it can be read"), message);
        }
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        let entry = Entry { address: "{}".to_owned(), attributes: "{}".to_owned(), payload: Vec::new() };
        assert_eq!(entry.into_outgoing().expect_err("there is no address").kind(), ErrorKind::Decode);
    }
}
