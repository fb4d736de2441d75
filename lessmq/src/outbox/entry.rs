//! A message in the table.

use bytes::Bytes;

use crate::envelope::Envelope;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::{Destination, Outgoing};

/// A message as the columns of a row.
#[derive(Debug)]
pub struct Entry {
    /// JSON of a [`Destination`].
    pub address: String,
    /// JSON of the CloudEvents attributes, by name.
    pub attributes: String,
    /// The payload.
    pub payload: Vec<u8>,
}

impl Entry {
    /// The columns of a message.
    pub(super) fn new(message: &Outgoing) -> Result<Self> {
        let attributes: serde_json::Map<_, _> = message
            .envelope
            .attributes()
            .map(|(name, value)| (name.to_owned(), value.into_owned().into()))
            .collect();
        let unwritten =
            |error| Error::new(ErrorKind::Encode, "cannot write a message for the outbox").with_source(error);
        Ok(Self {
            address: serde_json::to_string(&message.destination).map_err(unwritten)?,
            attributes: serde_json::to_string(&attributes).map_err(unwritten)?,
            payload: message.envelope.data.to_vec(),
        })
    }

    /// The message.
    pub(super) fn into_outgoing(self) -> Result<Outgoing> {
        let unread =
            |error| Error::new(ErrorKind::Decode, "cannot read a message in the outbox").with_source(error);
        let destination: Destination = serde_json::from_str(&self.address).map_err(unread)?;
        let attributes: std::collections::BTreeMap<String, String> =
            serde_json::from_str(&self.attributes).map_err(unread)?;
        let mut envelope = Envelope::bare(Bytes::from(self.payload));
        for (name, value) in &attributes {
            envelope.set_attribute(name, value);
        }
        Ok(Outgoing::new(destination, envelope))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::{ExternalName, MethodName, Name};
    use crate::transport::{Queue, Topic};

    #[test]
    fn a_message_survives_the_table() {
        let service = || Name::parse("service", "user").expect("it is valid");
        let external = || ExternalName::parse("queue", "legacy/orders").expect("it is valid");
        let event = MethodName::parse("event", "registered").expect("it is valid");
        for destination in [
            Destination::from(Queue::Calls { service: service() }),
            Queue::Commands { service: service(), ordered: true }.into(),
            Queue::External { name: external() }.into(),
            Topic::Event { service: service(), event, ordered: false }.into(),
            Topic::External { name: external() }.into(),
        ] {
            let mut envelope = Envelope::new("user", "user.registered", r#"{"email":"a@b.example"}"#);
            envelope.set_attribute("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
            envelope.set_attribute("tenant", "acme");
            let message = Outgoing::new(destination, envelope);
            let entry = Entry::new(&message).expect("it can be written");
            assert_eq!(entry.into_outgoing().expect("it can be read"), message);
        }
    }

    #[test]
    fn an_unreadable_entry_is_an_error() {
        let entry = Entry { address: "{}".to_owned(), attributes: "{}".to_owned(), payload: Vec::new() };
        assert_eq!(entry.into_outgoing().expect_err("there is no address").kind(), ErrorKind::Decode);
    }
}
