//! `lessmq-cli dlq show`: dead letters, with their reasons and payloads.

use std::time::Duration;

use jiff::Timestamp;
use lessmq::DeadMessage;
use lessmq::envelope::Envelope;

use super::{Target, or_explain};
use crate::live::on_bus;
use crate::report::{DeadLetterReport, DeadLettersReport, Error, Payload, Reporter, Result};

/// Shows the oldest dead letters of a source: why they were given up, and their payloads
///
/// They stay among the dead letters.
#[derive(Debug, clap::Args)]
#[command(override_usage = "lessmq-cli dlq show [OPTIONS] [URL] <SOURCE>")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) target: Target,
    /// How many to show
    #[arg(long, value_name = "N", default_value = "10")]
    limit: usize,
}

/// How long reading may take, apart from what the broker needs to answer.
const TIME: Duration = Duration::from_secs(30);

pub(crate) fn run(arguments: &Arguments, reporter: &dyn Reporter) -> Result<DeadLettersReport> {
    let Arguments { target, limit } = arguments;
    let (url, source) = target.read()?;
    on_bus(target.connection.broker(&url, reporter), TIME, |bus| async move {
        let letters = bus.dead_letters(source.clone());
        let messages = or_explain(&bus, &source, letters.look(*limit).await).await?;
        let dead = letters.status().await.ok().and_then(|status| status.waiting);
        let messages = messages.iter().map(report).collect();
        Ok::<_, Error>(DeadLettersReport { source: source.to_string(), dead, messages })
    })
}

fn report(message: &DeadMessage) -> DeadLetterReport {
    let DeadMessage { envelope, dead_letter, .. } = message;
    DeadLetterReport {
        id: envelope.id.to_string(),
        kind: envelope.kind.to_string(),
        sender: envelope.source.to_string(),
        sent_at: envelope.time.map(|time| time.to_string()),
        published_at: message
            .published_at
            .and_then(|at| Timestamp::try_from(at).ok())
            .map(|at| at.to_string()),
        reason: dead_letter.reason.as_str(),
        detail: dead_letter.detail.clone(),
        attempts: dead_letter.attempts,
        payload: payload(envelope),
        payload_bytes: envelope.data.len(),
    }
}

fn payload(envelope: &Envelope) -> Payload {
    if envelope.is_json()
        && let Ok(json) = serde_json::from_slice(&envelope.data)
    {
        return Payload::Json(json);
    }
    String::from_utf8(envelope.data.to_vec()).map_or(Payload::Binary, Payload::Text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_json_or_text_or_neither() {
        let read = |content_type: Option<&str>, data: &'static [u8]| {
            let mut envelope = Envelope::bare(data);
            envelope.content_type = content_type.map(Into::into);
            payload(&envelope)
        };
        assert_eq!(read(None, b"{\"a\":1}"), Payload::Json(serde_json::json!({ "a": 1 })));
        assert_eq!(read(None, b"{\"a\":"), Payload::Text("{\"a\":".to_owned()));
        assert_eq!(read(Some("text/plain"), b"1"), Payload::Text("1".to_owned()));
        assert_eq!(read(None, b"\xff"), Payload::Binary);
    }
}
