//! Whether a field may be absent, and which value its absence means.

use serde_json::Value;

use crate::generate::model::{Field, Presence, Type};

/// How a field is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keeping {
    /// As its type says.
    Plain,
    /// In an option, for it may be absent and nothing else stands for that.
    InOption,
}

/// Whether a field's absence needs an option to stand for it.
pub(super) fn keeping(field: &Field) -> Keeping {
    let is_option = matches!(field.ty, Type::Option(_));
    let stands_for_itself = match field.presence {
        Presence::Written { required: true } | Presence::OnlyRead { required: true } => true,
        Presence::Written { required: false } => {
            is_option || field.default.is_some() || has_default(&field.ty)
        }
        Presence::Skippable { .. } => {
            let is_said = field.default.as_ref().is_none_or(|default| !is_usual(&field.ty, default));
            is_option || (emptiness(&field.ty).is_some() && is_said)
        }
        Presence::OnlyWritten => is_option || field.default.is_some() || has_default(&field.ty),
        Presence::OnlyRead { required: false } => is_option || has_default(&field.ty),
    };
    if stands_for_itself { Keeping::Plain } else { Keeping::InOption }
}

/// Whether a value is the one that Rust gives by itself.
pub(super) fn is_usual(ty: &Type, value: &Value) -> bool {
    match (ty, value) {
        (Type::Boolean, Value::Bool(value)) => !value,
        (Type::Integer(integer), Value::Number(number)) => !integer.non_zero && number.as_u64() == Some(0),
        (Type::Float { .. }, Value::Number(number)) => number.as_f64() == Some(0.0),
        (Type::Text, Value::String(text)) => text.is_empty(),
        (Type::List(_) | Type::Set(_), Value::Array(items)) => items.is_empty(),
        (Type::Map { .. }, Value::Object(entries)) => entries.is_empty(),
        (Type::Option(_) | Type::Any | Type::Null, Value::Null) => true,
        _ => false,
    }
}

/// The type whose values can be empty, which is what absence means for them.
pub(super) fn emptiness(ty: &Type) -> Option<&'static str> {
    match ty {
        Type::Text => Some("std::string::String"),
        Type::List(_) => Some("std::vec::Vec"),
        Type::Set(_) => Some("std::collections::BTreeSet"),
        Type::Map { .. } => Some("std::collections::BTreeMap"),
        _ => None,
    }
}

/// Whether the type has a default of its own.
fn has_default(ty: &Type) -> bool {
    match ty {
        Type::Integer(integer) => !integer.non_zero,
        Type::Null | Type::Boolean | Type::Float { .. } | Type::Text | Type::Any | Type::Option(_) => true,
        Type::List(_) | Type::Set(_) | Type::Map { .. } => true,
        _ => false,
    }
}

/// Whether a default in the contract is a value that the code can give.
pub(super) fn value_of<'a>(field: &Field, object: &'a serde_json::Map<String, Value>) -> Option<&'a Value> {
    object.get(&field.wire)
}
