//! References within one message's schema.

use std::collections::HashMap;

use lessmq::contract::schema::unescape;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::report::{Error, Result};

/// A parsed reference.
pub(super) struct Reference {
    /// The index of the type that contains the target.
    pub(super) target: usize,
    /// The pointer from that type to the target: `/properties/id` for `#/$defs/User/properties/id`.
    pub(super) rest: String,
}

/// Reads the `$ref` of a schema, if it has one. `index` has the types by path.
pub(super) fn read(
    keywords: &Map<String, Value>,
    index: &HashMap<Vec<String>, usize>,
    place: &str,
) -> Result<Option<Reference>> {
    if let Some(dynamic) =
        ["$dynamicRef", "$recursiveRef"].into_iter().find(|key| keywords.contains_key(*key))
    {
        return Err(Error::new(format!("{place}: `{dynamic}` is not supported in a contract"))
            .hint("refer to the type with `$ref`: \"#/$defs/NAME\""));
    }
    let Some(Value::String(text)) = keywords.get("$ref") else { return Ok(None) };
    let Some(pointer) =
        text.strip_prefix('#').filter(|pointer| pointer.is_empty() || pointer.starts_with('/'))
    else {
        if text.starts_with('#') {
            return Err(Error::new(format!("{place}: `$ref` to `{text}` has no target")).hint(
                "no schema in the message has this `$anchor`: refer to a definition with \"#/$defs/NAME\"",
            ));
        }
        return Err(Error::new(format!("{place}: `$ref` to `{text}` has a target outside the message's schema"))
            .hint("references are never fetched: put the schema under `$defs` and refer to it with \"#/$defs/NAME\""));
    };
    let steps: Vec<&str> = pointer.split('/').skip(1).collect();
    let step = |step: &&str| decoded(step);
    let definition: Vec<String> = steps.iter().take(2).map(step).collect();
    let (target, taken) = match index.get(&definition) {
        Some(target) if definition.len() == 2 => (*target, 2),
        _ => (index[&Vec::new()], 0),
    };
    let rest: String = steps[taken..].iter().map(|step| format!("/{step}")).collect();
    Ok(Some(Reference { target, rest }))
}

/// Refuses a reference without a target.
pub(super) fn check(body: &Value, rest: &str, keywords: &Map<String, Value>, place: &str) -> Result<()> {
    let decoded = percent_decode_str(rest).decode_utf8_lossy();
    if body.pointer(&decoded).is_some() {
        return Ok(());
    }
    let reference = keywords.get("$ref").and_then(Value::as_str).unwrap_or_default();
    Err(Error::new(format!("{place}: `$ref` to `{reference}` has no target"))
        .hint("the contract is damaged: write it again with `lessmq-cli contract --write`"))
}

fn decoded(step: &str) -> String {
    unescape(&percent_decode_str(step).decode_utf8_lossy()).into_owned()
}
