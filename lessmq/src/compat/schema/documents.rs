//! A schema document: its draft, resources and anchors, and the targets of its references.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, OnceLock};

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::super::uri;
use super::metaschemas;
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
    bases: HashMap<usize, Arc<str>>,
    base: Arc<str>,
    /// The schemas that dynamic references may lead to, by the base URI of their resource.
    dynamic: HashMap<Arc<str>, Vec<DynamicAnchor<'a>>>,
}

/// A schema that a dynamic reference of this name may lead to. The name of `$recursiveAnchor` is empty.
#[derive(Debug, Clone)]
pub(crate) struct DynamicAnchor<'a> {
    pub(crate) name: Arc<str>,
    pub(crate) schema: &'a Value,
}

/// A schema, and the document that it is in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'s, 'a> {
    pub(crate) document: &'s Document<'a>,
    pub(crate) schema: &'a Value,
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
        let mut document = Self::empty(root, draft);
        let identifiers = ["$id", "id", "$anchor", "$dynamicAnchor", "$recursiveAnchor"];
        let identifiers: Vec<&str> = identifiers.into_iter().filter(|key| draft.has(key)).collect();
        if has_key(vec![root], &identifiers) {
            document.index(root);
        }
        document
    }

    /// Several documents of one draft, each with its URI. Other references to the root lead to the first.
    fn of_all(roots: &'a [Value], draft: Draft) -> Self {
        let mut document = Self::empty(&roots[0], draft);
        roots.iter().for_each(|root| document.index(root));
        document
    }

    fn empty(root: &'a Value, draft: Draft) -> Self {
        Self {
            root,
            draft,
            resources: HashMap::new(),
            bases: HashMap::new(),
            base: DEFAULT_BASE.into(),
            dynamic: HashMap::new(),
        }
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

    pub(crate) fn root(&self) -> &'a Value {
        self.root
    }

    /// Whether any schema has an identifier or an anchor.
    pub(crate) fn has_identifiers(&self) -> bool {
        !self.resources.is_empty() || !self.dynamic.is_empty()
    }

    /// Collects the identifiers of the schemas in `root`.
    fn index(&mut self, root: &'a Value) {
        let mut seen: HashSet<usize> = HashSet::new();
        let mut references: Vec<(&'a Value, &'a str)> = Vec::new();
        let mut remaining = vec![(root, Arc::from(DEFAULT_BASE))];
        // A reference may lead to a schema in an unknown keyword, which has the base of the schema around it.
        loop {
            while let Some((schema, mut base)) = remaining.pop() {
                seen.insert(address(schema));
                self.enter(schema, &mut base);
                let text = schema.get("$ref").and_then(Value::as_str);
                references.extend(text.map(|text| (schema, text)));
                for (keyword, value) in schema.as_object().into_iter().flatten() {
                    if self.draft.has(keyword) {
                        let inner = subschemas_of(keyword, value);
                        remaining.extend(inner.map(|(_, inner)| (inner, base.clone())));
                    }
                }
            }
            let Some((schema, text)) = references.pop() else { break };
            if let Some((target, base)) =
                self.unknown_target(schema, text).filter(|(at, _)| !seen.contains(&address(at)))
            {
                let text = target.get("$ref").and_then(Value::as_str);
                self.place(target, &base, &mut seen);
                references.extend(text.map(|text| (target, text)));
            }
        }
    }

    /// Gives the schemas in `root` a base, without looking for identifiers: they are in an unknown keyword.
    fn place(&mut self, root: &'a Value, base: &Arc<str>, seen: &mut HashSet<usize>) {
        let mut remaining = vec![root];
        while let Some(schema) = remaining.pop() {
            if seen.insert(address(schema)) {
                if *base != self.base {
                    self.bases.insert(address(schema), base.clone());
                }
                remaining.extend(subschemas(schema).map(|(_, inner)| inner));
            }
        }
    }

    /// The target of a reference by pointer, and the base of the innermost schema around it that has one.
    fn unknown_target(&self, schema: &Value, reference: &str) -> Option<(&'a Value, Arc<str>)> {
        let (uri, fragment) = reference.split_once('#')?;
        let base = self.base_of(schema);
        let uri = if uri.is_empty() { base.clone() } else { uri::resolve(base, uri).into() };
        let mut at = match self.resources.get(&*uri) {
            Some(resource) => resource,
            None if uri == self.base => self.root,
            None => return None,
        };
        let mut base = uri;
        for step in schema::steps(&percent_decode_str(fragment).decode_utf8_lossy()) {
            at = schema::member(at, &step)?;
            if let Some(known) = self.bases.get(&address(at)) {
                base.clone_from(known);
            }
        }
        Some((at, base))
    }

    /// Collects the identifiers of one schema.
    fn enter(&mut self, schema: &'a Value, base: &mut Arc<str>) {
        let draft = self.draft;
        let text = |key: &str| schema.get(key).and_then(Value::as_str).filter(|_| draft.has(key));
        let is_reference = draft.has_ref_alone() && schema.get("$ref").is_some();
        let is_root = address(schema) == address(self.root);
        let mut is_resource = is_root;
        if let Some(id) = text("$id").or_else(|| text("id")).filter(|_| !is_reference) {
            match id.strip_prefix('#').filter(|_| !draft.has("$anchor")) {
                Some(anchor) => {
                    self.resources.insert(format!("{base}#{anchor}"), schema);
                }
                None => {
                    *base = uri::resolve(base, id).trim_end_matches('#').into();
                    if is_root {
                        self.base.clone_from(base);
                    }
                    is_resource = true;
                    self.resources.insert(base.to_string(), schema);
                }
            }
        }
        for anchor in ["$anchor", "$dynamicAnchor"].into_iter().filter_map(text) {
            self.resources.insert(format!("{base}#{anchor}"), schema);
        }
        let is_recursive =
            draft.has("$recursiveAnchor") && schema.get("$recursiveAnchor") == Some(&Value::Bool(true));
        let names = text("$dynamicAnchor").into_iter().chain((is_resource && is_recursive).then_some(""));
        for name in names {
            let anchor = DynamicAnchor { name: name.into(), schema };
            self.dynamic.entry(base.clone()).or_default().push(anchor);
        }
        if *base != self.base {
            self.bases.insert(address(schema), base.clone());
        }
    }

    fn base_of(&self, schema: &Value) -> &Arc<str> {
        // Most documents have one base.
        if self.bases.is_empty() {
            &self.base
        } else {
            self.bases.get(&address(schema)).unwrap_or(&self.base)
        }
    }

    /// The schemas in the resource of `schema` that dynamic references may lead to.
    pub(crate) fn dynamic_anchors(&self, schema: &Value) -> &[DynamicAnchor<'a>] {
        if self.dynamic.is_empty() {
            &[]
        } else {
            self.dynamic.get(self.base_of(schema)).map_or(&[], Vec::as_slice)
        }
    }

    /// Whether a dynamic reference in another document may lead to a schema of this one.
    pub(crate) fn has_dynamic_anchors(&self) -> bool {
        !self.dynamic.is_empty()
    }

    /// The target of `reference` in `schema`, in this document or in the meta-schemas.
    pub(crate) fn reach<'s>(&'s self, schema: &Value, reference: &str) -> Result<Target<'s, 'a>, Unresolved> {
        match self.resolve(schema, reference) {
            Ok(schema) => Ok(Target { document: self, schema }),
            Err(Unresolved::Remote { uri }) => match with_meta_schemas(&uri) {
                Some(document) => match document.resolve(&Value::Null, &uri) {
                    Ok(schema) => Ok(Target { document, schema }),
                    Err(_) => Err(Unresolved::Remote { uri }),
                },
                None => Err(Unresolved::Remote { uri }),
            },
            Err(unresolved) => Err(unresolved),
        }
    }

    /// The only possible target in this document of the reference in `keyword`: `$ref`, `$dynamicRef` or `$recursiveRef`.
    pub(crate) fn only_target(&self, schema: &Value, keyword: &str) -> Option<&'a Value> {
        if !self.draft.has(keyword) {
            return None;
        }
        let reference = schema.get(keyword)?.as_str()?;
        if keyword != "$ref" {
            let name = reference.split_once('#').map_or("", |(_, name)| name);
            let anchors = self.dynamic.values().flatten();
            if anchors.filter(|anchor| *anchor.name == *name).count() > 1 {
                return None;
            }
        }
        self.resolve(schema, reference).ok()
    }

    /// The target of `reference` in `schema`, or the reason why there is none.
    pub(crate) fn resolve(&self, schema: &Value, reference: &str) -> Result<&'a Value, Unresolved> {
        let base = self.base_of(schema);
        let (uri, fragment) = match reference.split_once('#') {
            Some((uri, fragment)) => (uri, fragment),
            None => (reference, ""),
        };
        let uri = if uri.is_empty() { base.to_string() } else { uri::resolve(base, uri) };
        let resource = match self.resources.get(&uri) {
            Some(resource) => resource,
            None if *uri == *self.base => self.root,
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
}

/// The document with the meta-schemas that `uri` may belong to.
fn with_meta_schemas(uri: &str) -> Option<&'static Document<'static>> {
    static DOCUMENTS: [OnceLock<Document<'static>>; 5] = [const { OnceLock::new() }; 5];
    let draft = metaschemas::draft_of(uri)?;
    let document = || Document::of_all(metaschemas::schemas(draft), draft);
    Some(DOCUMENTS[draft as usize].get_or_init(document))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_meta_schema_is_found_by_its_uri() {
        for draft in [Draft::Draft4, Draft::Draft6, Draft::Draft7, Draft::Draft201909, Draft::Draft202012] {
            for schema in metaschemas::schemas(draft) {
                let uri = schema.get("$id").or_else(|| schema.get("id")).and_then(Value::as_str);
                let uri = uri.expect("it has a URI");
                let root = serde_json::json!({"$ref": uri});
                let found = Document::new(&root, Draft::default())
                    .reach(&root, uri)
                    .map(|target| target.schema.clone());
                assert_eq!(found.as_ref(), Ok(schema), "{uri}");
            }
        }
        assert!(with_meta_schemas("https://json-schema.org/draft/next/schema").is_none());
    }
}
