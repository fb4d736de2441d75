//! Where a contract has schemas without a matching type.

use std::collections::{BTreeSet, HashSet, VecDeque};

use lessmq::contract::schema::join;
use lessmq::contract::{Contract, Role};

use super::model::{Kind, Method, Model, Request, Shape, Type, TypeId};
use super::read::rust_model;
use crate::report::Result;
use crate::rust_types::Replacements;

/// A schema without a matching type, at the first place where the contract has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OpaquePlace {
    /// The name of the type that is generated for it.
    pub(crate) name: String,
    pub(crate) method: String,
    pub(crate) role: Role,
    /// A JSON pointer into the schema of the message: to the definition or the field. Within an enum or a tuple, to the
    /// enum or the tuple.
    pub(crate) pointer: String,
}

/// All schemas of a contract without a matching type. A field of any JSON is not one of them: its type is
/// `serde_json::Value`.
pub(crate) fn opaque_places(contract: &Contract, replacements: &Replacements) -> Result<Vec<OpaquePlace>> {
    let model = rust_model(contract, &BTreeSet::new(), replacements)?;
    let mut search = Search { model: &model, seen: HashSet::new(), found: Vec::new() };
    for method in &model.methods {
        for (role, parts) in messages(method) {
            search.message(method, role, parts);
        }
    }
    Ok(search.found)
}

/// The types of each message, with their pointers.
fn messages(method: &Method) -> Vec<(Role, VecDeque<(&Type, String)>)> {
    let whole = |ty| VecDeque::from([(ty, String::new())]);
    let request = match &method.request {
        Request::Arguments(fields) => {
            fields.iter().map(|field| (&field.ty, join("/properties", &field.wire))).collect()
        }
        Request::Payload(ty) => whole(ty),
    };
    match &method.kind {
        Kind::Event => vec![(Role::Payload, request)],
        Kind::Command => vec![(Role::Request, request)],
        Kind::Call { reply, error, .. } => {
            let error = error.iter().map(|error| (Role::Error, whole(error)));
            [(Role::Request, request), (Role::Reply, whole(reply))].into_iter().chain(error).collect()
        }
    }
}

struct Search<'m> {
    model: &'m Model,
    seen: HashSet<TypeId>,
    found: Vec<OpaquePlace>,
}

impl<'m> Search<'m> {
    fn message(&mut self, method: &Method, role: Role, mut open: VecDeque<(&'m Type, String)>) {
        while let Some((ty, pointer)) = open.pop_front() {
            let Type::Named(id) = ty else {
                open.extend(ty.parts().into_iter().map(|part| (part, below(ty, &pointer))));
                continue;
            };
            if !self.seen.insert(*id) {
                continue;
            }
            let declared = &self.model.types[id.0];
            let is_definition = !declared.inline && !pointer.is_empty();
            let pointer = if is_definition { join("/$defs", &declared.schema_name) } else { pointer };
            match &declared.shape {
                Shape::Opaque(opaque) if opaque.inner == Type::Any => {
                    let (name, method) = (declared.name.clone(), method.name.clone());
                    self.found.push(OpaquePlace { name, method, role, pointer });
                }
                shape => open.extend(parts(shape, &pointer)),
            }
        }
    }
}

/// The types in a shape, with their pointers.
fn parts<'m>(shape: &'m Shape, pointer: &str) -> Vec<(&'m Type, String)> {
    let Shape::Struct(fields) = shape else {
        return shape.parts().into_iter().map(|part| (part, pointer.to_owned())).collect();
    };
    let properties = format!("{pointer}/properties");
    let named = fields.fields.iter().map(|field| (&field.ty, join(&properties, &field.wire)));
    let rest = fields.rest.iter().map(|rest| (rest, format!("{pointer}/additionalProperties")));
    let flattened = fields.flattened.iter().map(|ty| (ty, pointer.to_owned()));
    named.chain(rest).chain(flattened).collect()
}

/// The pointer to a part of a type without a name.
fn below(ty: &Type, pointer: &str) -> String {
    match ty {
        Type::List(_) | Type::Set(_) | Type::Array(..) => format!("{pointer}/items"),
        Type::Map { .. } => format!("{pointer}/additionalProperties"),
        _ => pointer.to_owned(),
    }
}
