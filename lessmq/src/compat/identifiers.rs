//! References within one schema by identifier or by anchor, for tools that know references by pointer only.

use std::collections::HashMap;
use std::convert::Infallible;

use serde_json::Value;

use super::options::Draft;
use super::schema::{Document, address};
use crate::contract::schema::{subschemas, visit_mut};

/// The keywords that identify a schema.
const IDENTIFIERS: [&str; 3] = ["$id", "$anchor", "$dynamicAnchor"];

/// Replaces references to the identifiers (`$id`) and anchors in a schema with references by pointer: `#name` with
/// `#/$defs/User`. Then it removes the anchors, and the identifiers inside the schema.
///
/// References to other documents, and references without a target, are not changed.
///
/// ```
/// use lessmq::compat::resolve_identifiers;
/// use serde_json::json;
///
/// let mut schema = json!({"$ref": "#name", "$defs": {"Name": {"$anchor": "name", "type": "string"}}});
/// resolve_identifiers(&mut schema);
/// assert_eq!(schema, json!({"$ref": "#/$defs/Name", "$defs": {"Name": {"type": "string"}}}));
/// ```
pub fn resolve_identifiers(schema: &mut Value) {
    let (schemas, has_identifiers) = located(schema);
    if !has_identifiers {
        return;
    }
    let document = Document::new(schema, Draft::default());
    let pointers: HashMap<usize, &str> =
        schemas.iter().map(|(inner, pointer)| (address(inner), pointer.as_str())).collect();
    let encoded = |pointer: &str| pointer.replace('%', "%25");
    let mut resolved: Vec<(String, String)> = Vec::new();
    for (inner, at) in &schemas {
        let Some(text) = inner.get("$ref").and_then(Value::as_str) else { continue };
        let Ok(target) = document.resolve(inner, text) else { continue };
        let pointer = match pointers.get(&address(target)) {
            Some(pointer) => (*pointer).to_owned(),
            None => document.pointer_to(target, text),
        };
        resolved.push((at.clone(), format!("#{}", encoded(&pointer))));
    }
    for (at, reference) in resolved {
        if let Some(Value::Object(keywords)) = schema.pointer_mut(&at) {
            keywords.insert("$ref".to_owned(), reference.into());
        }
    }
    let root_id = schema.get("$id").cloned();
    let Ok(()) = visit_mut(schema, |keywords| {
        keywords.retain(|keyword, _| keyword != "$anchor" && keyword != "$id");
        Ok::<(), Infallible>(())
    });
    if let (Value::Object(keywords), Some(id)) = (schema, root_id) {
        keywords.insert("$id".to_owned(), id);
    }
}

/// All schemas in `root` with their pointers, and whether any of them inside of the root, or an anchor, is identified.
fn located(root: &Value) -> (Vec<(&Value, String)>, bool) {
    let mut found = Vec::new();
    let mut has_identifiers = false;
    let mut remaining = vec![(root, String::new())];
    while let Some((schema, pointer)) = remaining.pop() {
        has_identifiers |= IDENTIFIERS.into_iter().any(|keyword| schema.get(keyword).is_some());
        remaining.extend(subschemas(schema).map(|(below, inner)| (inner, format!("{pointer}{below}"))));
        found.push((schema, pointer));
    }
    (found, has_identifiers)
}
