//! Contracts as JSON documents.

use super::Contract;
use crate::error::{Error, ErrorKind, Result};
use crate::name::check_name;

/// The JSON Schema of the contract format itself.
pub const DOCUMENT_SCHEMA: &str = include_str!("contract.schema.json");

/// The largest contract document that is read, in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 16 * 1024 * 1024;

impl Contract {
    /// The document, indented, with a line feed at its end. The same contract always makes the same text.
    ///
    /// # Panics
    /// Never: a contract is made of JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a contract is made of JSON");
        text.push('\n');
        text
    }

    /// Reads a document.
    ///
    /// # Errors
    /// `Decode` when it is larger than [`MAX_DOCUMENT_BYTES`], not JSON, or not a contract of a format that this
    /// version knows.
    pub fn from_json(document: &[u8]) -> Result<Self> {
        let broken = |context: &'static str| Error::new(ErrorKind::Decode, context);
        if document.len() > MAX_DOCUMENT_BYTES {
            return Err(broken("the contract document is too large")
                .with_hint(format!("a contract has at most {MAX_DOCUMENT_BYTES} bytes")));
        }
        let contract: Self = serde_json::from_slice(document).map_err(|error| {
            broken("this is not a contract document")
                .with_source(error)
                .with_hint("`lessmq-cli contract` writes one")
        })?;
        check_name("service", &contract.service)?;
        Ok(contract)
    }
}
