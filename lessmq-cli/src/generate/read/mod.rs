//! Reads a contract into a model.
//!
//! Both schemas of a message are read together. A shape is recognised only if it accounts for every keyword, so that the
//! generated type has the same schemas. Other schemas become [`Shape::Opaque`], which contains its schemas.

mod document;
mod enumeration;
mod expression;
mod flattened;
mod foreign;
mod instances;
mod method;
mod order;
mod pair;
mod scalar;
mod structure;
mod targets;
mod variant;

use std::collections::{BTreeSet, HashMap};

use lessmq::contract::Contract;
use serde_json::{Map, Value};

use self::document::{Document, references};
use self::instances::name_instances;
use self::order::{contains_itself, loses_fields, order_variants};
use self::pair::Pair;
pub(crate) use self::scalar::{format_name, integer_name};
use self::structure::{docs, readable};
use super::model::{Docs, Model, NamedType, Opaque, Shape, Tagging, Type, TypeId};
use super::names::{Taken, ascii, is_identifier, pascal};
use crate::report::Result;
use crate::rust_types::{ChosenType, Replacements};

/// Names with another meaning in generated code.
const RESERVED: [&str; 10] =
    ["Context", "Err", "Error", "False", "None", "Ok", "Result", "Self", "Some", "True"];

/// The model of a contract. No type gets a name in `taken`.
pub(crate) fn model(contract: &Contract, taken: &BTreeSet<String>) -> Result<Model> {
    read(contract, taken, None)
}

/// The model of a contract for Rust, which uses types of other crates.
pub(crate) fn rust_model(
    contract: &Contract,
    taken: &BTreeSet<String>,
    replacements: &Replacements,
) -> Result<Model> {
    foreign::check_annotations(contract)?;
    read(contract, taken, Some(replacements.clone()))
}

fn read(contract: &Contract, taken: &BTreeSet<String>, replacements: Option<Replacements>) -> Result<Model> {
    let mut reader = Reader {
        types: Vec::new(),
        keys: Vec::new(),
        known: HashMap::new(),
        taken: Taken::new(taken),
        looked_at: BTreeSet::new(),
        depth: 0,
        waiting: Vec::new(),
        untagged: Vec::new(),
        remaining_shapes: MAX_SHAPES,
        replacements,
        rust_types: Vec::new(),
        key_types: HashMap::new(),
    };
    reader.read_key_types(contract);
    let methods = reader.methods(contract)?;
    order_variants(&mut reader.types);
    name_instances(&mut reader.types, taken);
    let service = contract.service.clone();
    let description = contract.description.as_deref().map(readable);
    let events_description = contract.events_description.as_deref().map(readable);
    let Reader { types, rust_types, .. } = reader;
    Ok(Model { service, description, events_description, types, rust_types, methods })
}

/// A definition: its name and its identity.
type Key = (String, u64);

/// Collects the types of a contract.
struct Reader {
    types: Vec<NamedType>,
    /// The key of each type, if it is a definition.
    keys: Vec<Option<Key>>,
    /// The types of definitions.
    known: HashMap<Key, TypeId>,
    taken: Taken,
    /// Definitions that are currently tried as types of the standard library, which are not recursive.
    looked_at: BTreeSet<String>,
    /// The current depth of nested definitions.
    depth: usize,
    /// Types of definitions whose shape is read later, with the names of the definitions.
    waiting: Vec<(TypeId, String)>,
    /// Enums without a tag and optional types in this message, with both of their schemas.
    untagged: Vec<(TypeId, Value, Value)>,
    /// The remaining number of shapes that may be tried in this message.
    remaining_shapes: u32,
    /// The settings for types of other crates, if the code uses them.
    replacements: Option<Replacements>,
    rust_types: Vec<ChosenType>,
    /// The newtypes and enums of keys of maps, by their names in schemas.
    key_types: HashMap<String, TypeId>,
}

/// The depth limit of definitions that are read by recursion. Deeper ones are read afterwards, so that a chain of
/// thousands of types fits any stack.
const MAX_DEPTH: usize = 32;

/// The limit of shapes that are tried in one message. Schemas of real types need a few for each type. A schema that
/// would need exponentially many becomes opaque.
const MAX_SHAPES: u32 = 100_000;

impl Reader {
    /// The type of a reference.
    fn reference(&mut self, document: &Document<'_>, reference: &str) -> Type {
        let name = document.name(reference);
        self.named(document, &name)
    }

    /// The type of a definition.
    fn named(&mut self, document: &Document<'_>, name: &str) -> Type {
        let Some((at, identity)) = document.definition(name) else { return Type::Any };
        let key = (name.to_owned(), identity);
        if let Some(id) = self.known.get(&key) {
            return Type::Named(*id);
        }
        if self.looked_at.insert(name.to_owned()) {
            let standard = self.attempt(|reader| reader.standard(document, at, name));
            self.looked_at.remove(name);
            if let Some(standard) = standard {
                return standard;
            }
        }
        let id = self.declare(name, name, false, docs(at));
        self.keys[id.0] = Some(key.clone());
        self.known.insert(key, id);
        self.types[id.0].is_secret = at.annotation("writeOnly") == Some(&Value::Bool(true));
        if self.depth < MAX_DEPTH {
            self.read_shape(document, id, at);
        } else {
            self.waiting.push((id, name.to_owned()));
        }
        Type::Named(id)
    }

    fn read_shape(&mut self, document: &Document<'_>, id: TypeId, at: Pair<'_>) {
        let code_name = self.types[id.0].name.clone();
        self.depth += 1;
        self.set_shape(document, id, at, &code_name);
        self.depth -= 1;
    }

    /// Reads the shapes that were postponed.
    fn read_waiting(&mut self, document: &Document<'_>) {
        while let Some((id, name)) = self.waiting.pop() {
            if let Some((at, _)) = document.definition(&name) {
                self.read_shape(document, id, at);
            }
        }
    }

    /// A new named type for a schema without a name.
    fn nameless(&mut self, document: &Document<'_>, at: Pair<'_>, hint: &str) -> TypeId {
        let id = self.declare(hint, hint, true, Docs::default());
        let code_name = self.types[id.0].name.clone();
        self.set_shape(document, id, at, &code_name);
        id
    }

    fn set_shape(&mut self, document: &Document<'_>, id: TypeId, at: Pair<'_>, code_name: &str) {
        let shape = self.shape(document, at, code_name);
        let may_be_opaque = match &shape {
            Shape::Enum(found) => found.tagging == Tagging::Untagged,
            Shape::Newtype { inner, .. } => matches!(inner, Type::Option(_)),
            _ => false,
        };
        if may_be_opaque {
            self.untagged.push((id, at.writes.clone(), at.reads.clone()));
        }
        self.types[id.0].shape = shape;
    }

    /// Finishes the types of a message: reads the shapes that were postponed. A type that would lose fields or that is
    /// read without end contains any JSON.
    fn finish(&mut self, document: &Document<'_>) {
        self.read_waiting(document);
        for (id, writes, reads) in std::mem::take(&mut self.untagged) {
            if contains_itself(&self.types, id) || loses_fields(&self.types, id) {
                let opaque = self.opaque(document, Pair { writes: &writes, reads: &reads });
                self.types[id.0].shape = Shape::Opaque(opaque);
            }
        }
    }

    /// A new type that only wraps another one.
    fn wrapped(&mut self, hint: &str, inner: Type, extras: Map<String, Value>) -> TypeId {
        let id = self.declare(hint, hint, true, Docs::default());
        self.types[id.0].shape = Shape::Newtype { inner, extras };
        id
    }

    /// Declares a type before its shape is read, so that it can be recursive.
    fn declare(&mut self, name: &str, schema_name: &str, inline: bool, docs: Docs) -> TypeId {
        let id = TypeId(self.types.len());
        let name = self.taken.unique(&type_name(name));
        let shape = Shape::Tuple(Vec::new());
        let schema_name = schema_name.to_owned();
        self.types.push(NamedType { name, schema_name, inline, is_secret: false, docs, shape });
        self.keys.push(None);
        id
    }

    fn shape(&mut self, document: &Document<'_>, at: Pair<'_>, name: &str) -> Shape {
        if let Some(shape) = self.foreign_shape(at) {
            return shape;
        }
        if let Some(enumeration) = self.enumeration(document, at, name) {
            return Shape::Enum(enumeration);
        }
        if at.get("prefixItems").is_some()
            && let Some((Type::Tuple(items), extras)) = self.constrained(document, at, name)
            && extras.is_empty()
            && items.len() > 1
        {
            return Shape::Tuple(items);
        }
        let has_fields = at.writes.get("properties").is_some()
            || at.reads.get("properties").is_some()
            || at.is("additionalProperties", false) && at.get("patternProperties").is_none();
        let has_fields = has_fields && self.enum_map(document, at, name).is_none();
        if has_fields && let Some(fields) = self.attempt(|reader| reader.fields(document, at, &[], name)) {
            return Shape::Struct(fields);
        }
        match self.constrained(document, at, name) {
            Some((inner, extras)) if !at.is_anything() => Shape::Newtype { inner, extras },
            _ => Shape::Opaque(self.opaque(document, at)),
        }
    }

    fn opaque(&mut self, document: &Document<'_>, at: Pair<'_>) -> Opaque {
        let mut found: Vec<&str> = references(at.writes);
        found.extend(references(at.reads));
        found.sort_unstable();
        found.dedup();
        let mut types = Vec::new();
        for reference in found {
            let id = match self.reference(document, reference) {
                Type::Named(id) => id,
                standard => {
                    let name = document.name(reference);
                    self.wrapped(&name, standard, Map::new())
                }
            };
            types.push((reference.to_owned(), id));
        }
        let bare = |schema: &Value| {
            let mut schema = schema.clone();
            if let Some(object) = schema.as_object_mut() {
                for keyword in ["$defs", "definitions", "$schema", "title", "description"] {
                    object.remove(keyword);
                }
            }
            schema
        };
        Opaque { inner: Type::Any, writes: bare(at.writes), reads: bare(at.reads), references: types }
    }

    /// A type of the standard library that has a name in schemas.
    fn standard(&mut self, document: &Document<'_>, at: Pair<'_>, name: &str) -> Option<Type> {
        let only = |keyword: &str| at.keys().is_some_and(|keys| keys == [keyword]);
        let property =
            |at: Pair<'_>, name: &str| at.below("properties").and_then(|all| all.below(name)).is_some();
        if name.starts_with("Result_of_") && only("oneOf") {
            let [ok, error] = at.list("oneOf")?[..] else { return None };
            let (ok, error) = (ok.properties().both("Ok")?, error.properties().both("Err")?);
            let (ok, error) = (self.expression(document, ok, name), self.expression(document, error, name));
            return Some(Type::Result(Box::new(ok), Box::new(error)));
        }
        if name.starts_with("Bound_of_") && only("oneOf") {
            let [included, _, _] = at.list("oneOf")?[..] else { return None };
            let inner = included.properties().both("Included")?;
            return Some(Type::Bound(Box::new(self.expression(document, inner, name))));
        }
        if name.starts_with("Range_of_") && property(at, "start") && property(at, "end") {
            let inner = at.properties().both("start")?;
            return Some(Type::Range(Box::new(self.expression(document, inner, name))));
        }
        match name {
            "Duration" if property(at, "secs") && property(at, "nanos") => Some(Type::Duration),
            "SystemTime" if property(at, "secs_since_epoch") && property(at, "nanos_since_epoch") => {
                Some(Type::SystemTime)
            }
            _ => None,
        }
    }
}

/// A name for a type in code.
fn type_name(name: &str) -> String {
    let is_name = is_identifier(name) && name.starts_with(char::is_uppercase);
    let name = if is_name && !name.contains('_') { name.to_owned() } else { pascal(name) };
    let name = if is_identifier(&name) { name } else { ascii(&name, "Type") };
    if RESERVED.contains(&name.as_str()) { format!("{name}Type") } else { name }
}
