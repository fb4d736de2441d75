//! One message: the attributes of CloudEvents 1.0 and the bytes of its payload.
//!
//! Drivers send [`Envelope`]s, and [`Frame`]s as replies. Both are pure data. A driver decides how attributes are
//! encoded. Their names are defined here, once for all brokers: a driver writes [`Envelope::attributes`] and reads with
//! [`Envelope::set_attribute`].
//!
//! Source: CloudEvents 1.0.2, and its extensions *distributed tracing* and *partitioning*.

pub(crate) mod attribute;
mod fault;
mod frame;
mod id;
mod text;
mod trace;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;

pub use self::fault::Fault;
pub use self::frame::{Frame, Outcome};
pub use self::id::MessageId;
pub(crate) use self::id::new_uuid;
pub use self::text::Text;
pub use self::trace::{MalformedTraceParent, TraceParent};

/// One message. It arrives as it was sent: with every attribute that is set, and no other. Attributes may contain text in
/// any script.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Envelope {
    /// CloudEvents `id`. The id and `source` identify the message.
    pub id: MessageId,
    /// CloudEvents `source`: the service that sent it.
    pub source: Text,
    /// CloudEvents `type`: `{service}.{method}`.
    pub kind: Text,
    /// CloudEvents `datacontenttype`; `None` means `application/json`.
    pub content_type: Option<Text>,
    /// CloudEvents `dataschema`: the sender's contract, see [`Contract::id`](crate::contract::Contract::id).
    pub data_schema: Option<Text>,
    /// CloudEvents `time`: when the message was created, by the sender's clock. Not set on calls.
    pub time: Option<Timestamp>,
    /// W3C `traceparent`; `None` if the message starts a trace and no span sent it.
    pub trace_parent: Option<TraceParent>,
    /// W3C `tracestate`.
    pub trace_state: Option<Text>,
    /// CloudEvents `partitionkey`: the message group. On an ordered destination, messages with the same key are
    /// delivered in order. Messages without a key form one group.
    pub partition_key: Option<Text>,
    /// The time left until the deadline when the message was sent. Sent in whole milliseconds.
    pub expires_in: Option<Duration>,
    /// On calls: how many frames of the reply the caller accepts. `None` means one.
    pub credit: Option<u32>,
    /// On calls: whether the call may be handled twice. The broker delivers such a call again when its provider dies.
    pub idempotent: bool,
    /// Every other attribute, by its CloudEvents name (lower-case letters and digits).
    pub extensions: BTreeMap<String, String>,
    /// The payload. A driver delivers every payload unchanged, even one that is empty or not text.
    pub data: Bytes,
}

impl Envelope {
    /// A message of the type `kind` with a new id, sent now by `source`.
    pub fn new(source: impl Into<Text>, kind: impl Into<Text>, data: impl Into<Bytes>) -> Self {
        Self { source: source.into(), kind: kind.into(), time: Some(Timestamp::now()), ..Self::bare(data) }
    }

    /// A message with only a payload, such as one that LessMQ did not send. It has a new id, and an empty `source` and
    /// `kind`, which [`Envelope::set_attribute`] can set.
    pub fn bare(data: impl Into<Bytes>) -> Self {
        Self::with_id(MessageId::new(), data.into())
    }

    pub(crate) fn with_id(id: MessageId, data: Bytes) -> Self {
        Self {
            id,
            source: Text::default(),
            kind: Text::default(),
            content_type: None,
            data_schema: None,
            time: None,
            trace_parent: None,
            trace_state: None,
            partition_key: None,
            expires_in: None,
            credit: None,
            idempotent: false,
            extensions: BTreeMap::new(),
            data,
        }
    }

    /// The attributes that are set, by their names on the wire, without `specversion`.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        let text =
            |name, value: Option<&Text>| value.map(|value| (name, Cow::<str>::Owned(value.to_string())));
        let known = [
            Some((attribute::ID, Cow::Owned(self.id.to_string()))),
            text(attribute::SOURCE, Some(&self.source)),
            text(attribute::TYPE, Some(&self.kind)),
            text(attribute::DATA_CONTENT_TYPE, self.content_type.as_ref()),
            text(attribute::DATA_SCHEMA, self.data_schema.as_ref()),
            self.time.map(|time| (attribute::TIME, Cow::Owned(time.to_string()))),
            self.trace_parent.map(|parent| (attribute::TRACE_PARENT, Cow::Owned(parent.to_string()))),
            text(attribute::TRACE_STATE, self.trace_state.as_ref()),
            text(attribute::PARTITION_KEY, self.partition_key.as_ref()),
            self.expires_in.map(|left| (attribute::EXPIRES_IN, Cow::Owned(left.as_millis().to_string()))),
            self.credit.map(|frames| (attribute::CREDIT, Cow::Owned(frames.to_string()))),
            self.idempotent.then_some((attribute::IDEMPOTENT, Cow::Borrowed("true"))),
        ];
        let extensions =
            self.extensions.iter().map(|(name, value)| (name.as_str(), Cow::Borrowed(value.as_str())));
        known.into_iter().flatten().filter(|(_, value)| !value.is_empty()).chain(extensions)
    }

    /// The trace parent, also of a message that starts a trace.
    pub(crate) fn trace(&self) -> Option<TraceParent> {
        self.trace_parent.or_else(|| TraceParent::starting(self.id.uuid()?))
    }

    /// Sets one attribute from the wire. A known attribute with an invalid value is kept as an extension, so that no
    /// message is lost because of an invalid attribute.
    pub fn set_attribute(&mut self, name: &str, value: &str) {
        match name {
            attribute::SPEC_VERSION => {}
            attribute::ID if !value.is_empty() => self.id = value.into(),
            attribute::SOURCE => self.source = value.into(),
            attribute::TYPE => self.kind = value.into(),
            attribute::DATA_CONTENT_TYPE => self.content_type = Some(value.into()),
            attribute::DATA_SCHEMA => self.data_schema = Some(value.into()),
            attribute::TRACE_STATE => self.trace_state = Some(value.into()),
            attribute::PARTITION_KEY => self.partition_key = Some(value.into()),
            _ => self.set_parsed_attribute(name, value),
        }
    }

    fn set_parsed_attribute(&mut self, name: &str, value: &str) {
        let understood = match name {
            attribute::TIME => value.parse().map(|time| self.time = Some(time)).is_ok(),
            attribute::TRACE_PARENT => value.parse().map(|parent| self.trace_parent = Some(parent)).is_ok(),
            attribute::EXPIRES_IN => {
                value.parse().map(|ms| self.expires_in = Some(Duration::from_millis(ms))).is_ok()
            }
            attribute::IDEMPOTENT => value.parse().map(|value| self.idempotent = value).is_ok(),
            attribute::CREDIT => value.parse().map(|frames| self.credit = Some(frames)).is_ok(),
            _ => false,
        };
        if !understood {
            self.extensions.insert(name.to_owned(), value.to_owned());
        }
    }

    /// The size of the attributes, in bytes: the names and values of [`Envelope::attributes`].
    #[must_use]
    pub fn attributes_len(&self) -> usize {
        /// The lengths of the names and the longest values of these attributes.
        const TIME: usize = attribute::TIME.len() + 30;
        const TRACE_PARENT: usize = attribute::TRACE_PARENT.len() + 55;
        const EXPIRES_IN: usize = attribute::EXPIRES_IN.len() + 10;
        const CREDIT: usize = attribute::CREDIT.len() + 10;
        const IDEMPOTENT: usize = attribute::IDEMPOTENT.len() + 4;
        let known = [
            (attribute::ID.len(), self.id.len()),
            (attribute::SOURCE.len(), self.source.len()),
            (attribute::TYPE.len(), self.kind.len()),
        ];
        let optional = [
            (attribute::DATA_CONTENT_TYPE, &self.content_type),
            (attribute::DATA_SCHEMA, &self.data_schema),
            (attribute::TRACE_STATE, &self.trace_state),
            (attribute::PARTITION_KEY, &self.partition_key),
        ];
        let optional = optional.iter().filter_map(|(name, value)| Some(name.len() + value.as_deref()?.len()));
        let fixed = [
            self.time.map(|_| TIME),
            self.trace_parent.map(|_| TRACE_PARENT),
            self.expires_in.map(|_| EXPIRES_IN),
            self.credit.map(|_| CREDIT),
            self.idempotent.then_some(IDEMPOTENT),
        ];
        known.iter().map(|(name, value)| name + value).sum::<usize>()
            + optional.sum::<usize>()
            + fixed.iter().flatten().sum::<usize>()
            + self.extensions.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>()
    }

    /// The size of the message, in bytes: payload and attributes. Size limits are compared with this number on every
    /// broker. It does not include what the broker's encoding adds.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        self.attributes_len() + self.data.len()
    }

    /// Whether the media type of the payload is JSON: `application/json`, any `+json`, or not set.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.content_type.as_deref().is_none_or(|content_type| {
            let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            media_type == "application/json" || media_type.ends_with("+json")
        })
    }
}

/// Prints the attributes and only the length of the payload, which may contain passwords and addresses.
impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (name, value) in self.attributes() {
            map.entry(&name, &value);
        }
        map.entry(&"data", &format_args!("{} bytes", self.data.len())).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Envelope {
        let mut envelope = Envelope::new("auth", "user.get", "{}");
        for (name, value) in [
            (attribute::DATA_CONTENT_TYPE, "application/json"),
            (attribute::DATA_SCHEMA, "urn:lessmq:user:1.0.0:00"),
            (attribute::TRACE_PARENT, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
            (attribute::TRACE_STATE, "vendor=1"),
            (attribute::PARTITION_KEY, "42"),
            (attribute::EXPIRES_IN, "1500"),
            (attribute::CREDIT, "8"),
            ("tenant", "acme"),
        ] {
            envelope.set_attribute(name, value);
        }
        envelope
    }

    #[test]
    fn attributes_survive_the_wire() {
        let sent = full();
        let mut received = Envelope::bare(sent.data.clone());
        for (name, value) in sent.attributes() {
            received.set_attribute(name, &value);
        }
        assert_eq!(received, sent);
    }

    #[test]
    fn an_attribute_with_an_invalid_value_is_kept() {
        let mut envelope = Envelope::bare("");
        envelope.set_attribute(attribute::TIME, "yesterday");
        assert_eq!(envelope.time, None);
        assert_eq!(envelope.extensions[attribute::TIME], "yesterday");
        envelope.set_attribute(attribute::TRACE_PARENT, "rubbish");
        assert_eq!(envelope.trace_parent, None);
        assert_eq!(envelope.extensions[attribute::TRACE_PARENT], "rubbish");
    }

    #[test]
    fn an_encoded_length_counts_names_and_values() {
        let envelope = full();
        let attributes: usize = envelope.attributes().map(|(name, value)| name.len() + value.len()).sum();
        let counted = envelope.attributes_len();
        // Numbers and times count with the length of their longest text.
        assert!((attributes..attributes + 32).contains(&counted), "{counted} for {attributes}");
        assert_eq!(envelope.encoded_len(), counted + envelope.data.len());
    }

    #[test]
    fn an_empty_id_is_replaced_by_a_new_one() {
        let mut envelope = Envelope::bare("");
        envelope.set_attribute(attribute::ID, "");
        assert_eq!(envelope.id.to_string().len(), 36);
    }

    #[test]
    fn json_is_known_by_its_media_type() {
        for (content_type, expected) in [
            ("application/json", true),
            ("application/json; charset=utf-8", true),
            ("application/vnd.shop+JSON", true),
            ("text/plain", false),
            ("application/x-protobuf", false),
        ] {
            let mut envelope = Envelope::bare("");
            envelope.content_type = Some(content_type.into());
            assert_eq!(envelope.is_json(), expected, "{content_type}");
        }
    }

    #[test]
    fn debug_hides_the_payload() {
        let envelope = Envelope::new("auth", "user.sign-in", r#"{"password":"hunter2"}"#);
        assert!(!format!("{envelope:?}").contains("hunter2"));
    }
}
