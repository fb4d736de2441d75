//! Decoders.

use serde_json::Value;

use super::types::is_optional;
use super::{key, quoted};
use crate::generate::model::{
    Enumeration, Field, Fields, Integer, Key, Model, NamedType, Shape, Tagging, Type, Variant, VariantShape,
};

/// The decoder of a type.
pub(super) fn declaration(model: &Model, declared: &NamedType) -> String {
    let name = &declared.name;
    let body = match &declared.shape {
        Shape::Struct(fields) => object(model, name, &[], fields, "  "),
        Shape::Tuple(items) => tuple(model, name, items),
        Shape::Newtype { inner, .. } => expression(model, inner),
        Shape::Enum(enumeration) => self::enumeration(model, name, enumeration),
        Shape::Opaque(_) => "codec.any".to_owned(),
    };
    format!("export const decode{name}: codec.Decoder<{name}> = codec.lazy(() =>\n  {body},\n);\n")
}

fn object(model: &Model, name: &str, fixed: &[(&str, &str)], fields: &Fields, indent: &str) -> String {
    let mut lines = String::new();
    for (name, text) in fixed {
        lines += &format!("{indent}  {}: {{ decode: codec.literal({}) }},\n", property(name), quoted(text));
    }
    for field in &fields.fields {
        lines += &format!("{indent}  {}: {},\n", property(&field.wire), field_decoder(model, field));
    }
    let mut others = Vec::new();
    if fields.closed {
        others.push("closed: true".to_owned());
    }
    others.extend(fields.rest.iter().map(|rest| format!("rest: {}", expression(model, rest))));
    if !fields.flattened.is_empty() {
        let all: Vec<String> = fields
            .flattened
            .iter()
            .map(|ty| match ty {
                Type::Option(inner) => {
                    format!("codec.either<object>({}, codec.object({{}}))", expression(model, inner))
                }
                ty => expression(model, ty),
            })
            .collect();
        others.push(format!("flattened: [{}]", all.join(", ")));
    }
    let others = if others.is_empty() { String::new() } else { format!(", {{ {} }}", others.join(", ")) };
    let fields = if lines.is_empty() { "{}".to_owned() } else { format!("{{\n{lines}{indent}}}") };
    format!("codec.object<{name}>({fields}{others})")
}

/// The decoder of a request with arguments.
pub(super) fn arguments(model: &Model, fields: &[Field]) -> String {
    let fields = Fields { fields: fields.to_vec(), ..Fields::default() };
    object(model, "unknown", &[], &fields, "    ")
}

/// A property of an object literal. `__proto__` would set the prototype.
fn property(name: &str) -> String {
    if name == "__proto__" { format!("[{}]", quoted(name)) } else { key(name) }
}

fn field_decoder(model: &Model, field: &Field) -> String {
    let mut parts = vec![format!("decode: {}", expression(model, &field.ty))];
    if is_optional(field) {
        parts.push("optional: true".to_owned());
    } else if let Some(default) = &field.default {
        parts.push(format!("otherwise: {}", json(default)));
    } else if !matches!(field.presence, crate::generate::model::Presence::Written { required: true }) {
        parts.push("otherwise: null".to_owned());
    }
    if !field.aliases.is_empty() {
        let aliases: Vec<String> = field.aliases.iter().map(|alias| quoted(alias)).collect();
        parts.push(format!("aliases: [{}]", aliases.join(", ")));
    }
    format!("{{ {} }}", parts.join(", "))
}

/// JSON as a literal: integers that a `number` cannot hold are `bigint`s.
fn json(value: &Value) -> String {
    const GREATEST_SAFE: u64 = (1 << 53) - 1;
    match value {
        Value::Number(number) => {
            let size = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
            if size.is_some_and(|size| size > GREATEST_SAFE) {
                format!("{number}n")
            } else {
                number.to_string()
            }
        }
        Value::String(text) => quoted(text),
        Value::Array(items) => format!("[{}]", items.iter().map(json).collect::<Vec<_>>().join(", ")),
        Value::Object(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|(name, value)| format!("{}: {}", property(name), json(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        plain => plain.to_string(),
    }
}

fn enumeration(model: &Model, name: &str, enumeration: &Enumeration) -> String {
    match &enumeration.tagging {
        Tagging::Internal { tag } | Tagging::Adjacent { tag, .. } => {
            let lines: String = enumeration
                .variants
                .iter()
                .map(|one| {
                    let decoder = variant(model, name, enumeration, one);
                    format!("    {}: {decoder},\n", property(&one.wire))
                })
                .collect();
            let other = other(enumeration).map_or_else(String::new, |other| format!(", {}", quoted(other)));
            format!("codec.tagged<{name}>({}, {{\n{lines}  }}{other})", quoted(tag))
        }
        Tagging::External | Tagging::Untagged => {
            let is_external = enumeration.tagging == Tagging::External;
            let is_unit = |variant: &&Variant| matches!(variant.shape, VariantShape::Unit) && is_external;
            let (units, others): (Vec<&Variant>, Vec<&Variant>) =
                enumeration.variants.iter().partition(is_unit);
            let mut options = Vec::new();
            if !units.is_empty() {
                let texts: Vec<String> = units.iter().map(|unit| quoted(&unit.wire)).collect();
                options.push(match other(enumeration) {
                    Some(other) => format!("codec.literalOr({}, [{}])", quoted(other), texts.join(", ")),
                    None => format!("codec.literal({})", texts.join(", ")),
                });
            }
            options.extend(others.into_iter().map(|one| variant(model, name, enumeration, one)));
            match &options[..] {
                [only] => only.clone(),
                all => format!("codec.either<{name}>(\n    {},\n  )", all.join(",\n    ")),
            }
        }
    }
}

/// The name of the variant that is read for unknown names.
fn other(enumeration: &Enumeration) -> Option<&str> {
    enumeration.variants.iter().find(|variant| variant.is_other).map(|variant| variant.wire.as_str())
}

fn variant(model: &Model, name: &str, enumeration: &Enumeration, variant: &Variant) -> String {
    let wire = &variant.wire;
    let closed = if enumeration.closed { ", { closed: true }" } else { "" };
    match &enumeration.tagging {
        Tagging::Untagged => content(model, &variant.shape).unwrap_or("codec.nothing".to_owned()),
        Tagging::External => {
            let content = content(model, &variant.shape).unwrap_or("codec.nothing".to_owned());
            format!("codec.object<{name}>({{ {}: {{ decode: {content} }} }})", property(wire))
        }
        Tagging::Adjacent { tag, content: field } => {
            let tag = format!("{}: {{ decode: codec.literal({}) }}", property(tag), quoted(wire));
            match content(model, &variant.shape) {
                Some(content) => {
                    let field = property(field);
                    format!("codec.object<{name}>({{ {tag}, {field}: {{ decode: {content} }} }}{closed})")
                }
                None => format!("codec.object<{name}>({{ {tag} }}{closed})"),
            }
        }
        Tagging::Internal { tag } => match &variant.shape {
            VariantShape::Struct(fields) => object(model, name, &[(tag, wire)], fields, "    "),
            VariantShape::Newtype { inner, .. } => {
                let tag = format!(
                    "codec.object({{ {}: {{ decode: codec.literal({}) }} }})",
                    property(tag),
                    quoted(wire)
                );
                format!("codec.together<{name}>({}, {tag})", without_tag(model, inner))
            }
            VariantShape::Unit | VariantShape::Tuple(_) => {
                let tag = format!("{}: {{ decode: codec.literal({}) }}", property(tag), quoted(wire));
                format!("codec.object<{name}>({{ {tag} }}{closed})")
            }
        },
    }
}

/// The decoder of the content next to a tag.
fn without_tag(model: &Model, inner: &Type) -> String {
    if let Type::Named(id) = inner
        && let Shape::Struct(fields) = &model.types[id.0].shape
        && fields.closed
    {
        // The decoder of an object without unknown fields would refuse the tag.
        let open = Fields { closed: false, ..fields.clone() };
        return object(model, &model.types[id.0].name, &[], &open, "    ");
    }
    expression(model, inner)
}

fn content(model: &Model, shape: &VariantShape) -> Option<String> {
    match shape {
        VariantShape::Unit => None,
        VariantShape::Newtype { inner, .. } => Some(expression(model, inner)),
        VariantShape::Tuple(items) => Some(tuple(model, "any", items)),
        VariantShape::Struct(fields) => Some(object(model, "any", &[], fields, "    ")),
    }
}

fn tuple(model: &Model, name: &str, items: &[Type]) -> String {
    let items: Vec<String> = items.iter().map(|item| expression(model, item)).collect();
    format!("codec.tuple<{name}>({})", items.join(", "))
}

/// The decoder for a use of a type.
pub(super) fn expression(model: &Model, ty: &Type) -> String {
    let inner = |ty: &Type| expression(model, ty);
    match ty {
        Type::Any => "codec.any".to_owned(),
        Type::Null => "codec.nothing".to_owned(),
        Type::Boolean => "codec.boolean".to_owned(),
        Type::Integer(integer) => self::integer(*integer),
        Type::Float { .. } => "codec.float".to_owned(),
        Type::Number => "codec.number".to_owned(),
        Type::Text | Type::Format(_) | Type::Rust(_) => "codec.text".to_owned(),
        Type::Character => "codec.character".to_owned(),
        Type::Option(some) => format!("codec.nullable({})", inner(some)),
        Type::List(item) | Type::Set(item) => format!("codec.list({})", inner(item)),
        Type::Array(item, length) => format!("codec.list({}, {length})", inner(item)),
        Type::Tuple(items) => tuple(model, &super::types::expression(model, ty), items),
        Type::Map { key, value } => match key {
            Key::Text | Key::Rust(_) | Key::Named(_) => format!("codec.record({})", inner(value)),
            Key::Unsigned => format!("codec.record({}, /^\\d+$/)", inner(value)),
            Key::Signed => format!("codec.record({}, /^-?\\d+$/)", inner(value)),
        },
        Type::Result(ok, error) => {
            let (ok, error) = (inner(ok), inner(error));
            let ty = super::types::expression(model, ty);
            format!(
                "codec.either<{ty}>(codec.object({{ Ok: {{ decode: {ok} }} }}), codec.object({{ Err: {{ decode: {error} }} }}))"
            )
        }
        Type::Range(item) => {
            let (item, ty) = (inner(item), super::types::expression(model, ty));
            format!("codec.object<{ty}>({{ start: {{ decode: {item} }}, end: {{ decode: {item} }} }})")
        }
        Type::Bound(item) => {
            let (item, ty) = (inner(item), super::types::expression(model, ty));
            format!(
                "codec.either<{ty}>(codec.object({{ Included: {{ decode: {item} }} }}), codec.object({{ Excluded: {{ decode: {item} }} }}), codec.literal(\"Unbounded\"))"
            )
        }
        Type::Duration => seconds("secs", "nanos", &super::types::expression(model, ty)),
        Type::SystemTime => {
            seconds("secs_since_epoch", "nanos_since_epoch", &super::types::expression(model, ty))
        }
        Type::Named(id) => format!("decode{}", model.types[id.0].name),
    }
}

fn seconds(whole: &str, rest: &str, ty: &str) -> String {
    let number = |bits| integer(Integer { signed: false, bits: Some(bits), non_zero: false });
    format!(
        "codec.object<{ty}>({{ {whole}: {{ decode: {} }}, {rest}: {{ decode: {} }} }})",
        number(64),
        number(32)
    )
}

fn integer(integer: Integer) -> String {
    let bits = integer.bits.unwrap_or(64);
    let (least, greatest) = if integer.signed {
        (i128::MIN >> (128 - bits), (i128::MAX >> (128 - bits)).to_string())
    } else {
        (0, (u128::MAX >> (128 - bits)).to_string())
    };
    let plain = if bits <= 32 {
        format!("codec.integer({least}, {greatest})")
    } else {
        format!("codec.large({least}n, {greatest}n)")
    };
    if integer.non_zero { format!("codec.nonZero({plain})") } else { plain }
}
