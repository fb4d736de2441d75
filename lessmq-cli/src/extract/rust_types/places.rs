//! The places in a contract where a type can be named.

use lessmq::contract::schema::{RUST_KEY_TYPE, RUST_TYPE, subschemas};
use lessmq::contract::{Contract, MethodKind, Role};
use serde_json::Value;

use crate::rust_types::Wire;
use crate::sources::{SchemaPoint, Target};

/// A schema that may have a known type.
#[derive(Debug)]
pub(super) struct TypePlace {
    pub(super) kind: MethodKind,
    pub(super) method: String,
    pub(super) role: Role,
    is_read: bool,
    pub(super) pointer: String,
    pub(super) part: TypePart,
}

/// What may have a known type.
#[derive(Clone, Copy, Debug)]
pub(super) enum TypePart {
    Value {
        wire: Wire,
        /// Whether only a type of this form has the schema. A text with the pattern of a decimal may be a `String`.
        is_certain: bool,
    },
    /// The keys of a map. Its schema does not restrict them.
    Keys,
    /// The keys of a map whose type is an enum, or the fields of a struct: a few names with the same schema.
    Names,
}

impl TypePlace {
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

    /// A name for the declaration that the place is in, which several messages may have.
    pub(super) fn identity(&self) -> String {
        match self.pointer.rfind("/$defs/") {
            Some(start) => self.pointer[start..].to_owned(),
            None => format!("{} {} {}", self.method, self.role, self.pointer),
        }
    }

    /// Writes the annotation of the type into the schema.
    pub(super) fn name_type(&self, contract: &mut Contract, annotation: &Value) {
        let Some(method) = contract.methods.get_mut(&self.method) else { return };
        for (role, message) in method.messages_mut() {
            let schema = if self.is_read { &mut message.reads } else { &mut message.writes };
            if role == self.role
                && let Some(Value::Object(keywords)) = schema.pointer_mut(&self.pointer)
            {
                keywords.insert(self.part.keyword().to_owned(), annotation.clone());
            }
        }
    }
}

/// All places without a type that the service has named itself.
pub(super) fn places(contract: &Contract) -> Vec<TypePlace> {
    let mut found = Vec::new();
    for message in contract.messages() {
        for (schema, is_read) in [(&message.message.reads, true), (&message.message.writes, false)] {
            let mut open = vec![(String::new(), schema)];
            while let Some((pointer, schema)) = open.pop() {
                open.extend(subschemas(schema).map(|(step, inner)| (format!("{pointer}{step}"), inner)));
                let is_decimal = |read: &Value| Wire::of_schema(read, true) == Some(Wire::Decimal);
                let part = match Wire::of_schema(schema, is_read) {
                    Some(wire) => {
                        let is_certain = wire != Wire::Decimal
                            || message.message.reads.pointer(&pointer).is_some_and(is_decimal);
                        TypePart::Value { wire, is_certain }
                    }
                    None if is_map(schema) => TypePart::Keys,
                    None if has_names(schema) => TypePart::Names,
                    None => continue,
                };
                if schema.get(part.keyword()).is_none() {
                    let (kind, method, role) = (message.kind, message.method.to_owned(), message.role);
                    found.push(TypePlace { kind, method, role, is_read, pointer, part });
                }
            }
        }
    }
    found
}

impl TypePart {
    /// The annotation that names the type.
    fn keyword(self) -> &'static str {
        match self {
            Self::Value { .. } => RUST_TYPE,
            Self::Keys | Self::Names => RUST_KEY_TYPE,
        }
    }
}

/// Whether a schema is that of a map, the keys of which may be any text.
fn is_map(schema: &Value) -> bool {
    let has = |keyword: &str| schema.get(keyword).is_some();
    schema.get("additionalProperties").is_some_and(|values| *values != Value::Bool(false))
        && !["properties", "patternProperties", "propertyNames"].into_iter().any(has)
}

/// Whether a schema is the one of a map whose keys have an enum as their type.
fn has_names(schema: &Value) -> bool {
    let Some(values) = schema.get("properties").and_then(Value::as_object) else { return false };
    let mut values = values.values();
    let Some(first) = values.next() else { return false };
    let lacks = |keyword: &str| schema.get(keyword).is_none();
    schema.get("additionalProperties") == Some(&Value::Bool(false))
        && ["oneOf", "anyOf", "allOf", "patternProperties", "required"].into_iter().all(lacks)
        && values.all(|value| value == first)
}
