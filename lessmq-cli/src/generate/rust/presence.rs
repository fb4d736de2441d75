//! Whether a field may be absent, and which value an absent field has.

use serde_json::Value;

use crate::generate::model::{Field, Presence, Type};

/// How a field is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Storage {
    /// The type of the Rust field is the type of the value.
    Plain,
    /// The type of the Rust field is an `Option`, because the field may be absent and no value of its type represents
    /// that.
    InOption,
}

/// How to store a field: in an `Option` if no value of its type represents an absent field.
pub(super) fn storage(field: &Field) -> Storage {
    let is_option = matches!(field.ty, Type::Option(_));
    let is_plain = match field.presence {
        Presence::Written { required: true } | Presence::OnlyRead { required: true } => true,
        Presence::Written { required: false } => {
            is_option || field.default.is_some() || has_default(&field.ty)
        }
        Presence::Skippable { .. } => is_option && !field.has_other_default(),
        Presence::OnlyWritten => is_option || field.default.is_some() || has_default(&field.ty),
        Presence::OnlyRead { required: false } => is_option || has_default(&field.ty),
    };
    if is_plain { Storage::Plain } else { Storage::InOption }
}

/// Whether a value is the `Default` of the type.
pub(super) fn is_rust_default(ty: &Type, value: &Value) -> bool {
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

/// Whether the type implements `Default`.
fn has_default(ty: &Type) -> bool {
    match ty {
        Type::Integer(integer) => !integer.non_zero,
        Type::Null | Type::Boolean | Type::Float { .. } | Type::Text | Type::Any | Type::Option(_) => true,
        Type::List(_) | Type::Set(_) | Type::Map { .. } => true,
        _ => false,
    }
}

/// The value of a field in a default object.
pub(super) fn field_value<'a>(
    field: &Field,
    object: &'a serde_json::Map<String, Value>,
) -> Option<&'a Value> {
    object.get(&field.wire)
}
