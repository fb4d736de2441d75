//! Types.

use super::names::{self, Names, is_plain};
use super::{docstring, json, quoted};
use crate::generate::model::{
    Docs, Enumeration, Field, Fields, Key, NamedType, Presence, Shape, Type, TypeId, VariantShape,
};

pub(super) fn declaration(names: &Names<'_>, id: TypeId, declared: &NamedType) -> String {
    let name = &declared.name;
    match &declared.shape {
        Shape::Struct(fields) => dataclass(names, name, &declared.docs, fields, true),
        Shape::Enum(_) if is_plain(&declared.shape) => plain(names, id, declared),
        Shape::Enum(enumeration) => variants(names, id, declared, enumeration),
        Shape::Tuple(items) => alias(name, &declared.docs, &tuple(names, items)),
        Shape::Newtype { inner, .. } => alias(name, &declared.docs, &expression(names, inner)),
        Shape::Opaque(_) => alias(name, &declared.docs, "codec.Json"),
    }
}

fn alias(name: &str, docs: &Docs, ty: &str) -> String {
    format!("\n\n{name}: TypeAlias = {}\n{}", quoted(ty), docstring(docs, ""))
}

fn plain(names: &Names<'_>, id: TypeId, declared: &NamedType) -> String {
    let Shape::Enum(enumeration) = &declared.shape else { return String::new() };
    let mut text = format!("\n\nclass {}(Enum):\n", declared.name);
    let docs = docstring(&declared.docs, "    ");
    if !docs.is_empty() {
        text += &docs;
        text += "\n";
    }
    for (variant, name) in enumeration.variants.iter().zip(&names.variants[id.0]) {
        text += &format!("    {name} = {}\n", quoted(&variant.wire));
        text += &docstring(&variant.docs, "    ");
    }
    text
}

fn variants(names: &Names<'_>, id: TypeId, declared: &NamedType, enumeration: &Enumeration) -> String {
    let mut text = String::new();
    for (variant, name) in enumeration.variants.iter().zip(&names.variants[id.0]) {
        text += &match &variant.shape {
            VariantShape::Unit => dataclass(names, name, &variant.docs, &Fields::default(), true),
            VariantShape::Struct(fields) => dataclass(names, name, &variant.docs, fields, true),
            VariantShape::Newtype { inner, .. } => wrapper(name, &variant.docs, &expression(names, inner)),
            VariantShape::Tuple(items) => wrapper(name, &variant.docs, &tuple(names, items)),
        };
    }
    text + &alias(&declared.name, &declared.docs, &names.variants[id.0].join(" | "))
}

fn wrapper(name: &str, docs: &Docs, inner: &str) -> String {
    let docs = docstring(docs, "    ");
    let space = if docs.is_empty() { "" } else { "\n" };
    format!("\n\n@dataclass(frozen=True, slots=True)\nclass {name}:\n{docs}{space}    value: {inner}\n")
}

fn dataclass(names: &Names<'_>, name: &str, docs: &Docs, fields: &Fields, kw_only: bool) -> String {
    let options = if kw_only { "frozen=True, slots=True, kw_only=True" } else { "frozen=True, slots=True" };
    let mut body = docstring(docs, "    ");
    let mut lines = String::new();
    for (field, name) in fields.fields.iter().zip(names::fields(&fields.fields)) {
        lines += &format!("    {name}: {}\n", of_field(names, field));
        lines += &docstring(&field.docs, "    ");
    }
    for (index, ty) in fields.flattened.iter().enumerate() {
        lines += &format!("    {}: {}\n", flattened_name(fields, index), expression(names, ty));
        lines += "    \"\"\"Which of several kinds it is.\"\"\"\n";
    }
    if let Some(rest) = &fields.rest {
        lines += &format!("    {}: dict[str, {}]\n", rest_name(fields), expression(names, rest));
        lines += "    \"\"\"All further fields.\"\"\"\n";
    }
    if !body.is_empty() && !lines.is_empty() {
        body += "\n";
    }
    body += &lines;
    if body.is_empty() {
        body += "    pass\n";
    }
    format!("\n\n@dataclass({options})\nclass {name}:\n{body}")
}

/// The name of the field for the flattened enum with this index.
pub(super) fn flattened_name(fields: &Fields, index: usize) -> String {
    free(fields, &if index == 0 { "kind".to_owned() } else { format!("kind{}", index + 1) })
}

/// The name of the field for all other fields.
pub(super) fn rest_name(fields: &Fields) -> String {
    free(fields, "rest")
}

fn free(fields: &Fields, name: &str) -> String {
    let mut name = name.to_owned();
    while names::fields(&fields.fields).contains(&name) {
        name.push('_');
    }
    name
}

/// Whether `None` represents an absent field.
pub(super) fn may_be_absent(field: &Field) -> bool {
    match field.presence {
        Presence::Skippable { .. } | Presence::OnlyWritten | Presence::OnlyRead { .. } => true,
        Presence::Written { required } => {
            !required && field.default.is_none() && !matches!(field.ty, Type::Option(_))
        }
    }
}

/// The type of a field with its default, if it has a simple one.
pub(super) fn of_field(names: &Names<'_>, field: &Field) -> String {
    let ty = expression(names, &field.ty);
    let is_option = matches!(field.ty, Type::Option(_));
    if names.model.distinguishes_null(field) {
        return format!("{ty} | codec.Absent = codec.ABSENT");
    }
    if may_be_absent(field) {
        return if is_option { format!("{ty} = None") } else { format!("{ty} | None = None") };
    }
    let insists = field.presence == Presence::Written { required: true };
    match &field.default {
        None if is_option && !insists => format!("{ty} = None"),
        Some(
            value
            @ (serde_json::Value::Bool(_) | serde_json::Value::Number(_) | serde_json::Value::String(_)),
        ) if matches!(field.ty, Type::Boolean | Type::Integer(_) | Type::Float { .. } | Type::Text) => {
            format!("{ty} = {}", json(value))
        }
        Some(serde_json::Value::Null) if is_option => format!("{ty} = None"),
        _ => ty,
    }
}

fn tuple(names: &Names<'_>, items: &[Type]) -> String {
    let items: Vec<String> = items.iter().map(|item| expression(names, item)).collect();
    format!("tuple[{}]", items.join(", "))
}

/// A use of a type.
pub(super) fn expression(names: &Names<'_>, ty: &Type) -> String {
    let inner = |ty: &Type| expression(names, ty);
    match ty {
        Type::Any => "codec.Json".to_owned(),
        Type::Null => "None".to_owned(),
        Type::Boolean => "bool".to_owned(),
        Type::Integer(_) => "int".to_owned(),
        Type::Float { .. } => "float".to_owned(),
        Type::Number => "int | float".to_owned(),
        Type::Text | Type::Character | Type::Format(_) | Type::Rust(_) => "str".to_owned(),
        Type::Option(some) => match inner(some) {
            none if none == "None" || none.ends_with("| None") => none,
            some => format!("{some} | None"),
        },
        Type::List(item) | Type::Set(item) | Type::Array(item, _) => format!("list[{}]", inner(item)),
        Type::Tuple(items) => tuple(names, items),
        Type::Map { key: Key::Text | Key::Rust(_) | Key::Named(_), value } => {
            format!("dict[str, {}]", inner(value))
        }
        Type::Map { value, .. } => format!("dict[int, {}]", inner(value)),
        Type::Result(ok, error) => format!("codec.Ok[{}] | codec.Err[{}]", inner(ok), inner(error)),
        Type::Range(item) => format!("codec.Range[{}]", inner(item)),
        Type::Bound(item) => {
            let item = inner(item);
            format!("codec.Included[{item}] | codec.Excluded[{item}] | codec.Unbounded")
        }
        Type::Duration | Type::SystemTime => "codec.Seconds".to_owned(),
        Type::Named(id) => names.model.types[id.0].name.clone(),
    }
}
