//! A schema document: its draft, resources and anchors, and the targets of its references.

use std::collections::HashMap;
use std::fmt;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::super::uri;
use crate::compat::options::Draft;
use crate::contract::schema::{self, subschemas, subschemas_of};

const DEFAULT_BASE: &str = "json-schema:///";
const DEFAULT_SCHEME: &str = "json-schema:";

/// The nesting depth of `value`, counted without recursion.
pub(crate) fn nesting(value: &Value) -> usize {
    let mut deepest = 0;
    let mut stack = vec![(value, 1)];
    while let Some((value, depth)) = stack.pop() {
        deepest = deepest.max(depth);
        match value {
            Value::Array(items) => stack.extend(items.iter().map(|item| (item, depth + 1))),
            Value::Object(members) => stack.extend(members.values().map(|member| (member, depth + 1))),
            _ => {}
        }
    }
    deepest
}

/// A document whose references can be followed. Nothing is ever fetched.
#[derive(Debug)]
pub(crate) struct Document<'a> {
    root: &'a Value,
    pub(crate) draft: Draft,
    /// The schemas with a URI, by absolute URI, with `#anchor` for anchors.
    resources: HashMap<String, &'a Value>,
    /// The base URIs of schemas that have another base than the root, by address.
    bases: HashMap<usize, String>,
    base: String,
}

/// Why a reference has no target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unresolved {
    /// Another document, which is not fetched. Its absolute URI identifies the target.
    Remote { uri: String },
    /// Another document, relative to a document without a URI. Nothing identifies the target.
    Relative { reference: String },
    /// A part that the document does not have.
    NoTarget { reference: String },
}

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Remote { uri: reference } | Self::Relative { reference } => {
                write!(f, "the remote reference `{reference}` is not fetched")
            }
            Self::NoTarget { reference } => write!(f, "the reference `{reference}` has no target"),
        }
    }
}

pub(crate) fn address(value: &Value) -> usize {
    std::ptr::from_ref(value).addr()
}

impl<'a> Document<'a> {
    pub(crate) fn new(root: &'a Value, default: Draft) -> Self {
        let draft = Self::draft_of(root, default);
        let mut document = Self {
            root,
            draft,
            resources: HashMap::new(),
            bases: HashMap::new(),
            base: DEFAULT_BASE.to_owned(),
        };
        let identifiers = ["$id", "id", "$anchor", "$dynamicAnchor"].into_iter().filter(|key| draft.has(key));
        if has_key(vec![root], &identifiers.collect::<Vec<_>>()) {
            document.index();
        }
        document
    }

    /// The draft that `root` names, else the default.
    pub(crate) fn draft_of(root: &Value, default: Draft) -> Draft {
        root.get("$schema").and_then(Value::as_str).and_then(Draft::named).unwrap_or(default)
    }

    /// The draft or dialect of `root` or of a schema in it, if it is not supported, or not that of the whole document.
    pub(crate) fn foreign_draft(root: &Value, default: Draft) -> Option<&str> {
        let draft = Self::draft_of(root, default);
        let inside = root.as_object().into_iter().flatten().map(|(_, value)| value);
        let mut remaining = vec![root];
        if !has_key(inside.collect(), &["$schema"]) {
            return root
                .get("$schema")
                .and_then(Value::as_str)
                .filter(|uri| Draft::named(uri) != Some(draft));
        }
        while let Some(schema) = remaining.pop() {
            let uri = schema.get("$schema").and_then(Value::as_str);
            if let Some(uri) = uri.filter(|uri| Draft::named(uri) != Some(draft)) {
                return Some(uri);
            }
            remaining.extend(subschemas(schema).map(|(_, inner)| inner));
        }
        None
    }

    fn index(&mut self) {
        let mut remaining: Vec<(&'a Value, String)> = vec![(self.root, self.base.clone())];
        while let Some((schema, mut base)) = remaining.pop() {
            self.enter(schema, &mut base);
            for (keyword, value) in schema.as_object().into_iter().flatten() {
                if self.draft.has(keyword) {
                    remaining.extend(subschemas_of(keyword, value).map(|(_, inner)| (inner, base.clone())));
                }
            }
        }
    }

    /// Collects the identifiers of one schema.
    fn enter(&mut self, schema: &'a Value, base: &mut String) {
        let draft = self.draft;
        let text = |key: &str| schema.get(key).and_then(Value::as_str).filter(|_| draft.has(key));
        let is_reference = draft.has_ref_alone() && schema.get("$ref").is_some();
        if let Some(id) = text("$id").or_else(|| text("id")).filter(|_| !is_reference) {
            match id.strip_prefix('#').filter(|_| !draft.has("$anchor")) {
                Some(anchor) => {
                    self.resources.insert(format!("{base}#{anchor}"), schema);
                }
                None => {
                    *base = uri::resolve(base, id).trim_end_matches('#').to_owned();
                    if address(schema) == address(self.root) {
                        self.base.clone_from(base);
                    }
                    self.resources.insert(base.clone(), schema);
                }
            }
        }
        for anchor in ["$anchor", "$dynamicAnchor"].into_iter().filter_map(text) {
            self.resources.insert(format!("{base}#{anchor}"), schema);
        }
        if *base != self.base {
            self.bases.insert(address(schema), base.clone());
        }
    }

    /// The target of `reference` in `schema`, or the reason why there is none.
    pub(crate) fn resolve(&self, schema: &Value, reference: &str) -> Result<&'a Value, Unresolved> {
        let base = self.bases.get(&address(schema)).unwrap_or(&self.base);
        let (uri, fragment) = match reference.split_once('#') {
            Some((uri, fragment)) => (uri, fragment),
            None => (reference, ""),
        };
        let uri = if uri.is_empty() { base.clone() } else { uri::resolve(base, uri) };
        let resource = match self.resources.get(&uri) {
            Some(resource) => resource,
            None if uri == self.base => self.root,
            None if uri.starts_with(DEFAULT_SCHEME) => {
                return Err(Unresolved::Relative { reference: reference.to_owned() });
            }
            None if fragment.is_empty() => return Err(Unresolved::Remote { uri }),
            None => return Err(Unresolved::Remote { uri: format!("{uri}#{fragment}") }),
        };
        let fragment = percent_decode_str(fragment).decode_utf8_lossy();
        let found = if fragment.is_empty() || fragment.starts_with('/') {
            resource.pointer(&fragment)
        } else {
            self.resources.get(&format!("{uri}#{fragment}")).copied()
        };
        found.ok_or_else(|| Unresolved::NoTarget { reference: reference.to_owned() })
    }

    /// The JSON pointer of `target`, which `reference` leads to.
    pub(crate) fn pointer_to(&self, target: &Value, reference: &str) -> String {
        let decoded = |pointer| percent_decode_str(pointer).decode_utf8_lossy().into_owned();
        let usual = reference.strip_prefix('#').map(decoded);
        let is_there = |pointer: &String| {
            self.root.pointer(pointer).is_some_and(|found| address(found) == address(target))
        };
        usual.filter(is_there).or_else(|| pointer_of(self.root, target)).unwrap_or_default()
    }

    /// Whether the document is one resource: no schema in it has a URI of its own.
    pub(crate) fn is_one_resource(&self) -> bool {
        self.resources.values().all(|schema| address(schema) == address(self.root))
    }

    /// Whether a dynamic reference in another document may lead to a schema of this one.
    pub(crate) fn has_dynamic_anchors(&self) -> bool {
        let is_anchor = |key: &str| {
            self.draft.has(key) && self.resources.values().any(|schema| schema.get(key).is_some())
        };
        is_anchor("$dynamicAnchor") || is_anchor("$recursiveAnchor")
    }

    /// Whether `$dynamicRef` has only one possible target, because a single schema has the anchor.
    pub(crate) fn has_one_anchor(&self, anchor: &str) -> bool {
        self.resources.keys().filter(|uri| uri.ends_with(&format!("#{anchor}"))).count() == 1
    }
}

/// The pointer of `target`, a part of `root`.
fn pointer_of(root: &Value, target: &Value) -> Option<String> {
    let mut stack = vec![(root, String::new())];
    while let Some((value, pointer)) = stack.pop() {
        if address(value) == address(target) {
            return Some(pointer);
        }
        match value {
            Value::Array(items) => {
                stack.extend(items.iter().enumerate().map(|(at, item)| (item, format!("{pointer}/{at}"))));
            }
            Value::Object(members) => {
                stack.extend(members.iter().map(|(name, member)| (member, schema::join(&pointer, name))))
            }
            _ => {}
        }
    }
    None
}

/// Whether any object in the values of `stack` has one of `keys`. Much faster than visiting the schemas.
fn has_key(mut stack: Vec<&Value>, keys: &[&str]) -> bool {
    while let Some(value) = stack.pop() {
        match value {
            Value::Array(items) => stack.extend(items),
            Value::Object(members) => {
                if keys.iter().any(|key| members.contains_key(*key)) {
                    return true;
                }
                stack.extend(members.values().filter(|member| member.is_object() || member.is_array()));
            }
            _ => {}
        }
    }
    false
}
