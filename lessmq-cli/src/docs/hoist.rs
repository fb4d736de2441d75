//! Collects the types of all messages. Each name occurs once. Different types with one name get a number.
//!
//! Each message has its own `$defs`, so most types occur many times. Two types with one name are the same if their
//! schemas are equal and all types that they refer to are the same. This is found like the minimisation of automata:
//! types with the same name and schema start in one class, and classes are split until the references of all members
//! agree.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::convert::Infallible;

use lessmq::compat::resolve_identifiers;
use lessmq::contract::schema;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::reference::{self, Reference};
use super::reference_data::has_reference;
use crate::report::Result;

/// The pointer to the types of a document.
pub(super) const PREFIX: &str = "#/components/schemas/";

/// One message's schema.
pub(super) struct Source<'a> {
    /// The place for errors: `user.get, request`.
    pub(super) place: String,
    /// The name of the type if the schema has no title.
    pub(super) fallback: String,
    pub(super) schema: &'a Value,
}

/// All types, by name, with references that begin with [`PREFIX`].
#[derive(Debug, Default)]
pub(super) struct Types {
    pub(super) schemas: BTreeMap<String, Value>,
    /// The name of each source's type, in the order of the sources.
    pub(super) roots: Vec<String>,
    /// The types that a type refers to.
    pub(super) referenced: BTreeSet<String>,
}

impl Types {
    /// The target of a reference.
    pub(super) fn find(&self, reference: &Value) -> Option<&Value> {
        let (name, rest) = Self::split(reference)?;
        let decoded = percent_decode_str(rest).decode_utf8_lossy();
        self.schemas.get(name)?.pointer(&decoded)
    }

    /// The name of the type in a reference, and the rest of the pointer.
    pub(super) fn split(reference: &Value) -> Option<(&str, &str)> {
        let path = reference.as_str()?.strip_prefix(PREFIX)?;
        Some(path.split_at(path.find('/').unwrap_or(path.len())))
    }
}

/// Removes data that other tools would read as references: they resolve each `$ref` with a text, in data too.
pub(super) fn remove_reference_data(schemas: &mut BTreeMap<String, Value>) {
    for schema in schemas.values_mut() {
        let Ok(()) = schema::visit_mut(schema, |keywords| {
            keywords.retain(|keyword, value| {
                let is_data = ["const", "default", "enum", "example", "examples"].contains(&keyword.as_str())
                    || keyword.starts_with("x-");
                !(is_data && has_reference(value))
            });
            Ok::<(), Infallible>(())
        });
    }
}

/// A type of one message: its root, or one of its `$defs`.
struct Node {
    name: String,
    body: Value,
    /// The nodes that it refers to, in the order of the references.
    targets: Vec<usize>,
}

/// Collects the types of all messages.
pub(super) fn hoist(sources: &[Source<'_>]) -> Result<Types> {
    let mut nodes = Vec::new();
    let mut roots = Vec::new();
    for source in sources {
        roots.push(nodes.len());
        add(source, &mut nodes)?;
    }
    let classes = classes(&nodes);
    let names = names(&nodes, &classes);
    let mut types =
        Types { roots: roots.iter().map(|root| names[*root].clone()).collect(), ..Types::default() };
    for (index, node) in nodes.into_iter().enumerate() {
        if !types.schemas.contains_key(&names[index]) {
            let targets: Vec<&String> = node.targets.iter().map(|target| &names[*target]).collect();
            types.referenced.extend(targets.iter().map(|name| (*name).clone()));
            types.schemas.insert(names[index].clone(), point(node.body, &targets)?);
        }
    }
    Ok(types)
}

/// Adds the types of one message. In references, only the part after the type's name is kept.
fn add(source: &Source<'_>, nodes: &mut Vec<Node>) -> Result<()> {
    let mut root = source.schema.clone();
    resolve_identifiers(&mut root);
    let mut definitions: Vec<(String, Value)> = Vec::new();
    let mut index = HashMap::from([(Vec::new(), nodes.len())]);
    let mut root_name = source.fallback.clone();
    if let Value::Object(keywords) = &mut root {
        for keyword in ["$defs", "definitions"] {
            if let Some(Value::Object(found)) = keywords.remove(keyword) {
                for (name, schema) in found {
                    index.insert(vec![keyword.to_owned(), name.clone()], nodes.len() + 1 + definitions.len());
                    definitions.push((name, schema));
                }
            }
        }
        keywords.remove("$schema");
        keywords.remove("$id");
        if let Some(Value::String(title)) = keywords.get("title") {
            root_name = title.clone();
        }
    }
    let first = nodes.len();
    for (name, body) in std::iter::once((root_name, root)).chain(definitions) {
        nodes.push(Node::new(&name, body));
    }
    let bodies: Vec<Value> = nodes[first..].iter().map(|node| node.body.clone()).collect();
    for node in &mut nodes[first..] {
        let targets = &mut node.targets;
        schema::visit_mut(&mut node.body, |keywords| -> Result<()> {
            let Some(Reference { target, rest }) = reference::read(keywords, &index, &source.place)? else {
                return Ok(());
            };
            reference::check(&bodies[target - first], &rest, keywords, &source.place)?;
            targets.push(target);
            keywords.insert("$ref".to_owned(), rest.into());
            Ok(())
        })?;
        schema::visit_mut(&mut node.body, |keywords| -> Result<()> {
            remove_repeated_values(keywords);
            Ok(())
        })?;
    }
    Ok(())
}

/// Removes repeated values of an enum, which other tools refuse.
fn remove_repeated_values(keywords: &mut Map<String, Value>) {
    if let Some(Value::Array(values)) = keywords.get_mut("enum") {
        let mut seen = HashSet::new();
        values.retain(|value| seen.insert(comparable(value).to_string()));
    }
}

/// A value in which equal numbers are written in the same way: `1.0` as `1`.
fn comparable(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => {
            let whole = number.as_f64().and_then(|number| format!("{number:.0}").parse::<i64>().ok());
            let whole = whole.filter(|whole| number.as_f64() == Value::from(*whole).as_f64());
            whole.map_or_else(|| value.clone(), Value::from)
        }
        Value::Array(items) => items.iter().map(comparable).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), comparable(value))).collect()
        }
        other => other.clone(),
    }
}

impl Node {
    fn new(name: &str, mut body: Value) -> Self {
        let allowed = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
        let sound: String = name.chars().map(allowed).collect();
        if let Value::Object(keywords) = &mut body {
            // schemars sets a title only on the root, which would differ from the same type in `$defs`.
            if keywords.get("title").is_some_and(|title| *title == *sound) {
                keywords.remove("title");
            }
        }
        let name = if sound.is_empty() { "Type".to_owned() } else { sound };
        Self { name, body, targets: Vec::new() }
    }
}

/// The class of each node: equal for equal types.
fn classes(nodes: &[Node]) -> Vec<usize> {
    let mut classes = numbered(nodes.iter().map(|node| (node.name.as_str(), node.body.to_string())));
    loop {
        let refined = numbered(nodes.iter().enumerate().map(|(index, node)| {
            let targets: Vec<usize> = node.targets.iter().map(|target| classes[*target]).collect();
            (classes[index], targets)
        }));
        // Classes are only split, so the same number of classes means the same classes.
        if refined.iter().max() == classes.iter().max() {
            return refined;
        }
        classes = refined;
    }
}

/// A number for each key. Equal keys have the same number.
fn numbered<K: std::hash::Hash + Eq>(keys: impl Iterator<Item = K>) -> Vec<usize> {
    let mut numbers = HashMap::new();
    keys.map(|key| {
        let next = numbers.len();
        *numbers.entry(key).or_insert(next)
    })
    .collect()
}

/// The name of each node. The first class with a name gets it unchanged, the others get a number.
fn names(nodes: &[Node], classes: &[usize]) -> Vec<String> {
    let mut taken: BTreeSet<String> = nodes.iter().map(|node| node.name.clone()).collect();
    let mut plain: BTreeSet<&str> = BTreeSet::new();
    let mut next: HashMap<&str, usize> = HashMap::new();
    let mut of_class: HashMap<usize, String> = HashMap::new();
    for (node, class) in nodes.iter().zip(classes) {
        if of_class.contains_key(class) {
            continue;
        }
        let mut name = node.name.clone();
        if !plain.insert(&node.name) {
            let number = next.entry(&node.name).or_insert(2);
            while !taken.insert(format!("{}{number}", node.name)) {
                *number += 1;
            }
            name = format!("{}{number}", node.name);
        }
        of_class.insert(*class, name);
    }
    classes.iter().map(|class| of_class[class].clone()).collect()
}

/// Replaces the references of a type with those to its targets.
fn point(mut body: Value, targets: &[&String]) -> Result<Value> {
    let mut targets = targets.iter();
    schema::visit_mut(&mut body, |keywords| -> Result<()> {
        if let Some(Value::String(rest)) = keywords.get_mut("$ref") {
            *rest = targets.next().map_or_else(String::new, |target| format!("{PREFIX}{target}{rest}"));
        }
        Ok(())
    })?;
    Ok(body)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn types(schemas: &[Value]) -> Types {
        let source = |schema| Source { place: "shop.buy".to_owned(), fallback: "Buy".to_owned(), schema };
        hoist(&schemas.iter().map(source).collect::<Vec<_>>()).expect("all references are local")
    }

    fn order(item: &Value) -> Value {
        json!({"title": "Order", "properties": {"item": {"$ref": "#/$defs/Item"}}, "$defs": {"Item": item}})
    }

    #[test]
    fn a_type_in_two_messages_occurs_once() {
        let item = json!({"type": "string"});
        let one = types(&[order(&item), order(&item), json!({"title": "Item", "type": "string"})]);
        assert_eq!(one.roots, ["Order", "Order", "Item"]);
        assert_eq!(
            one.schemas["Order"],
            json!({"properties": {"item": {"$ref": "#/components/schemas/Item"}}})
        );
        assert_eq!(one.schemas.len(), 2);
        assert_eq!(one.referenced.into_iter().collect::<Vec<_>>(), ["Item"]);
    }

    #[test]
    fn types_that_refer_to_different_ones_are_different() {
        let types = types(&[
            order(&json!({"type": "string"})),
            order(&json!({"type": "integer"})),
            json!({"title": "Item2"}),
        ]);
        assert_eq!(types.roots, ["Order", "Order2", "Item2"]);
        assert_eq!(types.schemas["Order2"]["properties"]["item"]["$ref"], "#/components/schemas/Item3");
    }

    #[test]
    fn a_recursive_type_is_one_type() {
        let list = json!({"title": "List", "properties": {"next": {"$ref": "#"}}});
        let inner = json!({"properties": {"next": {"$ref": "#/$defs/List"}}});
        let other = json!({"title": "Other", "allOf": [{"$ref": "#/$defs/List"}], "$defs": {"List": inner}});
        let types = types(&[list, other]);
        assert_eq!(types.schemas.keys().collect::<Vec<_>>(), ["List", "Other"]);
        assert_eq!(types.schemas["List"]["properties"]["next"]["$ref"], "#/components/schemas/List");
    }

    #[test]
    fn a_value_of_an_enum_occurs_once() {
        let inner = json!({"enum": ["a", "b", "a", 1, 1.0, [1], [1.0], 1.5]});
        let schema = json!({"title": "Held", "properties": {"e": inner}, "$defs": {"Other": inner}});
        let types = types(&[schema]);
        assert_eq!(types.schemas["Held"]["properties"]["e"]["enum"], json!(["a", "b", 1, [1], 1.5]));
        assert_eq!(types.schemas["Other"]["enum"], json!(["a", "b", 1, [1], 1.5]));
    }

    #[test]
    fn data_that_looks_like_a_reference_can_be_removed() {
        let link = json!({"in": [{"$ref": "x"}]});
        let properties = json!({
            "$ref": {"type": "string", "default": "x"},
            "a": {"default": link, "examples": [link], "const": link, "enum": [link], "type": "object"},
        });
        let mut types = types(&[json!({"title": "Link", "properties": properties})]);
        remove_reference_data(&mut types.schemas);
        let expected = json!({"$ref": {"type": "string", "default": "x"}, "a": {"type": "object"}});
        assert_eq!(types.schemas["Link"]["properties"], expected);
    }

    #[test]
    fn data_that_looks_like_a_reference_is_kept() {
        let schema = json!({
            "title": "Odd <name>",
            "properties": {"$ref": {"type": "string"}},
            "const": {"$ref": "https://elsewhere.example"},
        });
        let types = types(std::slice::from_ref(&schema));
        assert_eq!(types.schemas["Odd__name_"], schema);
    }
}
