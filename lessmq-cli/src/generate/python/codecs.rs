//! Codecs.

use super::names::{self, Names, is_plain};
use super::types::{self, flattened_name, may_be_absent, rest_name};
use super::{json, quoted};
use crate::generate::model::{
    Enumeration, Field, Fields, Integer, Key, NamedType, Presence, Shape, Tagging, Type, TypeId, VariantShape,
};

/// The codec of a type.
pub(super) fn declaration(names: &Names<'_>, id: TypeId, declared: &NamedType) -> String {
    let name = &declared.name;
    let body = match &declared.shape {
        Shape::Struct(fields) => structure(names, name, fields, false),
        Shape::Tuple(items) => row(names, items),
        Shape::Newtype { inner, .. } => expression(names, inner),
        Shape::Enum(enumeration) if is_plain(&declared.shape) => {
            let mut variants = enumeration.variants.iter().zip(&names.variants[id.0]);
            match variants.find(|(variant, _)| variant.is_other) {
                Some((_, other)) => format!("codec.choice({name}, {name}.{other})"),
                None => format!("codec.choice({name})"),
            }
        }
        Shape::Enum(enumeration) => self::enumeration(names, id, enumeration),
        Shape::Opaque(_) => "codec.any_json".to_owned(),
    };
    format!("{}: codec.Codec[{name}] = codec.lazy(\n    lambda: {body}\n)\n", names::codec(name))
}

/// The codec of an object. If it refuses unknown fields, the tag of a variant is removed first.
fn structure(names: &Names<'_>, name: &str, fields: &Fields, closed: bool) -> String {
    let mut arguments = vec![name.to_owned(), list(names, &fields.fields)];
    if fields.closed || closed {
        arguments.push("closed=True".to_owned());
    }
    if !fields.flattened.is_empty() {
        let all: String = fields
            .flattened
            .iter()
            .enumerate()
            .map(|(index, ty)| {
                let codec = match ty {
                    Type::Option(inner) => format!("codec.perhaps({})", expression(names, inner)),
                    ty => expression(names, ty),
                };
                format!("({}, {codec}), ", quoted(&flattened_name(fields, index)))
            })
            .collect();
        arguments.push(format!("flattened=[{}]", all.trim_end_matches(", ")));
    }
    if let Some(rest) = &fields.rest {
        arguments.push(format!("rest=({}, {})", quoted(&rest_name(fields)), expression(names, rest)));
    }
    format!("codec.structure({})", arguments.join(", "))
}

/// The codecs of fields, one on each line.
pub(super) fn list(names: &Names<'_>, fields: &[Field]) -> String {
    if fields.is_empty() {
        return "[]".to_owned();
    }
    let lines: String = fields
        .iter()
        .zip(names::fields(fields))
        .map(|(field, name)| format!("        {},\n", field_codec(names, field, &name)))
        .collect();
    format!("[\n{lines}    ]")
}

fn field_codec(names: &Names<'_>, field: &Field, name: &str) -> String {
    let mut parts = vec![
        format!("name={}", quoted(name)),
        format!("wire={}", quoted(&field.wire)),
        format!("codec={}", expression(names, &field.ty)),
    ];
    if may_be_absent(field) {
        parts.push("may_be_absent=True".to_owned());
        parts.extend(names.model.distinguishes_null(field).then(|| "keeps_null=True".to_owned()));
    } else if let Some(default) = &field.default {
        parts.push(format!("otherwise={}", json(default)));
    } else if field.presence != (Presence::Written { required: true }) {
        parts.push("otherwise=None".to_owned());
    }
    if !field.aliases.is_empty() {
        let aliases: Vec<String> = field.aliases.iter().map(|alias| quoted(alias)).collect();
        parts.push(format!("aliases=[{}]", aliases.join(", ")));
    }
    format!("codec.Field({})", parts.join(", "))
}

fn enumeration(names: &Names<'_>, id: TypeId, enumeration: &Enumeration) -> String {
    let variants = enumeration.variants.iter().zip(&names.variants[id.0]);
    let lines: String = variants
        .map(|(variant, class)| {
            let content = match &variant.shape {
                VariantShape::Unit => None,
                VariantShape::Newtype { inner, .. } => {
                    Some(format!("codec.wrapper({class}, {})", expression(names, inner)))
                }
                VariantShape::Tuple(items) => Some(format!("codec.wrapper({class}, {})", row(names, items))),
                VariantShape::Struct(fields) => Some(structure(names, class, fields, enumeration.closed)),
            };
            let content = content.map_or_else(String::new, |content| format!(", {content}"));
            format!("        codec.Variant({}, {class}{content}),\n", quoted(&variant.wire))
        })
        .collect();
    let other = enumeration.variants.iter().find(|variant| variant.is_other);
    let other = other.map_or_else(String::new, |other| format!("        other={},\n", quoted(&other.wire)));
    let closed = if enumeration.closed { "        closed=True,\n" } else { "" };
    match &enumeration.tagging {
        Tagging::Untagged => format!("codec.untagged(\n{lines}    )"),
        Tagging::External => {
            let flattened = if names.flattened.contains(&id) { "        flattened=True,\n" } else { "" };
            format!("codec.external(\n{lines}{flattened}{other}    )")
        }
        Tagging::Internal { tag } => {
            format!("codec.internal(\n        {},\n{lines}{closed}{other}    )", quoted(tag))
        }
        Tagging::Adjacent { tag, content } => {
            let (tag, content) = (quoted(tag), quoted(content));
            format!("codec.adjacent(\n        {tag},\n        {content},\n{lines}{closed}{other}    )")
        }
    }
}

fn row(names: &Names<'_>, items: &[Type]) -> String {
    let items: Vec<String> = items.iter().map(|item| expression(names, item)).collect();
    format!("codec.row({})", items.join(", "))
}

/// The codec for a use of a type.
pub(super) fn expression(names: &Names<'_>, ty: &Type) -> String {
    let inner = |ty: &Type| expression(names, ty);
    match ty {
        Type::Any => "codec.any_json".to_owned(),
        Type::Null => "codec.nothing".to_owned(),
        Type::Boolean => "codec.boolean".to_owned(),
        Type::Integer(integer) => self::integer(*integer),
        Type::Float { .. } => "codec.floating".to_owned(),
        Type::Number => "codec.number".to_owned(),
        Type::Text | Type::Format(_) | Type::Rust(_) => "codec.text".to_owned(),
        Type::Character => "codec.character".to_owned(),
        Type::Option(some) if types::expression(names, some) == "None" => inner(some),
        Type::Option(some) => format!("codec.optional({})", inner(some)),
        Type::List(item) | Type::Set(item) => format!("codec.sequence({})", inner(item)),
        Type::Array(item, length) => format!("codec.sequence({}, {length})", inner(item)),
        Type::Tuple(items) => row(names, items),
        Type::Map { key, value } => match key {
            Key::Text | Key::Rust(_) | Key::Named(_) => format!("codec.mapping({})", inner(value)),
            Key::Unsigned => format!("codec.numbered({}, r\"[0-9]+\")", inner(value)),
            Key::Signed => format!("codec.numbered({}, r\"-?[0-9]+\")", inner(value)),
        },
        Type::Result(ok, error) => format!("codec.result({}, {})", inner(ok), inner(error)),
        Type::Range(item) => format!("codec.between({})", inner(item)),
        Type::Bound(item) => format!("codec.bound({})", inner(item)),
        Type::Duration => "codec.seconds(\"secs\", \"nanos\")".to_owned(),
        Type::SystemTime => "codec.seconds(\"secs_since_epoch\", \"nanos_since_epoch\")".to_owned(),
        Type::Named(id) => names::codec(&names.model.types[id.0].name),
    }
}

fn integer(integer: Integer) -> String {
    let bits = integer.bits.unwrap_or(64);
    let zero = if integer.non_zero { ", zero=False" } else { "" };
    match integer.signed {
        true => format!("codec.integer(-(2**{0}), 2**{0} - 1{zero})", bits - 1),
        false => format!("codec.integer(0, 2**{bits} - 1{zero})"),
    }
}
