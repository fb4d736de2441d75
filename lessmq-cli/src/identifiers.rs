//! References within one schema by identifier or by anchor.
//!
//! Generators and documents know references by pointer. Other references are rewritten to those.

use std::collections::HashMap;
use std::convert::Infallible;

use lessmq::contract::schema::{subschemas_of, unescape, visit_mut};
use percent_encoding::percent_decode_str;
use serde_json::Value;
use url::Url;

/// The base of identifiers in a schema without one.
const BASE: &str = "message:///";

/// Replaces references to the identifiers (`$id`) and anchors in a schema with references by pointer: `#name` with
/// `#/$defs/User`. Then it removes the anchors, and the identifiers inside the schema.
///
/// References to other documents are not changed.
pub(crate) fn resolve_identifiers(schema: &mut Value) {
    let Ok(base) = Url::parse(BASE) else { return };
    let found = Identified::of(schema, base);
    if found.pointers.len() <= 1 {
        return;
    }
    let resolved: HashMap<String, String> = found
        .references
        .iter()
        .filter_map(|reference| Some((reference.at.clone(), found.resolve(reference)?)))
        .collect();
    for (pointer, reference) in resolved {
        if let Some(Value::Object(keywords)) = schema.pointer_mut(&pointer) {
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

/// The identifiers and references of a schema.
struct Identified<'a> {
    /// The pointers to schemas by absolute URI, with `#anchor` for anchors.
    pointers: HashMap<String, String>,
    references: Vec<Located<'a>>,
}

/// A reference.
struct Located<'a> {
    /// The pointer to its schema.
    at: String,
    base: Url,
    text: &'a str,
}

impl<'a> Identified<'a> {
    fn of(schema: &'a Value, base: Url) -> Self {
        let mut found = Self { pointers: HashMap::new(), references: Vec::new() };
        found.pointers.insert(base.to_string(), String::new());
        let mut remaining = vec![(String::new(), base, schema)];
        while let Some((pointer, mut base, schema)) = remaining.pop() {
            let text = |keyword: &str| schema.get(keyword).and_then(Value::as_str);
            let mut anchors: Vec<&str> = ["$anchor", "$dynamicAnchor"].into_iter().filter_map(text).collect();
            if let Some(id) = text("$id") {
                match (id.strip_prefix('#'), base.join(id)) {
                    // In draft-07, this is an anchor.
                    (Some(anchor), _) => anchors.push(anchor),
                    (None, Ok(mut absolute)) => {
                        absolute.set_fragment(None);
                        found.pointers.insert(absolute.to_string(), pointer.clone());
                        base = absolute;
                    }
                    (None, Err(_)) => {}
                }
            }
            for anchor in anchors {
                found.pointers.insert(format!("{base}#{anchor}"), pointer.clone());
            }
            if let Some(text) = text("$ref") {
                found.references.push(Located { at: pointer.clone(), base: base.clone(), text });
            }
            for (keyword, value) in schema.as_object().into_iter().flatten() {
                let below = subschemas_of(keyword, value);
                remaining.extend(below.map(|(at, inner)| (format!("{pointer}{at}"), base.clone(), inner)));
            }
        }
        found
    }

    /// The reference by pointer; `None` if the target is not an identifier in this schema.
    fn resolve(&self, reference: &Located<'_>) -> Option<String> {
        let target = reference.base.join(reference.text).ok()?;
        let fragment = target.fragment().unwrap_or_default().to_owned();
        let mut resource = target.clone();
        resource.set_fragment(None);
        let encoded = |pointer: &str| pointer.replace('%', "%25");
        let pointer = if fragment.is_empty() || fragment.starts_with('/') {
            format!("{}{fragment}", encoded(self.pointers.get(resource.as_str())?))
        } else {
            encoded(self.pointers.get(&format!("{resource}#{fragment}"))?)
        };
        Some(format!("#{pointer}"))
    }
}

/// The name of the definition that a reference refers to; `None` if it refers to something else.
pub(crate) fn definition(reference: &str) -> Option<String> {
    let name = reference.strip_prefix("#/$defs/").or_else(|| reference.strip_prefix("#/definitions/"))?;
    if name.contains('/') {
        return None;
    }
    Some(unescape(&percent_decode_str(name).decode_utf8_lossy()).into_owned())
}
