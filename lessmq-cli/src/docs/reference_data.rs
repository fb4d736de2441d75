//! Data that looks like a reference.

use serde_json::Value;

/// Whether other tools would find a reference in a value: a text with the name `$ref`. They resolve references in data too.
pub(super) fn has_reference(value: &Value) -> bool {
    let mut remaining = vec![value];
    while let Some(value) = remaining.pop() {
        match value {
            Value::Object(fields) => {
                if fields.get("$ref").is_some_and(Value::is_string) {
                    return true;
                }
                remaining.extend(fields.values());
            }
            Value::Array(items) => remaining.extend(items),
            _ => {}
        }
    }
    false
}
