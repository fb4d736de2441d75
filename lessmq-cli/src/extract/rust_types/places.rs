//! The places in a contract where a type can be named.

use lessmq::contract::schema::{RUST_TYPE, subschemas};
use lessmq::contract::{Contract, MethodKind, Role};
use serde_json::Value;

use crate::rust_types::{RustType, Wire};
use crate::sources::{SchemaPoint, Target};

/// A schema with the form of a known type.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) kind: MethodKind,
    pub(super) method: String,
    pub(super) role: Role,
    is_read: bool,
    pub(super) pointer: String,
    pub(super) wire: Wire,
    /// Whether only a type of this form has the schema. A text with the pattern of a decimal may be a `String`.
    pub(super) is_certain: bool,
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

    /// Writes the type into the schema.
    pub(super) fn name_type(&self, contract: &mut Contract, ty: &RustType) {
        let Some(method) = contract.methods.get_mut(&self.method) else { return };
        let roles: Vec<Role> = method.messages().map(|(role, _)| role).collect();
        for (message, role) in method.messages_mut().zip(roles) {
            let schema = if self.is_read { &mut message.reads } else { &mut message.writes };
            if role == self.role
                && let Some(Value::Object(keywords)) = schema.pointer_mut(&self.pointer)
            {
                keywords.insert(RUST_TYPE.to_owned(), ty.to_json());
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
                let Some(wire) = Wire::of(schema, is_read).filter(|_| schema.get(RUST_TYPE).is_none()) else {
                    continue;
                };
                let is_decimal = |read: &Value| Wire::of(read, true) == Some(Wire::Decimal);
                let is_certain =
                    wire != Wire::Decimal || message.message.reads.pointer(&pointer).is_some_and(is_decimal);
                let (kind, method, role) = (message.kind, message.method.to_owned(), message.role);
                found.push(Place { kind, method, role, is_read, pointer, wire, is_certain });
            }
        }
    }
    found
}
