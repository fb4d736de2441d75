//! Reads the contents of enum variants.

use serde_json::{Map, Value};

use super::Reader;
use super::document::Document;
use super::pair::Pair;
use super::structure::is_object;
use crate::generate::model::{Type, VariantShape};
use crate::generate::names::{capitalised, pascal};

/// The common properties of the contents of all variants.
#[derive(Clone, Copy, Debug)]
pub(super) struct Content {
    /// Whether variants with fields refuse unknown ones.
    pub(super) closed: bool,
}

impl Content {
    pub(super) fn of<'a>(contents: impl Iterator<Item = Pair<'a>>) -> Self {
        let objects: Vec<_> = contents.filter(|at| has_fields(*at)).collect();
        Self { closed: !objects.is_empty() && objects.into_iter().all(is_closed) }
    }
}

impl Reader {
    pub(super) fn content(
        &mut self,
        document: &Document<'_>,
        at: Pair<'_>,
        content: Content,
        hint: &str,
    ) -> Option<VariantShape> {
        if has_fields(at) && is_closed(at) == content.closed {
            let fields = self.attempt(|reader| reader.fields(document, at, &[], hint));
            if let Some(fields) = fields {
                return Some(VariantShape::Struct(fields));
            }
        }
        let (inner, extras) = self.with_extras(document, at, hint);
        Some(match inner {
            Type::Tuple(items) if extras.is_empty() && items.len() > 1 => VariantShape::Tuple(items),
            inner => VariantShape::Newtype { inner, extras },
        })
    }

    /// A name for a variant without a name.
    pub(super) fn describe(&self, shape: &VariantShape, index: usize) -> String {
        match shape {
            VariantShape::Unit => "Null".to_owned(),
            VariantShape::Newtype { inner, .. } => self.describe_type(inner),
            VariantShape::Tuple(_) => "Tuple".to_owned(),
            VariantShape::Struct(fields) => match &fields.fields[..] {
                [] => format!("Variant{}", index + 1),
                [first, ..] => pascal(&first.wire),
            },
        }
    }

    fn describe_type(&self, ty: &Type) -> String {
        match ty {
            Type::Any => "Any".to_owned(),
            Type::Null => "Null".to_owned(),
            Type::Boolean => "Bool".to_owned(),
            Type::Integer(integer) => capitalised(&super::integer_name(*integer)),
            Type::Float { .. } | Type::Number => "Number".to_owned(),
            Type::Text => "Text".to_owned(),
            Type::Character => "Character".to_owned(),
            Type::Format(format) => pascal(super::format_name(*format)),
            Type::Option(inner) => format!("Optional{}", self.describe_type(inner)),
            Type::List(_) | Type::Set(_) | Type::Array(..) => "List".to_owned(),
            Type::Tuple(_) => "Tuple".to_owned(),
            Type::Map { .. } => "Map".to_owned(),
            Type::Result(..) => "Result".to_owned(),
            Type::Range(_) => "Range".to_owned(),
            Type::Bound(_) => "Bound".to_owned(),
            Type::Duration => "Duration".to_owned(),
            Type::SystemTime => "SystemTime".to_owned(),
            Type::Rust(id) => {
                let chosen = &self.rust_types[id.0];
                chosen.known.map_or_else(|| chosen.schema_name.clone(), |known| pascal(known.wire.name()))
            }
            Type::Named(id) => self.types[id.0].name.clone(),
        }
    }
}

fn has_fields(at: Pair<'_>) -> bool {
    is_object(at) && at.below("properties").is_some() && at.get("$ref").is_none()
}

pub(super) fn is_closed(at: Pair<'_>) -> bool {
    at.is("additionalProperties", false)
}

/// Whether the schema has subschemas, so that schemars adds `null` with `anyOf`.
pub(super) fn has_subschemas(at: Pair<'_>) -> bool {
    ["if", "allOf", "anyOf", "oneOf", "$ref"].into_iter().any(|keyword| at.reads.get(keyword).is_some())
}

/// The only string that a schema allows.
pub(super) fn constant<'a>(at: Pair<'a>) -> Option<&'a str> {
    if at.keys()? != ["const", "type"] {
        return None;
    }
    at.text("const")
}

/// The name and the content of an object with one field, which is an externally tagged variant.
pub(super) fn single_property<'a>(at: Pair<'a>, flattened: bool) -> Option<(&'a str, Pair<'a>)> {
    let own = ["additionalProperties", "properties", "required", "type"];
    let keys = at.keys()?;
    let is_so = if flattened { keys == own[1..] } else { keys == own && is_closed(at) };
    let names = at.properties().names(&[]);
    let [name] = names[..] else { return None };
    let (written, read) = at.required();
    let content = at.properties().both(name)?;
    (is_so && written == [name] && read == [name]).then_some((name, content))
}

/// The field that has a different constant in every variant.
pub(super) fn tag_of(variants: &[Pair<'_>]) -> Option<String> {
    let first = variants.first()?;
    let (written, _) = first.required();
    let is_tag = |name: &str| {
        variants.iter().all(|variant| {
            let (written, read) = variant.required();
            let is_required = written.contains(&name) && read.contains(&name);
            variant.is("type", "object")
                && is_required
                && variant.properties().both(name).and_then(constant).is_some()
        })
    };
    written.into_iter().find(|name| is_tag(name)).map(str::to_owned)
}

/// An object's schema without one of its fields.
pub(super) fn without_property(schema: &Value, name: &str) -> Value {
    let mut schema = schema.clone();
    let Some(object) = schema.as_object_mut() else { return schema };
    for keyword in ["title", "description", "deprecated"] {
        object.remove(keyword);
    }
    if let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) {
        properties.remove(name);
    }
    let required = object.get_mut("required").and_then(Value::as_array_mut);
    let is_empty = required.is_some_and(|required| {
        required.retain(|required| required != name);
        required.is_empty()
    });
    if is_empty {
        object.remove("required");
    }
    object.entry("properties").or_insert_with(|| Value::Object(Map::new()));
    schema
}
