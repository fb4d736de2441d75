//! A message that is ready to go.

use std::collections::BTreeMap;

use bytes::Bytes;
use tokio::time::Instant;

use super::{InterfaceClient, Method};
use crate::context::Context;
use crate::envelope::{Envelope, MessageId, Text, TraceParent, new_uuid};
use crate::error::{Error, ErrorKind, Result};
use crate::transport::Address;

/// A message and where it goes, made but not sent: what an outbox stores.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Outgoing {
    /// Where it goes.
    pub address: Address,
    /// The message.
    pub envelope: Envelope,
}

/// A message that its sender can still add to.
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

    /// The envelope of a message that is sent `now`, in the trace of the handler that runs here, if one does. It has no
    /// `time` yet.
    pub(super) fn envelope(&mut self, now: Instant, context: Option<&Context>) -> Result<Envelope> {
        check_metadata(&self.metadata)?;
        let data = std::mem::replace(&mut self.payload, Ok(Bytes::new()))?;
        let inner = &self.client.0;
        let method = &inner.methods[self.method];
        let limit = inner.bus.capabilities().max_payload;
        if data.len() > limit {
            return Err(too_large(&method.kind, data.len(), limit));
        }
        let id = new_uuid(now.into_std());
        Ok(Envelope {
            id: MessageId::of(id),
            source: inner.bus.source().clone(),
            kind: method.kind.clone(),
            content_type: None,
            data_schema: (!method.existing).then(|| inner.contract_id.clone()),
            time: None,
            trace_parent: Some(TraceParent::continuing(context.and_then(Context::trace_parent), id)),
            trace_state: context.and_then(Context::trace_state).cloned(),
            partition_key: self.partition_key.take(),
            expires_in: None,
            extensions: std::mem::take(&mut self.metadata),
            data,
        })
    }
}

pub(crate) fn too_large(what: &str, length: usize, limit: usize) -> Error {
    Error::new(ErrorKind::TooLarge, format!("`{what}` has {length} bytes, and the broker takes {limit}"))
        .with_hint("store what is large elsewhere and send where it is")
}

/// CloudEvents 1.0.2, naming conventions: attribute names are of lower-case letters and digits.
fn check_metadata(metadata: &BTreeMap<String, String>) -> Result<()> {
    let well_formed =
        |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let reserved = |name: &str| crate::envelope::attribute::ALL.contains(&name);
    match metadata.keys().find(|name| !well_formed(name) || reserved(name)) {
        None => Ok(()),
        Some(name) => {
            Err(Error::new(ErrorKind::Config, format!("`{}` cannot name metadata", name.escape_debug()))
                .with_hint("use lower-case letters and digits, and none of the names of CloudEvents"))
        }
    }
}
