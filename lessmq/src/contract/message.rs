//! A message: what is written and what is read.

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::{aliases, faults};
use crate::compat::options::{Draft, Formats};
use crate::compat::validator::{Rejection, Validator};
use crate::error::{Error, ErrorKind, Result};

/// The shape of one message, as its typed sender writes it and as its typed receiver reads it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Read")]
pub struct Message {
    /// JSON Schema (draft 2020-12) of what a typed sender may write.
    pub writes: Value,
    /// JSON Schema (draft 2020-12) of what a typed receiver reads.
    pub reads: Value,
}

impl Message {
    /// The message whose payload is a `T`.
    #[must_use]
    pub fn of<T: JsonSchema>() -> Self {
        let mut writes = schema_of::<T>(SchemaSettings::draft2020_12().for_serialize());
        aliases::remove_aliases(&mut writes);
        Self { writes, reads: schema_of::<T>(SchemaSettings::draft2020_12().for_deserialize()) }
    }

    /// Checks a payload before it is sent. Formats are types, as in comparisons. Patterns that the engine does not support
    /// (back-references, `\b`, `\p`) accept every string.
    ///
    /// # Errors
    /// `Decode` if the payload is not JSON or does not match the schema. The error names every place. `Config` if the
    /// schema is invalid.
    pub fn check_written(&self, payload: &[u8]) -> Result<()> {
        check(&self.writes, payload)
    }

    /// Checks a received payload. Fields and variants may have the aliases that `#[lessmq::reads]` has written into the
    /// schema.
    ///
    /// # Errors
    /// See [`Message::check_written`].
    pub fn check_read(&self, payload: &[u8]) -> Result<()> {
        check(&aliases::expand_aliases(&self.reads), payload)
    }
}

impl Message {
    /// The format that a received value does not have. `None` if it has none of several, or if nothing is wrong with a format.
    pub(crate) fn rejected_format(&self, value: &Value) -> Option<String> {
        let mut validator = Validator::new(&self.reads, Draft::default(), Formats::Assert).ok()?;
        let rejections = validator.rejections(value);
        let mut formats = rejections.iter().filter_map(|place| format_at(&self.reads, &place.schema));
        let first = formats.next()?;
        formats.all(|format| format == first).then(|| first.to_owned())
    }
}

/// The format that a JSON pointer into a schema leads to. `None` if it leads to another keyword.
fn format_at<'s>(schema: &'s Value, pointer: &str) -> Option<&'s str> {
    if pointer.ends_with("/format") { schema.pointer(pointer)?.as_str() } else { None }
}

fn schema_of<T: JsonSchema>(settings: SchemaSettings) -> Value {
    let settings = settings.with_transform(RecursiveTransform(close_empty_structs));
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.remove("$schema"); // the same for all schemas of a contract
    schema.to_value()
}

/// Adds empty `properties` to the schema of a struct without fields. Otherwise the schema would allow any object, and the
/// first field that is added would be reported as incompatible.
fn close_empty_structs(schema: &mut Schema) {
    let has = |keyword| schema.get(keyword).is_some();
    let is_object = schema.get("type").is_some_and(|kind| kind == "object");
    if is_object && !["properties", "additionalProperties", "patternProperties", "$ref"].into_iter().any(has)
    {
        schema.insert("properties".to_owned(), serde_json::Map::new().into());
    }
}

fn check(schema: &Value, payload: &[u8]) -> Result<()> {
    let value: Value = crate::payload::decode(payload)?;
    let invalid = |reason: String| {
        Error::new(ErrorKind::Config, "the contract has an invalid JSON Schema").with_source(reason)
    };
    if let Some(listed) = faults::listed(&faults::faults(schema, Draft::default())) {
        return Err(invalid(listed));
    }
    let mut validator = Validator::new(schema, Draft::default(), Formats::Assert).map_err(invalid)?;
    validator.check_texts().map_err(invalid)?;
    // The error has no values, because they may be secrets.
    let rejections = validator.rejections(&value);
    let described = |place: &Rejection| {
        let what = format_at(schema, &place.schema).map(|format| format!(": not a `{format}`"));
        format!("at `{}`: `{}`{}", place.instance, place.schema, what.unwrap_or_default())
    };
    let places: Vec<String> = rejections.iter().map(described).collect();
    if places.is_empty() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Decode, format!("payload does not match the contract {}", places.join(", "))))
}

/// One schema if both sides agree, which is the usual case, else both.
#[derive(Deserialize)]
struct Read {
    schema: Option<Value>,
    writes: Option<Value>,
    reads: Option<Value>,
}

impl TryFrom<Read> for Message {
    type Error = &'static str;

    fn try_from(message: Read) -> std::result::Result<Self, Self::Error> {
        match (message.schema, message.writes, message.reads) {
            (Some(schema), None, None) => Ok(Self { writes: schema.clone(), reads: schema }),
            (None, Some(writes), Some(reads)) => Ok(Self { writes, reads }),
            _ => Err("a message has either `schema`, or `writes` and `reads`"),
        }
    }
}

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(None)?;
        if self.writes == self.reads {
            out.serialize_entry("schema", &self.writes)?;
        } else {
            out.serialize_entry("writes", &self.writes)?;
            out.serialize_entry("reads", &self.reads)?;
        }
        out.end()
    }
}
