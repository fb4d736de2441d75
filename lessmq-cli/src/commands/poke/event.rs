//! A received event, as it is reported.

use std::collections::BTreeMap;

use jiff::Timestamp;
use lessmq::contract::Contract;
use lessmq::envelope::Envelope;
use lessmq::name::Name;
use lessmq::transport::Delivery;

use super::payload::rejections;
use crate::report::{EventPayload, EventReport};

pub(super) fn report(delivery: &Delivery, contracts: &BTreeMap<Name, Contract>) -> EventReport {
    let envelope = &delivery.envelope;
    let stored = delivery.published_at.and_then(|time| Timestamp::try_from(time).ok());
    EventReport {
        time: envelope.time.or(stored),
        method: envelope.kind.to_string(),
        id: envelope.id.to_string(),
        source: envelope.source.to_string(),
        partition_key: envelope.partition_key.as_deref().map(str::to_owned),
        metadata: envelope.extensions.clone(),
        payload: payload(envelope),
        mistake: mistake(envelope, contracts),
    }
}

fn payload(envelope: &Envelope) -> EventPayload {
    let text = String::from_utf8_lossy(&envelope.data);
    match serde_json::from_str(&text) {
        Ok(json) => EventPayload::Json(json),
        Err(_) => EventPayload::Text(text.into_owned()),
    }
}

/// What is wrong with an event.
fn mistake(envelope: &Envelope, contracts: &BTreeMap<Name, Contract>) -> Option<String> {
    let (service, method) = envelope.kind.split_once('.')?;
    let contract = contracts.iter().find(|(name, _)| name.as_str() == service)?.1;
    let Some(event) = contract.event(method) else {
        return Some(format!("`{service}` {} has no event `{method}`", contract.version));
    };
    if !envelope.is_json() {
        let content_type = envelope.content_type.as_deref().unwrap_or_default();
        return Some(format!("the payload is not JSON, but `{content_type}`"));
    }
    let Ok(text) = std::str::from_utf8(&envelope.data) else {
        return Some("the payload is not UTF-8".to_owned());
    };
    let found = rejections(&event.payload.reads, text).unwrap_or_else(|error| vec![error.message]);
    (!found.is_empty()).then(|| format!("the payload does not match the contract: {}", found.join("; ")))
}
