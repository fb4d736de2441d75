//! The places in a contract where a type can be named.

use lessmq::contract::schema::{RUST_KEY_TYPE, RUST_TYPE, subschemas};
use lessmq::contract::{Contract, MethodKind, Role};
use serde_json::Value;

use crate::rust_types::Wire;
use crate::sources::{SchemaPoint, Target};

/// A schema that may have a known type.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) kind: MethodKind,
    pub(super) method: String,
    pub(super) role: Role,
    is_read: bool,
    pub(super) pointer: String,
    pub(super) part: Part,
}

/// What may have a known type.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    Value {
        wire: Wire,
        /// Whether only a type of this form has the schema. A text with the pattern of a decimal may be a `String`.
        is_certain: bool,
    },
    /// The keys of a map. Its schema does not restrict them.
    Keys,
}

impl Place {
    /// The place for a search in the source code.
    pub(super) fn target<'a>(&'a self, contract: &'a Contract) -> Option<Target<'a>> {
        let message = contract.methods.get(&self.method)?.message(self.role)?;
        let schema = if self.is_read { &message.reads } else { &message.writes };
        Some(Target {
            service: &contract.service,
            method: &self.method,
            kind: self.kind,
            direction: Some(self.role),
            new: Some(SchemaPoint { schema, pointer: &self.pointer }),
            old: None,
            example: None,
        })
    }

    /// Writes the annotation of the type into the schema.
    pub(super) fn name_type(&self, contract: &mut Contract, mark: &Value) {
        let Some(method) = contract.methods.get_mut(&self.method) else { return };
        for (role, message) in method.messages_mut() {
            let schema = if self.is_read { &mut message.reads } else { &mut message.writes };
            if role == self.role
                && let Some(Value::Object(keywords)) = schema.pointer_mut(&self.pointer)
            {
                keywords.insert(self.part.keyword().to_owned(), mark.clone());
            }
        }
    }
}

/// All places without a type that the service has named itself.
pub(super) fn places(contract: &Contract) -> Vec<Place> {
    let mut found = Vec::new();
    for message in contract.messages() {
        for (schema, is_read) in [(&message.message.reads, true), (&message.message.writes, false)] {
            let mut open = vec![(String::new(), schema)];
            while let Some((pointer, schema)) = open.pop() {
                open.extend(subschemas(schema).map(|(step, inner)| (format!("{pointer}{step}"), inner)));
                let is_decimal = |read: &Value| Wire::of(read, true) == Some(Wire::Decimal);
                let part = match Wire::of(schema, is_read) {
                    Some(wire) => {
                        let is_certain = wire != Wire::Decimal
                            || message.message.reads.pointer(&pointer).is_some_and(is_decimal);
                        Part::Value { wire, is_certain }
                    }
                    None if is_map(schema) => Part::Keys,
                    None => continue,
                };
                if schema.get(part.keyword()).is_none() {
                    let (kind, method, role) = (message.kind, message.method.to_owned(), message.role);
                    found.push(Place { kind, method, role, is_read, pointer, part });
                }
            }
        }
    }
    found
}

impl Part {
    /// The annotation that names the type.
    fn keyword(self) -> &'static str {
        match self {
            Self::Value { .. } => RUST_TYPE,
            Self::Keys => RUST_KEY_TYPE,
        }
    }
}

/// Whether a schema is that of a map, the keys of which may be any text.
fn is_map(schema: &Value) -> bool {
    let has = |keyword: &str| schema.get(keyword).is_some();
    schema.get("additionalProperties").is_some_and(|values| *values != Value::Bool(false))
        && !["properties", "patternProperties", "propertyNames"].into_iter().any(has)
}
