//! Reads uses of types: scalars, collections, references and unnamed types.

use serde_json::{Map, Value};

use super::Reader;
use super::document::Document;
use super::pair::{Pair, without_null};
use super::scalar::{is_constraint, scalar};
use super::variant::has_subschemas;
use crate::generate::model::{Key, Type};

/// The longest array and tuple that serde and schemars support.
const MAX_ARRAY_ITEMS: usize = 32;
const MAX_TUPLE_ITEMS: usize = 16;

/// A type, with the further keywords of its schema.
pub(super) type Constrained = (Type, Map<String, Value>);

impl Reader {
    /// The type at a place. A type that needs a name gets one from `hint`.
    pub(super) fn expression(&mut self, document: &Document<'_>, at: Pair<'_>, hint: &str) -> Type {
        match self.constrained(document, at, hint) {
            Some((ty, extras)) if extras.is_empty() => ty,
            _ => Type::Named(self.nameless(document, at, hint)),
        }
    }

    /// The type at a place, with the further keywords of its schema. Otherwise as [`Reader::expression`].
    pub(super) fn with_extras(&mut self, document: &Document<'_>, at: Pair<'_>, hint: &str) -> Constrained {
        self.constrained(document, at, hint)
            .unwrap_or_else(|| (Type::Named(self.nameless(document, at, hint)), Map::new()))
    }

    /// The type at a place, unless it has a shape that needs a name.
    pub(super) fn constrained(
        &mut self,
        document: &Document<'_>,
        at: Pair<'_>,
        hint: &str,
    ) -> Option<Constrained> {
        if at.is_anything() {
            return Some((Type::Any, Map::new()));
        }
        if let Some(found) = self.foreign(at) {
            return Some(self.foreign_type(found));
        }
        if let Some(reference) = at.text("$ref") {
            return with_rest(self.reference(document, reference), at, &["$ref"]);
        }
        if let Some(options) = at.list("anyOf") {
            let [inner, null] = options[..] else { return None };
            if scalar(null).is_none_or(|(ty, _)| ty != Type::Null) || !has_subschemas(inner) {
                return None;
            }
            let inner = self.expression(document, inner, hint);
            return with_rest(Type::Option(Box::new(inner)), at, &["anyOf"]);
        }
        if let (Some(writes), Some(reads)) = (without_null(at.writes), without_null(at.reads)) {
            let inner = Pair { writes: &writes, reads: &reads };
            let (ty, extras) = match self.constrained(document, inner, hint) {
                Some(found) => found,
                None => (Type::Named(self.nameless(document, inner, hint)), Map::new()),
            };
            return Some((Type::Option(Box::new(ty)), extras));
        }
        match at.text("type")? {
            "array" => self.array(document, at, hint),
            "object" => self.map(document, at, hint),
            _ => scalar(at),
        }
    }

    fn array(&mut self, document: &Document<'_>, at: Pair<'_>, hint: &str) -> Option<Constrained> {
        let (least, most) = (at.size("minItems"), at.size("maxItems"));
        if let Some(items) = at.list("prefixItems") {
            let length = items.len();
            if least != Some(length) || most != Some(length) || length > MAX_TUPLE_ITEMS {
                return None;
            }
            let items = self.items(document, &items, hint);
            return with_rest(Type::Tuple(items), at, &["type", "prefixItems", "minItems", "maxItems"]);
        }
        let Some(items) = at.below("items") else {
            let empty = Type::Array(Box::new(Type::Null), 0);
            return if most == Some(0) { with_rest(empty, at, &["type", "maxItems"]) } else { None };
        };
        let item = Box::new(self.expression(document, items, &format!("{hint}Item")));
        if at.is("uniqueItems", true) {
            return with_rest(Type::Set(item), at, &["type", "items", "uniqueItems"]);
        }
        match most {
            Some(length) if least == most && (1..=MAX_ARRAY_ITEMS).contains(&length) => {
                with_rest(Type::Array(item, length), at, &["type", "items", "minItems", "maxItems"])
            }
            _ => with_rest(Type::List(item), at, &["type", "items"]),
        }
    }

    /// The types of the items of a tuple.
    pub(super) fn items(&mut self, document: &Document<'_>, items: &[Pair<'_>], hint: &str) -> Vec<Type> {
        let item = |(index, item)| self.expression(document, item, &format!("{hint}{}", index + 1));
        items.iter().copied().enumerate().map(item).collect()
    }

    fn map(&mut self, document: &Document<'_>, at: Pair<'_>, hint: &str) -> Option<Constrained> {
        let (key, values, own) = if let Some(patterns) = at.below("patternProperties") {
            let patterns_of = |schema: &Value| schema.as_object().map(|all| all.keys().cloned().collect());
            let (ours, theirs): (Option<Vec<String>>, _) =
                (patterns_of(patterns.writes), patterns_of(patterns.reads));
            let [pattern] = ours.filter(|ours| Some(ours) == theirs.as_ref())?.try_into().ok()?;
            let pattern: String = pattern;
            let key = match pattern.as_str() {
                r"^\d+$" => Key::Unsigned,
                r"^-?\d+$" => Key::Signed,
                _ => return None,
            };
            if !at.is("additionalProperties", false) {
                return None;
            }
            (key, patterns.below(&pattern)?, ["type", "patternProperties", "additionalProperties"].as_slice())
        } else {
            if let Some(map) = self.enum_map(document, at, hint) {
                return Some(map);
            }
            let values = at.below("additionalProperties")?;
            if values.writes == &Value::Bool(false) || values.reads == &Value::Bool(false) {
                return None;
            }
            (self.key(at), values, ["type", "additionalProperties"].as_slice())
        };
        if !at.keys()?.iter().all(|key| own.contains(key) || is_constraint(key)) {
            return None;
        }
        let value = Box::new(self.expression(document, values, &format!("{hint}Value")));
        with_rest(Type::Map { key, value }, at, own)
    }
}

/// A type with its further keywords, if they only narrow it.
fn with_rest(ty: Type, at: Pair<'_>, own: &[&str]) -> Option<Constrained> {
    let mut extras = Map::new();
    for keyword in at.keys()?.into_iter().filter(|keyword| !own.contains(keyword) && *keyword != "default") {
        if !is_constraint(keyword) && keyword != "format" {
            return None;
        }
        extras.insert(keyword.to_owned(), at.get(keyword)?.clone());
    }
    Some((ty, extras))
}
