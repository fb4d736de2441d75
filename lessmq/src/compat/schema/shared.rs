//! Definitions that two documents share: they have one node.
//!
//! Equal schemas have one node anyway, unless they are recursive. So without this, a large recursive definition would be
//! compared with itself.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::documents::{Document, address};
use super::node::Lit;
use crate::compat::hash::NumberMap;
use crate::compat::identical::are_identical;
use crate::contract::schema::{Content, content, each_keyword};

/// A definition that both documents have under one reference.
struct Definition<'a> {
    left: &'a Value,
    right: &'a Value,
    /// The references in it. `None` if it has one that is not local.
    references: Option<Vec<&'a str>>,
}

/// The nodes of schemas in `right`, by address, that mean the same as a schema in `left`. `known` are the nodes of `left`.
///
/// A definition means the same if its text and the texts of all definitions that it leads to are equal, except for
/// annotations.
pub(crate) fn shared_nodes(
    left: &Document<'_>,
    right: &Document<'_>,
    known: &NumberMap<usize, Lit>,
) -> Vec<(usize, Lit)> {
    if left.draft != right.draft || left.has_identifiers() || right.has_identifiers() {
        return Vec::new();
    }
    let definitions = definitions(left, right);
    let different = different(&definitions);
    let mut nodes = Vec::new();
    for (reference, Definition { left, right, .. }) in &definitions {
        if !different.contains(reference) {
            add_nodes(left, right, known, &mut nodes);
        }
    }
    nodes
}

/// The definitions that both documents refer to, by reference.
fn definitions<'a>(left: &Document<'a>, right: &Document<'a>) -> HashMap<&'a str, Definition<'a>> {
    let mut definitions = HashMap::new();
    let mut remaining = references(right.root()).unwrap_or_default();
    while let Some(reference) = remaining.pop() {
        if definitions.contains_key(reference) {
            continue;
        }
        let target = |document: &Document<'a>| document.resolve(&Value::Null, reference).ok();
        let (Some(left), Some(right)) = (target(left), target(right)) else { continue };
        let references = if are_identical(left, right) { references(right) } else { None };
        remaining.extend(references.iter().flatten());
        definitions.insert(reference, Definition { left, right, references });
    }
    definitions
}

/// The references in a schema. `None` if one of them may lead out of the document.
fn references(schema: &Value) -> Option<Vec<&str>> {
    let mut found = Some(Vec::new());
    each_keyword(schema, |keyword, value| match (keyword, value) {
        ("$ref", Value::String(text)) if text.starts_with('#') => {
            if let Some(found) = &mut found {
                found.push(text.as_str());
            }
        }
        ("$ref" | "$dynamicRef" | "$recursiveRef", _) => found = None,
        _ => {}
    });
    found
}

/// The references whose definitions differ, or lead to one that differs.
fn different<'a>(definitions: &HashMap<&'a str, Definition<'a>>) -> HashSet<&'a str> {
    let mut users: HashMap<&str, Vec<&'a str>> = HashMap::new();
    let mut remaining: Vec<&'a str> = Vec::new();
    for (&reference, definition) in definitions {
        for used in definition.references.iter().flatten() {
            users.entry(used).or_default().push(reference);
        }
        let is_known = |used: &&str| definitions.contains_key(used);
        if !definition.references.as_ref().is_some_and(|used| used.iter().all(is_known)) {
            remaining.push(reference);
        }
    }
    let mut different = HashSet::new();
    while let Some(reference) = remaining.pop() {
        if different.insert(reference) {
            remaining.extend(users.get(reference).into_iter().flatten());
        }
    }
    different
}

/// Adds the nodes of all schemas in two identical schemas.
fn add_nodes(left: &Value, right: &Value, known: &NumberMap<usize, Lit>, nodes: &mut Vec<(usize, Lit)>) {
    let mut remaining = vec![(left, right)];
    while let Some((left, right)) = remaining.pop() {
        nodes.extend(known.get(&address(left)).map(|&lit| (address(right), lit)));
        let (Value::Object(left), Value::Object(right)) = (left, right) else { continue };
        for (keyword, right) in right {
            match (content(keyword), left.get(keyword), right) {
                (Content::SchemaMap, Some(Value::Object(left)), Value::Object(right)) => {
                    remaining.extend(right.iter().filter_map(|(name, right)| Some((left.get(name)?, right))));
                }
                (Content::Schema | Content::SchemaList, Some(Value::Array(left)), Value::Array(right)) => {
                    remaining.extend(left.iter().zip(right));
                }
                (Content::Schema, Some(left), right) => remaining.push((left, right)),
                _ => {}
            }
        }
    }
}
