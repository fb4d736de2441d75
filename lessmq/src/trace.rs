//! W3C trace context: `00-{trace id}-{span id}-{flags}` (Trace Context, level 1, section 3.2).

use uuid::Uuid;
use uuid::fmt::Simple;

use crate::envelope::Text;

/// The `traceparent` of a message that continues `parent`, or starts a trace. The ids come from the message's id,
/// a UUIDv7: the whole of it makes a new trace id, its random end the span id.
pub(crate) fn continued(parent: Option<&str>, message_id: &str) -> Option<Text> {
    let mut digits = [0; Simple::LENGTH];
    let own = &*Uuid::try_parse(message_id).ok()?.as_simple().encode_lower(&mut digits);
    let (trace, flags) = parent.and_then(parse).unwrap_or((own, "01"));
    let mut text = [b'-'; 55];
    for (start, part) in [(0, "00"), (3, trace), (36, &own[16..]), (53, flags)] {
        text[start..start + part.len()].copy_from_slice(part.as_bytes());
    }
    std::str::from_utf8(&text).ok().map(Text::from)
}

/// The trace id and the flags of a `traceparent`; `None` for one that is malformed.
pub(crate) fn parse(trace_parent: &str) -> Option<(&str, &str)> {
    let mut parts = trace_parent.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let hex = |text: &str, length| {
        text.len() == length && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    let zero = |text: &str| text.bytes().all(|b| b == b'0');
    let whole = hex(version, 2) && version != "ff" && hex(trace, 32) && hex(span, 16) && hex(flags, 2);
    (whole && !zero(trace) && !zero(span)).then_some((trace, flags))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
    const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    #[test]
    fn a_message_continues_the_trace_of_its_parent() {
        let continued = continued(Some(PARENT), ID).unwrap();
        assert_eq!(&*continued, "00-4bf92f3577b34da6a3ce929d0e0e4736-bcceb302099a8057-00");
        assert!(parse(&continued).is_some());
    }

    #[test]
    fn a_message_without_a_parent_starts_a_trace() {
        for parent in [None, Some("rubbish"), Some("00-00000000000000000000000000000000-00f067aa0ba902b7-00")]
        {
            let started = continued(parent, ID).unwrap();
            assert_eq!(&*started, "00-01890a5dac96774bbcceb302099a8057-bcceb302099a8057-01");
        }
    }

    #[test]
    fn an_id_that_is_no_uuid_makes_no_trace() {
        assert_eq!(continued(Some(PARENT), "order-42"), None);
    }
}
