//! Generated schemas and contracts.

use lessmq::contract::{Contract, Message};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::messages::{Happened, Order};

/// An old schema and a new one.
pub(super) struct Pair {
    pub(super) name: String,
    pub(super) old: Value,
    pub(super) new: Value,
    /// Whether `new` accepts every message of a typed sender of `old`.
    pub(super) is_compatible: bool,
}

/// How a payment is made.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Payment {
    Card { number: String, holder: Option<String> },
    Transfer { account: String },
    Cash,
}

/// A comment with its replies.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Comment {
    author: String,
    text: String,
    payment: Option<Payment>,
    replies: Vec<Comment>,
}

/// All edits of all types.
pub(super) fn usual() -> Vec<Pair> {
    let types = [
        Message::of::<Order>(),
        Message::of::<Happened>(),
        Message::of::<Payment>(),
        Message::of::<Comment>(),
    ];
    types.into_iter().flat_map(|message| edits(&message.writes)).collect()
}

fn edits(schema: &Value) -> Vec<Pair> {
    let title = schema["title"].as_str().unwrap_or_default();
    let pair = |edit: &str, new: Value, is_compatible| Pair {
        name: format!("{title}: {edit}"),
        old: schema.clone(),
        new,
        is_compatible,
    };
    let definitions = schema.get("$defs").cloned().unwrap_or_else(|| json!({}));
    let mut pairs = vec![
        pair("reworded", with(schema, "description", json!("In other words.")), true),
        pair("behind a choice", json!({"anyOf": [schema, {"type": "null"}], "$defs": definitions}), true),
        pair("another type", json!({"type": "boolean"}), false),
    ];
    if let Some(properties) = schema["properties"].as_object() {
        let mut wider = properties.clone();
        wider.insert("added".to_owned(), json!({"type": ["string", "null"]}));
        pairs.push(pair("an optional field more", with(schema, "properties", Value::Object(wider)), true));
        let mut required = schema["required"].as_array().cloned().unwrap_or_default();
        required.push(json!("added"));
        pairs.push(pair("a required field more", with(schema, "required", Value::Array(required)), false));
        for name in properties.keys() {
            let mut narrowed = properties.clone();
            narrowed.insert(name.clone(), json!({"type": "null"}));
            let narrowed = with(schema, "properties", Value::Object(narrowed));
            pairs.push(pair(&format!("`{name}` of another type"), narrowed, false));
        }
    }
    if let Some(variants) = schema["oneOf"].as_array() {
        let fewer = variants[1..].to_vec();
        pairs.push(pair("a variant less", with(schema, "oneOf", Value::Array(fewer)), false));
        let mut more = variants.clone();
        more.push(json!({"type": "object", "properties": {"kind": {"const": "coin"}}, "required": ["kind"]}));
        pairs.push(pair("a variant more", with(schema, "oneOf", Value::Array(more)), true));
    }
    pairs
}

fn with(schema: &Value, keyword: &str, value: Value) -> Value {
    let mut schema = schema.clone();
    schema[keyword] = value;
    schema
}

/// A recursive tagged enum, and the same with one more variant.
pub(super) fn recursive_enum(variants: usize) -> Pair {
    let variant = |index: usize| {
        json!({
            "type": "object",
            "properties": {
                "type": {"type": "string", "const": format!("V{index}")},
                "inner": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]},
                "list": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
            },
            "required": ["type", "list"],
        })
    };
    let schema = |count: usize| {
        let variants: Vec<Value> = (0..count).map(variant).collect();
        json!({"$ref": "#/$defs/Node", "$defs": {"Node": {"oneOf": variants}}})
    };
    let name = format!("{variants} variants and one more");
    Pair { name, old: schema(variants), new: schema(variants + 1), is_compatible: true }
}

/// An enumeration, and the same with one value more or less.
pub(super) fn large_enum(values: usize, is_narrowed: bool) -> Pair {
    let schema = |count: usize| {
        let values: Vec<String> = (0..count).map(|index| format!("value-{index}")).collect();
        json!({"enum": values})
    };
    let (new, change) = if is_narrowed { (values - 1, "less") } else { (values + 1, "more") };
    let name = format!("{values} values, one {change}");
    Pair { name, old: schema(values), new: schema(new), is_compatible: !is_narrowed }
}

/// A contract with this number of calls and types, and the same with one more optional field in every type.
pub(super) fn contracts(calls: usize, types: usize) -> (Contract, Contract) {
    (contract(calls, types, false), contract(calls, types, true))
}

fn contract(calls: usize, types: usize, has_more: bool) -> Contract {
    let each = types / calls;
    let message = |call: usize| {
        let named = |index: usize| {
            let next = if index + 1 < each {
                json!({"$ref": format!("#/$defs/T{}", index + 1)})
            } else {
                json!({"type": "string"})
            };
            let mut schema = json!({
                "type": "object",
                "properties": {
                    "id": {"type": "integer", "format": "uint64", "minimum": 0},
                    "name": {"type": "string"},
                    "state": {"enum": ["open", "paid", format!("state-{call}")]},
                    "parts": {"type": "array", "items": next},
                },
                "required": ["id", "name", "state", "parts"],
            });
            if has_more {
                schema["properties"]["note"] = json!({"type": ["string", "null"]});
            }
            (format!("T{index}"), schema)
        };
        let types: serde_json::Map<String, Value> = (0..each).map(named).collect();
        let schema = json!({"$ref": "#/$defs/T0", "$defs": types});
        Message { writes: schema.clone(), reads: schema }
    };
    let mut contract = Contract::empty("bench", lessmq_version());
    for index in 0..calls {
        let call = lessmq::contract::Call {
            docs: Default::default(),
            idempotent: false,
            request: message(index),
            reply: message(index),
            error: None,
        };
        contract.methods.insert(format!("call_{index}"), call.into());
    }
    contract
}

fn lessmq_version() -> semver::Version {
    semver::Version::new(1, 0, 0)
}
