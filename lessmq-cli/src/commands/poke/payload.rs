//! What is sent: JSON from the command line, checked against the contract.

use std::path::Path;

use lessmq::compat::{self, Options, Reading, undeclared_fields};
use lessmq::contract::{Message, Method, Role};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::address::Target;
use crate::comparison;
use crate::input::{self, Kind};
use crate::report::{Error, Result};

/// The payload of a method without arguments.
const EMPTY: &str = "{}";
/// The largest payload that is read. Brokers have their own, lower limits.
const MAX_PAYLOAD_BYTES: usize = 64 * 1024 * 1024;
/// The longest example in a hint.
const MAX_EXAMPLE_BYTES: usize = 400;
/// How many mistakes an error lists at most.
const MAX_LISTED_MISTAKES: usize = 10;

const PAYLOAD: Kind = Kind {
    name: "payload",
    directory_hint: "give a file with a JSON value",
    missing_hint: "check the path; a payload that starts with `@` is the name of a file",
};

/// A payload: sent as it is written, so that numbers and the order of fields stay the same.
#[derive(Debug)]
pub(super) struct Payload {
    pub(super) text: Box<RawValue>,
    value: Value,
}

impl Payload {
    /// Reads an argument: JSON, `@FILE`, or `-` for standard input. Without one, the payload is an empty object.
    pub(super) fn read(argument: Option<&str>) -> Result<Self> {
        let (name, text) = match argument {
            None => return Self::parse("payload", EMPTY.to_owned()),
            Some("-") => ("standard input".to_owned(), read_file("-")?),
            Some(argument) => match argument.strip_prefix('@') {
                Some(path) => (path.to_owned(), read_file(path)?),
                None => ("payload".to_owned(), argument.to_owned()),
            },
        };
        Self::parse(&name, text)
    }

    fn parse(name: &str, text: String) -> Result<Self> {
        let invalid = |error: serde_json::Error| {
            Error::new(format!("the {name} is not JSON"))
                .because(error)
                .hint(r#"quote it for the shell, such as '{"id": 7}'; @FILE reads a file, and - reads standard input"#)
        };
        let value = serde_json::from_str(&text).map_err(invalid)?;
        let text = RawValue::from_string(text).map_err(invalid)?;
        Ok(Self { text, value })
    }

    /// Checks the payload of a method: whether its receiver can read it, and reads all of it.
    pub(super) fn check(&self, target: &Target, method: &Method) -> Result<()> {
        let Some((role, message)) = method.messages().next() else { return Ok(()) };
        // Consumers may be older than the contract, and rely on all that a publisher writes.
        let schema = if role == Role::Payload { &message.writes } else { &message.reads };
        let mut mistakes = self.mistakes(schema)?;
        if mistakes.is_empty() {
            return Ok(());
        }
        let more = mistakes.len().saturating_sub(MAX_LISTED_MISTAKES);
        mistakes.truncate(MAX_LISTED_MISTAKES);
        if more > 0 {
            mistakes.push(format!("{more} more"));
        }
        let error = Error::new(format!("the payload does not match the contract of `{target}`"));
        let error = mistakes.into_iter().fold(error, Error::because);
        Err(error.hint(match example(schema) {
            Some(example) => format!("a valid payload is '{example}'; --no-check sends yours anyway"),
            None => "--no-check sends it anyway".to_owned(),
        }))
    }

    /// What is wrong with the payload.
    fn mistakes(&self, schema: &Value) -> Result<Vec<String>> {
        let mistakes = rejections(schema, self.text.get())?;
        if !mistakes.is_empty() {
            return Ok(mistakes);
        }
        let undeclared = undeclared_fields(schema, &self.value).into_iter();
        Ok(undeclared.map(|field| format!("`{field}` is not a field of the contract")).collect())
    }
}

/// Why a schema of the contract rejects a payload; empty if it does not.
pub(super) fn rejections(schema: &Value, payload: &str) -> Result<Vec<String>> {
    let message = Message { writes: Value::Bool(true), reads: schema.clone() };
    let Err(error) = message.check_read(payload.as_bytes()) else { return Ok(Vec::new()) };
    if error.kind() == lessmq::ErrorKind::Config {
        return Err(error.into());
    }
    // The comparison explains in words why a message is rejected.
    let details = serde_json::from_str(payload).map_or_else(|_| Vec::new(), |value| explain(schema, value));
    Ok(if details.is_empty() { vec![error.to_string()] } else { details })
}

fn explain(schema: &Value, payload: Value) -> Vec<String> {
    let options = Options { reading: Reading::Strict, ..Options::default() };
    let comparison = compat::compare_schemas(&json!({"const": payload}), schema, &options);
    comparison.findings.into_iter().map(|finding| finding.detail).collect()
}

fn read_file(path: &str) -> Result<String> {
    let path = Path::new(path);
    let name = input::display_name(path);
    let bytes = input::read(&name, input::open(path, PAYLOAD)?, MAX_PAYLOAD_BYTES, PAYLOAD)?;
    if bytes.len() > MAX_PAYLOAD_BYTES {
        return Err(Error::new(format!("payload `{name}` is larger than {MAX_PAYLOAD_BYTES} bytes")));
    }
    String::from_utf8(bytes)
        .map_err(|error| Error::new(format!("payload `{name}` is not UTF-8")).because(error))
}

fn example(schema: &Value) -> Option<String> {
    let example = comparison::example(schema)?.to_string();
    (example.len() <= MAX_EXAMPLE_BYTES).then(|| example.replace('\'', r"'\''"))
}
