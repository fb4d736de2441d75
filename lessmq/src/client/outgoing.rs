//! A message that is not sent yet.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::time::Instant;
use tracing::Span;

use super::{InterfaceClient, Method};
use crate::context::Context;
use crate::envelope::{Envelope, MessageId, Text, new_uuid};
use crate::error::{Error, ErrorKind, Result};
use crate::telemetry::{self, spans};

/// A message that is not sent yet, so that metadata and a partition key can be added.
pub(super) struct Unsent {
    pub(super) client: InterfaceClient,
    method: usize,
    payload: Result<Bytes>,
    metadata: BTreeMap<String, String>,
    partition_key: Option<Text>,
}

impl Unsent {
    pub(super) fn new(client: InterfaceClient, method: usize, payload: Result<Bytes>) -> Self {
        Self { client, method, payload, metadata: BTreeMap::new(), partition_key: None }
    }

    pub(super) fn method(&self) -> &Method {
        &self.client.0.methods[self.method]
    }

    pub(super) fn add_metadata(&mut self, name: &str, value: &str) {
        self.metadata.insert(name.to_owned(), value.to_owned());
    }

    pub(super) fn set_partition_key(&mut self, key: &str) {
        self.partition_key = Some(key.into());
    }

    /// The envelope of a message that `span` sends `now`: in the trace of the span. If no trace records the span, the
    /// message has the trace parent of the message that is handled here, because its receiver would look in vain for any
    /// other. A call has a deadline, any other message has a time.
    pub(super) fn envelope(
        &mut self,
        now: Instant,
        deadline: Option<Instant>,
        context: Option<&Context>,
        span: &Span,
    ) -> Result<Arc<Envelope>> {
        check_metadata(&self.metadata)?;
        let data = std::mem::replace(&mut self.payload, Ok(Bytes::new()))?;
        let inner = &self.client.0;
        let method = &inner.methods[self.method];
        let uuid = new_uuid(now.into_std());
        let id = MessageId::of(uuid);
        spans::sends(span, &id);
        let (trace_parent, trace_state) = match telemetry::trace_of(span) {
            Some((parent, state)) => (Some(parent), state),
            None => {
                (context.and_then(Context::trace_parent), context.and_then(Context::trace_state).cloned())
            }
        };
        Ok(Arc::new(Envelope {
            id,
            source: inner.bus.source().clone(),
            kind: method.kind.clone(),
            content_type: None,
            data_schema: (!method.destination.is_external()).then(|| inner.contract_id.clone()),
            time: deadline.is_none().then(Timestamp::now),
            trace_parent,
            trace_state,
            partition_key: self.partition_key.take(),
            expires_in: deadline.map(|deadline| deadline.saturating_duration_since(now)),
            credit: None,
            idempotent: method.idempotent,
            extensions: std::mem::take(&mut self.metadata),
            data,
        }))
    }

    /// Adds the method to an error of the driver, if the message is the cause.
    pub(super) fn explain(&self, error: Error) -> Error {
        match error.kind() {
            ErrorKind::TooLarge => error.about(&format!("`{}`", self.method().kind)),
            _ => error,
        }
    }
}

/// CloudEvents 1.0.2, naming conventions: attribute names consist of lower-case letters and digits.
fn check_metadata(metadata: &BTreeMap<String, String>) -> Result<()> {
    let well_formed =
        |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let reserved = |name: &str| crate::envelope::attribute::ALL.contains(&name);
    match metadata.keys().find(|name| !well_formed(name) || reserved(name)) {
        None => Ok(()),
        Some(name) => {
            Err(Error::new(ErrorKind::Config, format!("invalid metadata name `{}`", name.escape_debug()))
                .with_hint("use lower-case letters and digits, and no name that CloudEvents defines"))
        }
    }
}
