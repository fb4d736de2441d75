//! The schemas of one message, with their definitions.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash, Hasher};

use lessmq::contract::Message;
use lessmq::contract::schema::{is_definitions, subschemas_of, visit_mut};
use serde_json::{Map, Value};

use super::pair::{Pair, is_ignored};
use crate::generate::components::components;
use crate::generate::names::unique;
use crate::identifiers::definition;
use crate::report::{Error, Result};

/// The reference to the whole schema.
const ROOT: &str = "#";

/// A message.
pub(super) struct Document<'a> {
    pub(super) root: Pair<'a>,
    /// The title of the message.
    pub(super) title: String,
    /// The name of the type of the message: its title, unless a different definition has that name.
    root_name: String,
    definitions: BTreeMap<String, Definition<'a>>,
}

struct Definition<'a> {
    pair: Pair<'a>,
    /// The identity: equal for definitions that are equal, including the definitions that they refer to.
    identity: u64,
}

impl<'a> Document<'a> {
    /// The document of a message at a place in the contract. `name` is the name of its type if it has no title.
    pub(super) fn new(message: &'a Message, place: &str, name: &str) -> Result<Self> {
        let root = Pair { writes: &message.writes, reads: &message.reads };
        let title = root.annotation("title").and_then(Value::as_str).unwrap_or(name).to_owned();
        let mut pairs: BTreeMap<String, Pair<'a>> = BTreeMap::new();
        for keyword in ["$defs", "definitions"] {
            for (name, pair) in definitions(root, keyword) {
                pairs.insert(name.to_owned(), pair);
            }
        }
        let root_name = match pairs.get(&title) {
            Some(pair) if !is_same_type(root, *pair, &title) => free_name(&title, &pairs),
            _ => title.clone(),
        };
        pairs.entry(root_name.clone()).or_insert(root);
        for (pair, name) in pairs.values().map(|pair| (pair, place)) {
            for schema in [pair.writes, pair.reads] {
                check_references(schema, name, &pairs)?;
            }
        }
        let definitions = identified(&pairs, &root_name);
        Ok(Self { root, title, root_name, definitions })
    }

    /// The name by which the whole message is a definition.
    pub(super) fn root_name(&self) -> &str {
        &self.root_name
    }

    /// The name of the definition that a reference refers to.
    pub(super) fn name(&self, reference: &str) -> String {
        if reference == ROOT { self.root_name.clone() } else { definition(reference).unwrap_or_default() }
    }

    /// A definition and its identity.
    pub(super) fn definition(&self, name: &str) -> Option<(Pair<'a>, u64)> {
        self.definitions.get(name).map(|definition| (definition.pair, definition.identity))
    }
}

/// Whether the definition with the title of a message is the type of the message: it is equal, or the message only refers
/// to it.
fn is_same_type(root: Pair<'_>, found: Pair<'_>, title: &str) -> bool {
    let is_same = |root: &Value, found: &Value| {
        let root = essence(root, title);
        let only_refers = root.as_object().is_some_and(|keywords| keywords.len() == 1)
            && root
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(definition)
                .is_some_and(|name| name == title);
        only_refers || root == essence(found, title)
    };
    is_same(root.writes, found.writes) && is_same(root.reads, found.reads)
}

/// The first of `name`, `name2`, `name3`, … that no definition has.
fn free_name(name: &str, taken: &BTreeMap<String, Pair<'_>>) -> String {
    unique(name, &mut taken.keys().cloned().collect())
}

fn definitions<'a>(root: Pair<'a>, keyword: &str) -> Vec<(&'a str, Pair<'a>)> {
    let all = |schema: &'a Value| schema.get(keyword).and_then(Value::as_object);
    let (writes, reads) = (all(root.writes), all(root.reads));
    let names: BTreeSet<&str> =
        [writes, reads].into_iter().flatten().flat_map(Map::keys).map(String::as_str).collect();
    let pair = |name: &str| {
        let (written, read) = (writes.and_then(|all| all.get(name)), reads.and_then(|all| all.get(name)));
        Some(Pair { writes: written.or(read)?, reads: read.or(written)? })
    };
    names.into_iter().filter_map(|name| Some((name, pair(name)?))).collect()
}

fn check_references(schema: &Value, place: &str, known: &BTreeMap<String, Pair<'_>>) -> Result<()> {
    for reference in references(schema) {
        let is_known =
            reference == ROOT || definition(reference).is_some_and(|name| known.contains_key(&name));
        if is_known {
            continue;
        }
        let error = Error::new(format!("{place}: the schema refers to `{reference}`"));
        return Err(if reference.starts_with('#') {
            error.hint("a reference must refer to a definition of the same schema, such as `#/$defs/User`")
        } else {
            error.hint("references are not fetched: put the definition into the schema's `$defs`")
        });
    }
    Ok(())
}

/// All references in a schema without its definitions.
pub(super) fn references(schema: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    let mut remaining = vec![schema];
    while let Some(schema) = remaining.pop() {
        for (keyword, value) in schema.as_object().into_iter().flatten() {
            match (keyword.as_str(), value) {
                ("$ref", Value::String(reference)) => found.push(reference.as_str()),
                (keyword, value) if !is_definitions(keyword) => {
                    remaining.extend(subschemas_of(keyword, value).map(|(_, subschema)| subschema));
                }
                _ => {}
            }
        }
    }
    found
}

fn identified<'a>(pairs: &BTreeMap<String, Pair<'a>>, title: &str) -> BTreeMap<String, Definition<'a>> {
    let name = |reference: &str| {
        if reference == ROOT { Some(title.to_owned()) } else { definition(reference) }
    };
    let indexes: BTreeMap<&str, usize> = pairs.keys().map(String::as_str).zip(0..).collect();
    let refers = |pair: &Pair<'_>| {
        let found = references(pair.writes).into_iter().chain(references(pair.reads)).filter_map(name);
        found.filter_map(|name| indexes.get(name.as_str()).copied()).collect()
    };
    let next: Vec<Vec<usize>> = pairs.values().map(refers).collect();
    let components = components(&next);
    let mut members: BTreeMap<usize, Vec<(usize, &String, &Pair<'a>)>> = BTreeMap::new();
    for ((index, (name, pair)), component) in pairs.iter().enumerate().zip(&components) {
        members.entry(*component).or_default().push((index, name, pair));
    }
    // The components that a component refers to come before it, so their identities are known.
    let mut identities: Vec<u64> = Vec::with_capacity(members.len());
    for (component, members) in members {
        let mut hasher = DefaultHasher::new();
        let mut below: BTreeSet<u64> = BTreeSet::new();
        for (index, name, pair) in members {
            (name, format!("{}\n{}", essence(pair.writes, title), essence(pair.reads, title)))
                .hash(&mut hasher);
            let others = next[index].iter().map(|to| components[*to]).filter(|to| *to != component);
            below.extend(others.map(|to| identities[to]));
        }
        below.hash(&mut hasher);
        identities.push(hasher.finish());
    }
    let definition = |((name, pair), component): ((&String, &Pair<'a>), &usize)| {
        (name.clone(), Definition { pair: *pair, identity: identities[*component] })
    };
    pairs.iter().zip(&components).map(definition).collect()
}

/// A schema without annotations, with a name in place of references to the whole schema.
fn essence(schema: &Value, title: &str) -> Value {
    let mut essence = schema.clone();
    let Ok(()) = visit_mut(&mut essence, |keywords| {
        keywords.retain(|keyword, _| !is_ignored(keyword));
        if let Some(Value::String(reference)) = keywords.get_mut("$ref")
            && reference == ROOT
        {
            *reference = format!("#/$defs/{title}");
        }
        Ok::<(), Infallible>(())
    });
    essence
}
