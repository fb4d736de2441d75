//! The two schemas of a place: the written one and the read one.

use lessmq::contract::schema::{OTHER_VARIANT, is_annotation, is_definitions};
use serde_json::{Map, Value};

/// Whether a keyword has no effect on the type: definitions, identifiers, annotations, and what only enums have.
/// `deprecated` has an effect.
pub(super) fn is_ignored(keyword: &str) -> bool {
    ["$id", OTHER_VARIANT].contains(&keyword)
        || is_definitions(keyword)
        || is_annotation(keyword) && keyword != "deprecated"
}

/// One place in the two schemas of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair<'a> {
    pub(super) writes: &'a Value,
    pub(super) reads: &'a Value,
}

impl<'a> Pair<'a> {
    /// Whether every value is allowed.
    pub(super) fn is_anything(self) -> bool {
        let open = |schema: &Value| match schema {
            Value::Bool(open) => *open,
            _ => keywords(schema).next().is_none(),
        };
        open(self.writes) && open(self.reads) && self.keys().is_some()
    }

    /// The keywords that affect the type, if both sides have the same ones.
    pub(super) fn keys(self) -> Option<Vec<&'a str>> {
        let (ours, theirs) = (sorted(self.writes), sorted(self.reads));
        (ours == theirs).then_some(ours)
    }

    /// The keyword's value, if both sides have the same one.
    pub(super) fn get(self, keyword: &str) -> Option<&'a Value> {
        let (one, other) = (self.writes.get(keyword)?, self.reads.get(keyword)?);
        (one == other).then_some(one)
    }

    pub(super) fn text(self, keyword: &str) -> Option<&'a str> {
        self.get(keyword)?.as_str()
    }

    pub(super) fn size(self, keyword: &str) -> Option<usize> {
        usize::try_from(self.get(keyword)?.as_u64()?).ok()
    }

    /// Whether the keyword has this value on both sides.
    pub(super) fn is(self, keyword: &str, value: impl Into<Value>) -> bool {
        self.get(keyword) == Some(&value.into())
    }

    /// The subschema of a keyword, if both sides have it.
    pub(super) fn below(self, keyword: &str) -> Option<Self> {
        Some(Self { writes: self.writes.get(keyword)?, reads: self.reads.get(keyword)? })
    }

    /// The subschemas in a list that has the same length on both sides.
    pub(super) fn list(self, keyword: &str) -> Option<Vec<Self>> {
        let below = self.below(keyword)?;
        let (writes, reads) = (below.writes.as_array()?, below.reads.as_array()?);
        let pairs = writes.iter().zip(reads).map(|(writes, reads)| Self { writes, reads });
        (writes.len() == reads.len()).then(|| pairs.collect())
    }

    pub(super) fn properties(self) -> Properties<'a> {
        let all = |schema: &'a Value| schema.get("properties").and_then(Value::as_object);
        Properties { writes: all(self.writes), reads: all(self.reads) }
    }

    pub(super) fn required(self) -> (Vec<&'a str>, Vec<&'a str>) {
        (required(self.writes), required(self.reads))
    }

    /// The annotation of either side.
    pub(super) fn annotation(self, keyword: &str) -> Option<&'a Value> {
        self.reads.get(keyword).or_else(|| self.writes.get(keyword))
    }
}

/// The properties of an object on both sides.
#[derive(Clone, Copy, Debug)]
pub(super) struct Properties<'a> {
    writes: Option<&'a Map<String, Value>>,
    reads: Option<&'a Map<String, Value>>,
}

impl<'a> Properties<'a> {
    pub(super) fn written(self, name: &str) -> Option<&'a Value> {
        self.writes?.get(name)
    }

    pub(super) fn read(self, name: &str) -> Option<&'a Value> {
        self.reads?.get(name)
    }

    pub(super) fn both(self, name: &str) -> Option<Pair<'a>> {
        Some(Pair { writes: self.written(name)?, reads: self.read(name)? })
    }

    /// All names: the ones in `first` in their order, then the rest.
    pub(super) fn names(self, first: &[&'a str]) -> Vec<&'a str> {
        let all = [self.writes, self.reads].into_iter().flatten().flat_map(Map::keys).map(String::as_str);
        let mut names: Vec<&str> = Vec::new();
        for name in first.iter().copied().chain(all) {
            let exists = self.written(name).is_some() || self.read(name).is_some();
            if exists && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// The keywords of a schema that affect the type.
pub(super) fn keywords(schema: &Value) -> impl Iterator<Item = &str> {
    let keys = schema.as_object().into_iter().flat_map(Map::keys).map(String::as_str);
    keys.filter(|key| !is_ignored(key) && *key != "deprecated")
}

fn sorted(schema: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = keywords(schema).collect();
    keys.sort_unstable();
    keys
}

fn required(schema: &Value) -> Vec<&str> {
    let names = schema.get("required").and_then(Value::as_array);
    names.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The schema without the value `null`; `None` if it does not allow `null`.
pub(super) fn without_null(schema: &Value) -> Option<Value> {
    let mut schema = schema.as_object()?.clone();
    let Some(Value::Array(types)) = schema.get("type") else { return None };
    let rest: Vec<&Value> = types.iter().filter(|name| *name != "null").collect();
    let [only] = rest[..] else { return None };
    if types.len() != 2 {
        return None;
    }
    let only = only.clone();
    schema.insert("type".to_owned(), only);
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    Some(Value::Object(schema))
}
