//! Contracts as JSON documents.

use std::collections::HashSet;

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
    /// version knows; `Config` when a name in it is none, or two methods have one name.
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
        contract.check_method_names()?;
        Ok(contract)
    }

    fn check_method_names(&self) -> Result<()> {
        let mut seen = HashSet::new();
        for name in self.method_names() {
            let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if !name.chars().all(is_part) || !name.starts_with(|c: char| !c.is_ascii_digit()) {
                let context =
                    format!("method `{}` of service `{}` is not a name", name.escape_debug(), self.service);
                return Err(Error::new(ErrorKind::Config, context).with_hint(
                    "a method's name starts with a letter or `_`, and goes on with letters, digits and `_`",
                ));
            }
            if !seen.insert(name) {
                let context = format!("service `{}` has two methods `{name}`", self.service);
                return Err(Error::new(ErrorKind::Config, context)
                    .with_hint("give its calls, commands and events different names"));
            }
        }
        Ok(())
    }
}
