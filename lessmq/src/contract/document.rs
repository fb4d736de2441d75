//! Contracts as JSON documents.

use std::borrow::Cow;

use serde_path_to_error::Segment;

use super::format::unsupported_format;
use super::{Contract, SchemaFault, schema};
use crate::compat::options::Draft;
use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::name::{MethodName, Name};

/// The JSON Schema of the contract format itself.
pub const DOCUMENT_SCHEMA: &str = include_str!("contract.schema.json");

/// The size limit of contract documents, in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 16 * 1024 * 1024;

impl Contract {
    /// The document: indented JSON that ends in a line feed. Equal contracts have equal documents.
    ///
    /// # Panics
    /// Never: every contract has a JSON form.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("every contract has a JSON form");
        text.push('\n');
        text
    }

    /// Reads a document of format `1` or `2`. Unknown fields are ignored.
    ///
    /// # Errors
    /// `Decode` if the document is larger than [`MAX_DOCUMENT_BYTES`], is not JSON, has a format that this version does
    /// not read, does not match its format, or has an invalid or duplicated name.
    pub fn from_json(document: &[u8]) -> Result<Self> {
        if document.len() > MAX_DOCUMENT_BYTES {
            let context = format!("contract document is larger than {MAX_DOCUMENT_BYTES} bytes");
            return Err(document_error(context)
                .with_hint("check that this is a contract document, as `lessmq-cli contract` writes it"));
        }
        let contract: Self =
            serde_json::from_slice(document).map_err(|error| match unsupported_format(document) {
                Some(unsupported) => document_error(unsupported)
                    .with_hint("a newer version wrote the document: upgrade LessMQ"),
                None => document_error("this is not a contract document")
                    .with_source(with_place(document, error))
                    .with_hint("write a contract document with `lessmq-cli contract`"),
            })?;
        if let Some(number) = inexact_number(document) {
            return Err(document_error(format!("number `{number}` cannot be represented exactly")).with_hint(
                "use an integer of at most 64 bits, or a number that is not read as zero; it may be a bound, a constant or a \
                 default",
            ));
        }
        if let Err(error) = Name::parse("service", &contract.service) {
            let hint = error.hint().unwrap_or_default().to_owned();
            return Err(document_error(error.to_string()).with_hint(hint));
        }
        contract.check_method_names()?;
        Ok(contract)
    }

    /// Checks that every schema of every message is a valid JSON Schema.
    ///
    /// # Errors
    /// `Decode`, with JSON pointers into the document that [`to_json`](Self::to_json) writes and with what was expected
    /// there.
    pub fn check_schemas(&self) -> Result<()> {
        let mut faults = Vec::new();
        for sent in self.messages() {
            let (pointer, message) = (sent.pointer(), sent.message);
            let sides = [("writes", &message.writes), ("reads", &message.reads)];
            let sides = match message.writes == message.reads {
                true => &[("schema", &message.writes)][..],
                false => &sides,
            };
            for (side, schema) in sides {
                for fault in super::faults(schema, Draft::default()) {
                    faults
                        .push(SchemaFault { pointer: format!("{pointer}/{side}{}", fault.pointer), ..fault });
                }
            }
        }
        match super::faults::listed(&faults) {
            None => Ok(()),
            Some(places) => Err(document_error("the contract has an invalid JSON Schema")
                .with_source(places)
                .with_hint("correct the schemas: they must be valid JSON Schema, draft 2020-12")),
        }
    }

    fn check_method_names(&self) -> Result<()> {
        for name in self.methods.keys() {
            if let Err(error) = MethodName::parse("method", name) {
                let hint = error.hint().unwrap_or_default().to_owned();
                let context = format!("service `{}` has an {error}", self.service);
                return Err(document_error(context).with_hint(hint));
            }
        }
        match self.same_in_code() {
            None => Ok(()),
            Some((context, hint)) => Err(document_error(context).with_hint(hint)),
        }
    }
}

fn document_error(context: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Decode, context)
}

/// Why a document cannot be read, with the place as a JSON pointer.
fn with_place(document: &[u8], error: serde_json::Error) -> BoxError {
    if document.trim_ascii_start().starts_with(b"[") {
        // serde would take a list for the fields in their order.
        return "at the top: expected an object, found a list".into();
    }
    if !error.is_data() {
        // The text is not JSON, so there is nothing to point into.
        return error.into();
    }
    let deserializer = &mut serde_json::Deserializer::from_slice(document);
    let Err(located) = serde_path_to_error::deserialize::<_, Contract>(deserializer) else {
        return error.into();
    };
    let pointer = located.path().iter().fold(String::new(), |pointer, step| match step {
        Segment::Map { key } => schema::join(&pointer, key),
        Segment::Seq { index } => schema::join(&pointer, &index.to_string()),
        Segment::Enum { variant } => schema::join(&pointer, variant),
        Segment::Unknown => pointer,
    });
    let expected =
        if pointer == "/version" { "expected a version of three numbers such as 1.2.0: " } else { "" };
    format!("{}: {expected}{error}", super::faults::place(&pointer)).into()
}

/// The first number in a JSON text that cannot be represented: an integer of more than 64 bits, or a number that is so small
/// that it is read as zero. A comparison would be wrong. Other fractions are compared as the `f64` that Rust reads.
#[doc(hidden)] // for lessmq-cli
#[must_use]
pub fn inexact_number(text: &[u8]) -> Option<String> {
    let (mut at, mut in_string) = (0, false);
    while let Some(&byte) = text.get(at) {
        at += 1;
        match byte {
            b'\\' if in_string => at += 1,
            b'"' => in_string = !in_string,
            b'-' | b'0'..=b'9' if !in_string => {
                let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
                let length = text[at..].iter().take_while(|byte| is_part(byte)).count();
                let literal = std::str::from_utf8(&text[at - 1..at + length]).ok()?;
                at += length;
                let is_exact = match literal.split_once(['e', 'E']) {
                    None if !literal.contains('.') => {
                        literal.parse::<u64>().is_ok() || literal.parse::<i64>().is_ok()
                    }
                    parts => {
                        let digits = parts.map_or(literal, |(digits, _)| digits);
                        literal.parse() != Ok(0.0) || !digits.contains(|digit| ('1'..='9').contains(&digit))
                    }
                };
                if !is_exact {
                    return Some(literal.to_owned());
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::inexact_number;

    #[test]
    fn numbers_that_are_read_as_others_are_found_outside_strings() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(inexact_number(text.as_bytes()).as_deref(), expected, "{text}");
        };
        check(r#"{"maximum": 18446744073709551616}"#, Some("18446744073709551616"));
        check(r#"[-9223372036854775809]"#, Some("-9223372036854775809"));
        check(r#"{"minimum": -1.5e-400}"#, Some("-1.5e-400"));
        check(r#"[18446744073709551615, -9223372036854775808, 1e300, 0.5, 5e-324, 0.0, -0e-400]"#, None);
        check(r#"{"a\"18446744073709551616": "18446744073709551616"}"#, None);
    }

    #[test]
    fn a_contract_with_an_integer_of_more_than_64_bits_is_rejected() {
        let document = br#"{"lessmq": "1", "service": "shop", "version": "1.0.0",
            "events": {"sold": {"payload": {"schema": {"maximum": 18446744073709551617}}}}}"#;
        let error = super::Contract::from_json(document).expect_err("it is rejected");
        assert!(error.to_string().contains("18446744073709551617"), "{error}");
    }
}
