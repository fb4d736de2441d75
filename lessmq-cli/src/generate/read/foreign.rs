//! Reads types of other crates: dates, decimals, ids.

use std::collections::{BTreeMap, BTreeSet};

use lessmq::contract::schema::{RUST_KEY_TYPE, RUST_TYPE, join, subschemas};
use lessmq::contract::{Contract, Message};
use serde_json::{Map, Value, json};

use super::Reader;
use super::document::Document;
use super::expression::Constrained;
use super::pair::Pair;
use super::scalar::is_constraint;
use crate::generate::model::{
    Docs, Key, NamedType, Opaque, RustTypeId, Shape, Tagging, Type, TypeId, Variant, VariantShape,
};
use crate::report::{Error, Result};
use crate::rust_types::{Choice, ChosenType, Known, RustType, Wire, choose};

/// A value with a type of another crate.
pub(super) struct Foreign {
    choice: Choice,
    wire: Option<Wire>,
    /// The schemas of the type, without `null` and without further keywords.
    writes: Map<String, Value>,
    reads: Map<String, Value>,
    /// The further keywords.
    extras: Map<String, Value>,
    is_nullable: bool,
}

impl Reader {
    /// The type of another crate for a schema, if generated code uses one there.
    pub(super) fn foreign(&self, at: Pair<'_>) -> Option<Foreign> {
        let replacements = self.replacements.as_ref()?;
        // An invalid annotation was reported before.
        let annotation = at.annotation(RUST_TYPE).and_then(|annotation| RustType::read(annotation).ok());
        let wires = (Wire::of_schema(at.writes, false), Wire::of_schema(at.reads, true));
        let wire = wires.0.filter(|_| wires.0 == wires.1);
        let choice = choose(replacements, annotation.as_ref(), wire)?;
        let nullable = |schema: &Value| {
            schema
                .get("type")
                .and_then(Value::as_array)
                .is_some_and(|types| types.iter().any(|name| name == "null"))
        };
        let is_nullable = nullable(at.reads);
        if nullable(at.writes) != is_nullable {
            return None;
        }
        let Some(wire) = wire else {
            let is_scalar = !is_nullable && at.text("type").is_some_and(|name| SCALARS.contains(&name));
            if !is_scalar || choice == Choice::Text {
                return None;
            }
            let (writes, reads) = (keywords(at.writes), keywords(at.reads));
            return Some(Foreign { choice, wire: None, writes, reads, extras: Map::new(), is_nullable });
        };
        let (writes, reads) = (wire.schema(false), wire.schema(true));
        let mut extras = Map::new();
        for keyword in at.keys()?.into_iter().filter(|keyword| !reads.contains_key(*keyword)) {
            if !is_constraint(keyword) {
                return None;
            }
            extras.insert(keyword.to_owned(), at.get(keyword)?.clone());
        }
        Some(Foreign { choice, wire: Some(wire), writes, reads, extras, is_nullable })
    }

    /// The type of the keys of a map whose schema does not restrict them.
    pub(super) fn key(&mut self, at: Pair<'_>) -> Key {
        let Some(annotation) = at.annotation(RUST_KEY_TYPE) else { return Key::Text };
        let Some(chosen) = self.chosen_key(annotation) else { return Key::Text };
        let newtype = newtype(annotation).and_then(|name| self.key_types.get(name).copied());
        match newtype.filter(|id| self.is_newtype(*id, &chosen)) {
            Some(id) => Key::Named(id),
            None => Key::Rust(self.rust_type(chosen)),
        }
    }

    /// A map whose keys have an enum as their type. Its schema is that of a struct with a field for each variant.
    pub(super) fn enum_map(
        &mut self,
        document: &Document<'_>,
        at: Pair<'_>,
        hint: &str,
    ) -> Option<Constrained> {
        let id = *self.key_types.get(enum_name(at.annotation(RUST_KEY_TYPE)?)?)?;
        let is_map = at.is("additionalProperties", false)
            && at.keys()? == ["additionalProperties", "properties", "type"];
        let properties = at.properties();
        let names: BTreeSet<&str> = properties.names(&[]).into_iter().collect();
        if !is_map || variant_names(&self.types[id.0].shape)? != names {
            return None;
        }
        let first = properties.both(names.first()?)?;
        let is_same = |name: &&str| {
            properties
                .both(name)
                .is_some_and(|value| value.writes == first.writes && value.reads == first.reads)
        };
        if !names.iter().all(is_same) {
            return None;
        }
        let value = Box::new(self.expression(document, first, &format!("{hint}Value")));
        Some((Type::Map { key: Key::Named(id), value }, Map::new()))
    }

    /// Whether a type only contains a value of the chosen type.
    fn is_newtype(&self, id: TypeId, chosen: &ChosenType) -> bool {
        match &self.types[id.0].shape {
            Shape::Newtype { inner: Type::Rust(inner), extras } => {
                extras.is_empty() && self.rust_types[inner.0].ty == chosen.ty
            }
            _ => false,
        }
    }

    fn chosen_key(&self, annotation: &Value) -> Option<ChosenType> {
        let annotation = RustType::read(annotation).ok()?;
        let wire = Known::find(&annotation.path)?.wire;
        match choose(self.replacements.as_ref()?, Some(&annotation), Some(wire))? {
            Choice::Type(chosen) => Some(chosen).filter(ChosenType::is_usable_in_keys),
            Choice::Text => None,
        }
    }

    /// Reads the newtypes of keys. The schema of a map does not refer to them: they come from another schema of the
    /// contract, or are made from the type that they contain.
    pub(super) fn read_key_types(&mut self, contract: &Contract) {
        if self.replacements.is_none() {
            return;
        }
        for (name, (annotation, map)) in named_keys(contract) {
            if newtype(annotation).is_some() && self.chosen_key(annotation).is_none() {
                continue;
            }
            let message = self::message(contract, name, annotation, map);
            // A definition that refers to others is not that of a newtype of an id or a date.
            let Ok(document) = Document::new(&message, name, "") else { continue };
            if let Type::Named(id) = self.named(&document, name) {
                self.key_types.insert(name.to_owned(), id);
            }
        }
    }

    /// The use of a type of another crate.
    pub(super) fn foreign_type(&mut self, found: Foreign) -> Constrained {
        let is_nullable = found.is_nullable;
        let mut extras = found.extras.clone();
        let ty = match (&found.choice, found.wire) {
            (Choice::Type(chosen), _) if chosen.is_usable_in_fields() => {
                let chosen = chosen.clone();
                Type::Rust(self.rust_type(chosen))
            }
            (Choice::Text, Some(wire)) if wire != Wire::Decimal => {
                extras.insert("format".to_owned(), wire.name().into());
                Type::Text
            }
            _ => self.wrapper(found),
        };
        (if is_nullable { Type::Option(Box::new(ty)) } else { ty }, extras)
    }

    /// The shape of a named type that only consists of a type of another crate, if that needs a wrapper.
    pub(super) fn foreign_shape(&mut self, at: Pair<'_>) -> Option<Shape> {
        let mut found = self.foreign(at).filter(|found| found.needs_wrapper() && !found.is_nullable)?;
        let mut extras = std::mem::take(&mut found.extras);
        extras.extend(at.annotation("writeOnly").map(|secret| ("writeOnly".to_owned(), secret.clone())));
        found.writes.extend(extras.clone());
        found.reads.extend(extras);
        Some(Shape::Opaque(self.wrapped_type(found)))
    }

    /// A type that contains one that fields cannot have. There is one for each type and schema.
    fn wrapper(&mut self, found: Foreign) -> Type {
        let name = match &found.choice {
            Choice::Type(chosen) => chosen.schema_name.clone(),
            Choice::Text => "Decimal".to_owned(),
        };
        let shape = self.wrapped_type(found);
        let is_same = |declared: &NamedType| {
            declared.inline && matches!(&declared.shape, Shape::Opaque(known) if *known == shape)
        };
        if let Some(index) = self.types.iter().position(is_same) {
            return Type::Named(TypeId(index));
        }
        let id = self.declare(&name, &name, true, Docs::default());
        self.types[id.0].shape = Shape::Opaque(shape);
        Type::Named(id)
    }

    fn wrapped_type(&mut self, found: Foreign) -> Opaque {
        let inner = match found.choice {
            Choice::Type(chosen) => Type::Rust(self.rust_type(chosen)),
            Choice::Text => Type::Text,
        };
        let (writes, reads) = (Value::Object(found.writes), Value::Object(found.reads));
        Opaque { inner, writes, reads, references: Vec::new() }
    }

    fn rust_type(&mut self, chosen: ChosenType) -> RustTypeId {
        let known = self.rust_types.iter().position(|known| *known == chosen);
        RustTypeId(known.unwrap_or_else(|| {
            self.rust_types.push(chosen);
            self.rust_types.len() - 1
        }))
    }
}

const SCALARS: [&str; 4] = ["string", "number", "integer", "boolean"];

impl Foreign {
    fn needs_wrapper(&self) -> bool {
        match &self.choice {
            Choice::Type(chosen) => !chosen.is_usable_in_fields(),
            Choice::Text => self.wire == Some(Wire::Decimal),
        }
    }
}

/// The name of the newtype in the annotation of a map.
fn newtype(annotation: &Value) -> Option<&str> {
    annotation.get("newtype").and_then(Value::as_str)
}

/// The name of the enum in the annotation of a map.
fn enum_name(annotation: &Value) -> Option<&str> {
    annotation.get("enum").and_then(Value::as_str)
}

/// The names of the variants of an enum without content.
fn variant_names(shape: &Shape) -> Option<BTreeSet<&str>> {
    let Shape::Enum(found) = shape else { return None };
    let is_unit = |variant: &Variant| matches!(variant.shape, VariantShape::Unit);
    let is_plain = found.tagging == Tagging::External && found.variants.iter().all(is_unit);
    is_plain.then(|| found.variants.iter().map(|variant| variant.wire.as_str()).collect())
}

/// The newtypes and enums of all keys, each with its annotation and the schema of a map.
fn named_keys(contract: &Contract) -> BTreeMap<&str, (&Value, &Value)> {
    let mut found = BTreeMap::new();
    for message in contract.messages() {
        let mut open = vec![&message.message.writes, &message.message.reads];
        while let Some(schema) = open.pop() {
            open.extend(subschemas(schema).map(|(_, inner)| inner));
            let annotation = schema.get(RUST_KEY_TYPE);
            let name =
                annotation.and_then(|annotation| newtype(annotation).or_else(|| enum_name(annotation)));
            found.extend(name.zip(annotation).map(|(name, annotation)| (name, (annotation, schema))));
        }
    }
    found
}

/// A message that consists of a newtype or an enum: as the first message that has its definition, or without further
/// keywords.
fn message(contract: &Contract, name: &str, annotation: &Value, map: &Value) -> Message {
    let pointer = join("/$defs", name);
    let is_named = |schema: &&Value| schema.get("title").and_then(Value::as_str) == Some(name);
    let find =
        |schema: &'_ Value| schema.pointer(&pointer).or_else(|| Some(schema).filter(is_named)).cloned();
    let mut definitions = contract.messages().filter_map(|found| {
        let (writes, reads) = (find(&found.message.writes), find(&found.message.reads));
        Some((writes.clone().or_else(|| reads.clone())?, reads.or(writes)?))
    });
    let wire = annotation.get("path").and_then(Value::as_str).and_then(Known::find).map(|known| known.wire);
    let made = |is_read: bool| {
        let mut schema = match map
            .get("properties")
            .and_then(Value::as_object)
            .filter(|_| enum_name(annotation).is_some())
        {
            Some(names) => {
                let names: Vec<&String> = names.keys().collect();
                json!({"type": "string", "enum": names}).as_object().cloned().unwrap_or_default()
            }
            None => {
                let mut schema = wire.map(|wire| wire.schema(is_read)).unwrap_or_default();
                schema.insert(RUST_TYPE.to_owned(), annotation.clone());
                schema
            }
        };
        schema.extend(annotation.get("description").map(|docs| ("description".to_owned(), docs.clone())));
        Value::Object(schema)
    };
    let (writes, reads) = match definitions.next() {
        Some(found) => found,
        None => (made(false), made(true)),
    };
    let whole = |definition: Value| json!({"$defs": {name: definition}});
    Message { writes: whole(writes), reads: whole(reads) }
}

/// The keywords that affect the type.
fn keywords(schema: &Value) -> Map<String, Value> {
    let found = super::pair::keywords(schema).filter(|keyword| *keyword != "default");
    found.filter_map(|keyword| Some((keyword.to_owned(), schema.get(keyword)?.clone()))).collect()
}

/// Fails for an annotation of a type that is not valid.
pub(super) fn check_annotations(contract: &Contract) -> Result<()> {
    for message in contract.messages() {
        let mut open =
            vec![(String::from("#"), &message.message.writes), ("#".into(), &message.message.reads)];
        while let Some((pointer, schema)) = open.pop() {
            open.extend(subschemas(schema).map(|(step, inner)| (format!("{pointer}{step}"), inner)));
            for keyword in [RUST_TYPE, RUST_KEY_TYPE] {
                let annotation = schema
                    .get(keyword)
                    .filter(|annotation| keyword == RUST_TYPE || enum_name(annotation).is_none());
                let Some(Err(fault)) = annotation.map(RustType::read) else { continue };
                let (role, method) = (message.role, message.method);
                return Err(Error::new(format!(
                    "the {role} of `{method}`: `{keyword}` at `{pointer}` is not valid: {fault}"
                ))
                .hint(
                    "write {\"crate\": \"chrono\", \"version\": \"0.4\", \"path\": \"chrono::NaiveDate\"}",
                ));
            }
        }
    }
    Ok(())
}
