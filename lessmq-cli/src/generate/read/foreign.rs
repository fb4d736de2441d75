//! Reads types of other crates: dates, decimals, ids.

use lessmq::contract::Contract;
use lessmq::contract::schema::{RUST_TYPE, subschemas};
use serde_json::{Map, Value};

use super::Reader;
use super::expression::Constrained;
use super::pair::Pair;
use super::scalar::is_constraint;
use crate::generate::model::{Docs, NamedType, Opaque, RustTypeId, Shape, Type, TypeId};
use crate::report::{Error, Result};
use crate::rust_types::{Choice, ChosenType, RustType, Wire, choose};

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
        let mark = at.annotation(RUST_TYPE).and_then(|mark| RustType::read(mark).ok());
        let wires = (Wire::of(at.writes, false), Wire::of(at.reads, true));
        let wire = wires.0.filter(|_| wires.0 == wires.1);
        let choice = choose(replacements, mark.as_ref(), wire)?;
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
            let Some(Err(fault)) = schema.get(RUST_TYPE).map(RustType::read) else { continue };
            let (role, method) = (message.role, message.method);
            return Err(Error::new(format!(
                "the {role} of `{method}`: `{RUST_TYPE}` at `{pointer}` is not valid: {fault}"
            ))
            .hint("write {\"crate\": \"chrono\", \"version\": \"0.4\", \"path\": \"chrono::NaiveDate\"}"));
        }
    }
    Ok(())
}
