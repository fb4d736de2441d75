//! CloudEvents in structured mode: the attributes and the payload as one JSON document, for brokers with little room
//! for attributes.
//!
//! Source: [JSON event format, 1.0.2](https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md).

use std::collections::BTreeMap;

use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine, alphabet};
use bytes::Bytes;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::message::LeasedMessage;
use crate::envelope::attribute;

/// The media type of what [`encode`] returns.
pub const CONTENT_TYPE: &str = "application/cloudevents+json";

/// Base64 as RFC 4648, section 4, defines it: written with padding, and read with padding or without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Writes a CloudEvent as JSON, and returns the attributes that are not part of it, for the broker to carry. A JSON
/// payload is written unchanged, and any other payload in base64. A message that is not a CloudEvent is returned
/// unchanged.
#[must_use]
pub fn encode(message: &LeasedMessage) -> (Bytes, BTreeMap<String, String>) {
    if !message.attributes.contains_key(attribute::SPEC_VERSION) {
        return (message.body.clone(), message.attributes.clone());
    }
    let (event, rest): (BTreeMap<_, _>, BTreeMap<_, _>) =
        message.attributes.clone().into_iter().partition(|(name, _)| is_event_attribute(name));
    let mut text = String::with_capacity(message.len() + message.len() / 2);
    text.push('{');
    for (name, value) in &event {
        // The names need no escaping: they consist of lower-case letters and digits.
        text.push_str(&format!("\"{name}\":{},", serde_json::Value::from(value.as_str())));
    }
    let content_type = message.attributes.get(attribute::DATA_CONTENT_TYPE);
    match verbatim(&message.body, content_type.map(String::as_str)) {
        Some(json) => text.push_str(&format!("\"data\":{json}}}")),
        None => text.push_str(&format!("\"data_base64\":\"{}\"}}", BASE64.encode(&message.body))),
    }
    (text.into(), rest)
}

/// Reads a CloudEvent that [`encode`] or another program wrote: the payload and the attributes. `None` if it is not a
/// CloudEvent.
#[must_use]
pub fn decode(body: &[u8]) -> Option<(Bytes, BTreeMap<String, String>)> {
    let members: BTreeMap<String, &RawValue> = serde_json::from_slice(body).ok()?;
    members.get(attribute::SPEC_VERSION)?;
    let (mut attributes, mut payload, mut written) = (BTreeMap::new(), Bytes::new(), None);
    for (name, value) in members {
        let value = value.get();
        match name.as_str() {
            "data" => written = Some(value),
            "data_base64" => payload = from_base64(&serde_json::from_str::<String>(value).ok()?)?.into(),
            _ => {
                _ = attributes.insert(name, serde_json::from_str(value).unwrap_or_else(|_| value.to_owned()))
            }
        }
    }
    if let Some(json) = written {
        // A payload that is not JSON may be written as a string.
        let text = (!is_json(attributes.get(attribute::DATA_CONTENT_TYPE).map(String::as_str)))
            .then(|| serde_json::from_str::<String>(json).ok())
            .flatten();
        payload = text.map_or_else(|| Bytes::copy_from_slice(json.as_bytes()), Bytes::from);
    }
    Some((payload, attributes))
}

/// Reads base64, whatever its padding; `None` if it is not valid.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text.trim_end_matches('=')).ok()
}

fn is_event_attribute(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) && name != "data"
}

/// The payload as part of a JSON document, if its bytes survive that.
fn verbatim<'a>(body: &'a [u8], content_type: Option<&str>) -> Option<&'a str> {
    let text = std::str::from_utf8(body).ok()?;
    let exact = text.trim_matches([' ', '\t', '\n', '\r']).len() == text.len();
    (exact && is_json(content_type) && serde_json::from_str::<IgnoredAny>(text).is_ok()).then_some(text)
}

fn is_json(content_type: Option<&str>) -> bool {
    let Some(content_type) = content_type else { return true };
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media_type == "application/json" || media_type.ends_with("+json")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "an error fails the test")]
mod tests {
    use super::*;
    use crate::envelope::Envelope;

    fn event(content_type: Option<&str>, data: &[u8]) -> LeasedMessage {
        let mut envelope = Envelope::new("auth", "user.made", Bytes::copy_from_slice(data));
        envelope.content_type = content_type.map(Into::into);
        envelope.set_attribute("tenant", "Zoë \"山田\" \\ 🦀\u{1}");
        LeasedMessage::from_envelope(&envelope, false, false).with("lessmq-reply-to", "shop_replies")
    }

    fn check_round_trip(content_type: Option<&str>, data: &[u8], verbatim: bool) {
        let sent = event(content_type, data);
        let (body, rest) = encode(&sent);
        assert_eq!(rest.keys().collect::<Vec<_>>(), ["lessmq-reply-to"]);
        let document: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(document.get("data").is_some(), verbatim, "{document}");
        let (payload, mut attributes) = decode(&body).unwrap();
        attributes.extend(rest);
        assert_eq!((payload, attributes), (sent.body, sent.attributes));
    }

    #[test]
    fn json_is_written_as_it_is_and_everything_else_in_base64() {
        for data in ["{\"a\": [1.0, 1e3,  \"é\"]}", "null", "\"text\"", "12345678901234567890.10"] {
            check_round_trip(None, data.as_bytes(), true);
            check_round_trip(Some("application/vnd.shop+json; charset=utf-8"), data.as_bytes(), true);
            check_round_trip(Some("text/plain"), data.as_bytes(), false);
        }
        let bytes: Vec<u8> = (0..=u8::MAX).collect();
        for data in [&b""[..], b" 1", b"1\n", b"0123", b"{} {}", b"\"\xff\"", &bytes] {
            check_round_trip(None, data, false);
        }
    }

    #[test]
    fn a_message_that_is_not_an_event_stays_as_it_is() {
        let envelope = Envelope::new("auth", "user.made", "[1]");
        let message = LeasedMessage::from_envelope(&envelope, true, false);
        assert_eq!(encode(&message), (message.body.clone(), message.attributes.clone()));
        for body in ["[1]", "{\"a\":1}", "", "\u{fffd}"] {
            assert_eq!(decode(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn events_of_others_are_read() {
        let written_by_others =
            r#"{ "data" : "hi", "datacontenttype": "text/plain", "specversion":"1.0", "count": 3 }"#;
        let (payload, attributes) = decode(written_by_others.as_bytes()).unwrap();
        assert_eq!((&payload[..], attributes["count"].as_str()), (&b"hi"[..], "3"));
    }
    /// RFC 4648, section 10.
    #[test]
    fn the_vectors_of_the_rfc_hold() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(BASE64.encode(bytes), text);
            assert_eq!(from_base64(text).as_deref(), Some(bytes.as_bytes()));
            assert_eq!(from_base64(text.trim_end_matches('=')).as_deref(), Some(bytes.as_bytes()));
        }
    }

    #[test]
    fn text_that_is_not_base64_is_rejected() {
        for text in ["Z", "Zg=a", "Z g=", "Zm9v-A=="] {
            assert_eq!(from_base64(text), None, "{text}");
        }
    }

    #[test]
    fn base64_with_bits_that_mean_nothing_is_read() {
        assert_eq!(from_base64("Zh==").as_deref(), Some(&b"f"[..]));
    }
}
