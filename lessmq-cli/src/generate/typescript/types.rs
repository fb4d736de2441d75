//! Types.

use super::{comment, key, quoted};
use crate::generate::model::{
    Enumeration, Field, Fields, Model, NamedType, Presence, Shape, Tagging, Type, Variant, VariantShape,
};

pub(super) fn declaration(model: &Model, declared: &NamedType) -> String {
    let name = &declared.name;
    match &declared.shape {
        Shape::Struct(fields) if fields.flattened.is_empty() => {
            format!("export interface {name} {}\n", object(model, &[], fields, ""))
        }
        Shape::Struct(fields) => {
            format!("export type {name} = {};\n", object_with_others(model, &[], fields, ""))
        }
        Shape::Tuple(items) => format!("export type {name} = {};\n", tuple(model, items)),
        Shape::Newtype { inner, .. } => format!("export type {name} = {};\n", expression(model, inner)),
        Shape::Enum(enumeration) => {
            let variants: Vec<String> =
                enumeration.variants.iter().map(|one| variant(model, enumeration, one)).collect();
            let width: usize = variants.iter().map(|variant| variant.len() + 3).sum();
            if width < 80 && variants.iter().all(|variant| !variant.contains('\n')) {
                return format!("export type {name} = {};\n", variants.join(" | "));
            }
            let lines: String = variants.iter().map(|variant| format!("\n  | {variant}")).collect();
            format!("export type {name} ={lines};\n")
        }
        Shape::Opaque(_) => format!("export type {name} = codec.Json;\n"),
    }
}

/// `{ … }`, with fixed fields first.
fn object(model: &Model, fixed: &[(&str, String)], fields: &Fields, indent: &str) -> String {
    let mut lines = String::new();
    for (name, ty) in fixed {
        lines += &format!("{indent}  readonly {}: {ty};\n", key(name));
    }
    for field in &fields.fields {
        lines += &comment(&field.docs, &format!("{indent}  "));
        let optional = if is_optional(field) { "?" } else { "" };
        let ty = expression(model, &field.ty);
        lines += &format!("{indent}  readonly {}{optional}: {ty};\n", key(&field.wire));
    }
    if fields.rest.is_some() {
        lines +=
            &format!("{indent}  /** All further fields. */\n{indent}  readonly [field: string]: unknown;\n");
    }
    if lines.is_empty() { "{}".to_owned() } else { format!("{{\n{lines}{indent}}}") }
}

fn object_with_others(model: &Model, fixed: &[(&str, String)], fields: &Fields, indent: &str) -> String {
    let mut parts = vec![object(model, fixed, fields, indent)];
    for ty in &fields.flattened {
        parts.push(match ty {
            Type::Option(inner) => format!("({} | {{}})", expression(model, inner)),
            ty => expression(model, ty),
        });
    }
    parts.join(" & ")
}

/// Whether a field may be absent from values, and not only from the JSON that is read.
pub(super) fn is_optional(field: &Field) -> bool {
    match field.presence {
        Presence::Skippable { .. } | Presence::OnlyWritten | Presence::OnlyRead { .. } => true,
        Presence::Written { required } => {
            !required && field.default.is_none() && !matches!(field.ty, Type::Option(_))
        }
    }
}

fn variant(model: &Model, enumeration: &Enumeration, variant: &Variant) -> String {
    let wire = quoted(&variant.wire);
    match &enumeration.tagging {
        Tagging::Untagged => content(model, &variant.shape).unwrap_or_else(|| "null".to_owned()),
        Tagging::External => match content(model, &variant.shape) {
            Some(content) => format!("{{ readonly {}: {content} }}", key(&variant.wire)),
            None => wire,
        },
        Tagging::Adjacent { tag, content: name } => match content(model, &variant.shape) {
            Some(content) => {
                format!("{{ readonly {}: {wire}; readonly {}: {content} }}", key(tag), key(name))
            }
            None => format!("{{ readonly {}: {wire} }}", key(tag)),
        },
        Tagging::Internal { tag } => {
            let alone = format!("{{ readonly {}: {wire} }}", key(tag));
            match &variant.shape {
                VariantShape::Newtype { inner, .. } => format!("({alone} & {})", expression(model, inner)),
                VariantShape::Struct(fields) => object_with_others(model, &[(tag, wire)], fields, "    "),
                VariantShape::Unit | VariantShape::Tuple(_) => alone,
            }
        }
    }
}

fn content(model: &Model, shape: &VariantShape) -> Option<String> {
    match shape {
        VariantShape::Unit => None,
        VariantShape::Newtype { inner, .. } => Some(expression(model, inner)),
        VariantShape::Tuple(items) => Some(tuple(model, items)),
        VariantShape::Struct(fields) => Some(object_with_others(model, &[], fields, "    ")),
    }
}

fn tuple(model: &Model, items: &[Type]) -> String {
    let items: Vec<String> = items.iter().map(|item| expression(model, item)).collect();
    format!("readonly [{}]", items.join(", "))
}

/// A use of a type.
pub(super) fn expression(model: &Model, ty: &Type) -> String {
    let inner = |ty: &Type| expression(model, ty);
    match ty {
        Type::Any => "codec.Json".to_owned(),
        Type::Null => "null".to_owned(),
        Type::Boolean => "boolean".to_owned(),
        Type::Integer(integer) => {
            if integer.bits.is_some_and(|bits| bits <= 32) { "number" } else { "bigint" }.to_owned()
        }
        Type::Float { .. } => "number".to_owned(),
        Type::Number => "number | bigint".to_owned(),
        Type::Text | Type::Character | Type::Format(_) | Type::Rust(_) => "string".to_owned(),
        Type::Option(some) => format!("{} | null", inner(some)),
        Type::List(item) | Type::Set(item) | Type::Array(item, _) => {
            let item = inner(item);
            if item.contains(' ') { format!("readonly ({item})[]") } else { format!("readonly {item}[]") }
        }
        Type::Tuple(items) => tuple(model, items),
        Type::Map { value, .. } => format!("{{ readonly [key: string]: {} }}", inner(value)),
        Type::Result(ok, error) => {
            format!("{{ readonly Ok: {} }} | {{ readonly Err: {} }}", inner(ok), inner(error))
        }
        Type::Range(item) => {
            let item = inner(item);
            format!("{{ readonly start: {item}; readonly end: {item} }}")
        }
        Type::Bound(item) => {
            let item = inner(item);
            format!("{{ readonly Included: {item} }} | {{ readonly Excluded: {item} }} | \"Unbounded\"")
        }
        Type::Duration => "{ readonly secs: bigint; readonly nanos: number }".to_owned(),
        Type::SystemTime => {
            "{ readonly secs_since_epoch: bigint; readonly nanos_since_epoch: number }".to_owned()
        }
        Type::Named(id) => model.types[id.0].name.clone(),
    }
}
