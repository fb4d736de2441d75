//! Removes an incompatibility from the reader, so that the search can find the next one.

use serde_json::{Value, json};

use super::explain::Cause;
use crate::contract::schema::split_last;

/// Makes `reader` accept what it rejects by `cause`. Returns false if that is not possible.
pub(super) fn relax(reader: &mut Value, cause: &Cause, example: &Value) -> bool {
    let Some((parent, keyword)) = cause.place.schema.rsplit_once('/') else { return false };
    let Some(Value::Object(members)) = reader.pointer_mut(parent) else { return false };
    let instance = &cause.place.instance;
    match (keyword, members.get_mut(keyword)) {
        (_, None) => false,
        ("required", Some(Value::Array(names))) => {
            let present = |name: &Value| name.as_str().and_then(|name| example.pointer(instance)?.get(name));
            let missing = names.iter().position(|name| present(name).is_none());
            missing.map(|at| names.remove(at)).is_some()
        }
        ("enum", Some(Value::Array(values))) => {
            example.pointer(instance).map(|value| values.push(value.clone())).is_some()
        }
        // In `properties`, it is the name of a field.
        ("additionalProperties", Some(others))
            if *others == json!(false) && !parent.ends_with("/properties") =>
        {
            let Some((_, name)) = split_last(instance) else { return false };
            match members.entry("properties").or_insert_with(|| json!({})) {
                Value::Object(properties) => properties.insert(name.into_owned(), json!(true)).is_none(),
                _ => false,
            }
        }
        (_, Some(_)) => members.remove(keyword).is_some(),
    }
}
