//! The layouts of a contract's document.
//!
//! Format `2` has one map of methods, each with its kind. Format `1` had a map for each kind: `calls`, `commands` and
//! `events`. Both are read, and `2` is written. Fields that are not known are ignored, so that an older program reads
//! what a newer one wrote within a format.

use std::collections::BTreeMap;

use semver::Version;
use serde::de::Error as _;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Call, Command, Contract, Docs, Event, Message, Method, MethodKind};

/// The format that is written.
const WRITTEN: &str = "2";

/// A format that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    V1,
    V2,
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| D::Error::custom(unsupported(&name)))
    }
}

impl Format {
    fn named(name: &str) -> Option<Self> {
        match name {
            "1" => Some(Self::V1),
            WRITTEN => Some(Self::V2),
            _ => None,
        }
    }
}

fn unsupported(format: &str) -> String {
    format!("unsupported contract format `{}`: this program reads `1` and `2`", format.escape_debug())
}

/// The error for a document whose format this program does not read; `None` if the format is known or there is none.
pub(super) fn unsupported_format(document: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Head {
        lessmq: serde_json::Value,
    }
    let head: Head = serde_json::from_slice(document).ok()?;
    let name = match head.lessmq {
        serde_json::Value::String(name) => name,
        serde_json::Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Format::named(&name).is_none().then(|| unsupported(&name))
}

impl Serialize for Contract {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { service, version, description, events_description, methods } = self;
        let mut out = serializer.serialize_struct("Contract", 6)?;
        out.serialize_field("lessmq", WRITTEN)?;
        out.serialize_field("service", service)?;
        out.serialize_field("version", version)?;
        match description {
            Some(description) => out.serialize_field("description", description)?,
            None => out.skip_field("description")?,
        }
        match events_description {
            Some(description) => out.serialize_field("events_description", description)?,
            None => out.skip_field("events_description")?,
        }
        out.serialize_field("methods", methods)?;
        out.end()
    }
}

/// A document as it is read.
#[derive(Deserialize)]
pub(super) struct Document {
    lessmq: Format,
    service: String,
    version: Version,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    events_description: Option<String>,
    methods: Option<BTreeMap<String, Method>>,
    calls: Option<BTreeMap<String, Call>>,
    commands: Option<BTreeMap<String, Command>>,
    events: Option<BTreeMap<String, Event>>,
}

impl TryFrom<Document> for Contract {
    type Error = String;

    fn try_from(document: Document) -> Result<Self, String> {
        let Document {
            lessmq,
            service,
            version,
            description,
            events_description,
            methods,
            calls,
            commands,
            events,
        } = document;
        let methods = match lessmq {
            Format::V2 => {
                let maps = [
                    ("calls", calls.is_some()),
                    ("commands", commands.is_some()),
                    ("events", events.is_some()),
                ];
                if let Some((map, _)) = maps.into_iter().find(|(_, is_present)| *is_present) {
                    return Err(format!("`{map}` belongs to format `1`: format `2` has one map `methods`"));
                }
                methods.ok_or("missing field `methods`")?
            }
            Format::V1 => {
                if methods.is_some() {
                    return Err(
                        "`methods` belongs to format `2`, and this document has format `1`".to_owned()
                    );
                }
                merged(calls.unwrap_or_default(), commands.unwrap_or_default(), events.unwrap_or_default())
                    .map_err(|method| format!("service `{service}` has two methods `{method}`"))?
            }
        };
        Ok(Self { service, version, description, events_description, methods })
    }
}

/// The methods of three maps; the name of a method that is in more than one.
fn merged(
    calls: BTreeMap<String, Call>,
    commands: BTreeMap<String, Command>,
    events: BTreeMap<String, Event>,
) -> Result<BTreeMap<String, Method>, String> {
    let calls = calls.into_iter().map(|(name, call)| (name, Method::Call(call)));
    let commands = commands.into_iter().map(|(name, command)| (name, Method::Command(command)));
    let events = events.into_iter().map(|(name, event)| (name, Method::Event(event)));
    let mut methods = BTreeMap::new();
    for (name, method) in calls.chain(commands).chain(events) {
        if methods.contains_key(&name) {
            return Err(name.escape_debug().to_string());
        }
        methods.insert(name, method);
    }
    Ok(methods)
}

/// The fields of all kinds of methods. Unlike an enum with a tag, it lets errors name the field they are about.
#[derive(Deserialize)]
struct Fields {
    kind: MethodKind,
    #[serde(flatten)]
    docs: Docs,
    #[serde(default)]
    idempotent: bool,
    #[serde(default)]
    ordered: bool,
    request: Option<Message>,
    reply: Option<Message>,
    error: Option<Message>,
    payload: Option<Message>,
}

impl<'de> Deserialize<'de> for Method {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Fields { kind, docs, idempotent, ordered, request, reply, error, payload } =
            Fields::deserialize(deserializer)?;
        let missing = D::Error::missing_field;
        Ok(match kind {
            MethodKind::Call => Self::Call(Call {
                docs,
                idempotent,
                request: request.ok_or_else(|| missing("request"))?,
                reply: reply.ok_or_else(|| missing("reply"))?,
                error,
            }),
            MethodKind::Command => {
                Self::Command(Command { docs, ordered, request: request.ok_or_else(|| missing("request"))? })
            }
            MethodKind::Event => {
                Self::Event(Event { docs, ordered, payload: payload.ok_or_else(|| missing("payload"))? })
            }
        })
    }
}
