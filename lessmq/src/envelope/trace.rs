//! W3C trace context (Trace Context, level 1, section 3.2).

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;
use uuid::fmt::Simple;

/// A W3C `traceparent`: the trace of a message, and the span that sent it.
///
/// ```
/// use lessmq::envelope::TraceParent;
///
/// let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// let trace_parent: TraceParent = text.parse().expect("it is well-formed");
/// assert_eq!(trace_parent.to_string(), text);
/// assert!("00-0-0-01".parse::<TraceParent>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceParent {
    trace: u128,
    span: u64,
    flags: u8,
}

/// The flag of a recorded trace.
const SAMPLED: u8 = 1;

impl TraceParent {
    /// The trace parent of a message that starts a trace. The ids come from the message's id, a UUIDv7: the whole id is
    /// the id of the trace, and its random end is the span id. So it is not sent.
    pub(crate) fn starting(message: Uuid) -> Option<Self> {
        Self::new(message.as_u128(), message.as_u64_pair().1, SAMPLED)
    }

    /// The `traceparent` of a message that the span `span_id` sends. `None` if one of the ids is zero.
    #[must_use]
    pub fn new(trace_id: u128, span_id: u64, flags: u8) -> Option<Self> {
        (trace_id != 0 && span_id != 0).then_some(Self { trace: trace_id, span: span_id, flags })
    }

    /// The id of the trace, which is never zero.
    #[must_use]
    pub fn trace_id(&self) -> u128 {
        self.trace
    }

    /// The id of the span that sent the message, which is never zero.
    #[must_use]
    pub fn span_id(&self) -> u64 {
        self.span
    }

    /// The W3C `trace-flags`. The lowest bit says that the trace is recorded.
    #[must_use]
    pub fn flags(&self) -> u8 {
        self.flags
    }
}

/// Writes version 00, without additional parts of later versions.
impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut trace, mut span) = ([0; Simple::LENGTH], [0; Simple::LENGTH]);
        let trace = Uuid::from_u128(self.trace).as_simple().encode_lower(&mut trace);
        let span = &Uuid::from_u128(self.span.into()).as_simple().encode_lower(&mut span)[16..];
        write!(f, "00-{trace}-{span}-{:02x}", self.flags)
    }
}

impl fmt::Debug for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for TraceParent {
    type Err = MalformedTraceParent;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or(MalformedTraceParent)
    }
}

/// A text is not a W3C `traceparent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MalformedTraceParent;

impl fmt::Display for MalformedTraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a traceparent is `00-{32 hexadecimal digits}-{16}-{2}`, in lower case and not all zero")
    }
}

impl std::error::Error for MalformedTraceParent {}

/// A later version may have more parts.
fn parse(text: &str) -> Option<TraceParent> {
    let mut parts = text.split('-');
    let mut next = |length: usize| {
        let digits = parts.next().filter(|part| part.len() == length)?;
        let lower_case = digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if lower_case { u128::from_str_radix(digits, 16).ok() } else { None }
    };
    let (version, trace, span, flags) = (next(2)?, next(32)?, next(16)?, next(2)?);
    if version == 0xff {
        return None;
    }
    TraceParent::new(trace, u64::try_from(span).ok()?, u8::try_from(flags).ok()?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "an error fails the test")]
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
    const ID: Uuid = Uuid::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_099a_8057);

    #[test]
    fn a_message_without_a_parent_starts_a_trace() {
        let started = TraceParent::starting(ID).unwrap();
        assert_eq!(started.to_string(), "00-01890a5dac96774bbcceb302099a8057-bcceb302099a8057-01");
    }

    #[test]
    fn malformed_trace_parents_are_refused() {
        for text in [
            "",
            "rubbish",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-00",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-00",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
        ] {
            assert_eq!(text.parse::<TraceParent>(), Err(MalformedTraceParent), "{text}");
        }
        let later = PARENT.replacen("00", "01", 1) + "-more";
        assert_eq!(later.parse::<TraceParent>().unwrap().to_string(), PARENT);
    }
}
