//! The description of a type: its fields, its variants, or a short text.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::hoist::Types;
use super::words::{Piece, notes, text, type_of};

#[derive(Debug, Default)]
pub(super) struct Shape {
    pub(super) description: Option<String>,
    /// The text for a type without fields and variants.
    pub(super) words: Vec<Piece>,
    pub(super) notes: Vec<Vec<Piece>>,
    pub(super) fields: Vec<Field>,
    pub(super) variants: Vec<Variant>,
}

#[derive(Debug)]
pub(super) struct Field {
    /// The path of the field: `address.street`, `lines[].text`.
    pub(super) path: String,
    pub(super) words: Vec<Piece>,
    pub(super) notes: Vec<Vec<Piece>>,
    pub(super) is_required: bool,
    pub(super) is_deprecated: bool,
    pub(super) description: Option<String>,
}

/// One alternative of an enum.
#[derive(Debug)]
pub(super) struct Variant {
    pub(super) name: Vec<Piece>,
    pub(super) description: Option<String>,
    pub(super) fields: Vec<Field>,
}

pub(super) fn shape(schema: &Value, types: &Types) -> Shape {
    let mut builder = Builder { types, seen: BTreeSet::new(), is_variant: false, shape: Shape::default() };
    builder.add(schema);
    let mut shape = builder.shape;
    shape.description = description(schema).or(shape.description);
    if shape.fields.is_empty() && shape.variants.is_empty() {
        shape.notes = notes(schema);
        let has_none = schema["properties"].as_object().is_some_and(Map::is_empty);
        shape.words = if has_none { vec![text("an object without fields")] } else { type_of(schema) };
    }
    shape
}

struct Builder<'a> {
    types: &'a Types,
    /// The references that were followed. Each is followed once, because a schema may be cyclic.
    seen: BTreeSet<&'a str>,
    /// Variants of variants are not shown.
    is_variant: bool,
    shape: Shape,
}

impl<'a> Builder<'a> {
    fn add(&mut self, schema: &'a Value) {
        if let Some(reference) = schema.get("$ref")
            && let Some(target) = self.types.find(reference)
            && self.seen.insert(reference.as_str().unwrap_or_default())
        {
            self.add(target);
            self.shape.description = self.shape.description.take().or_else(|| description(target));
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.add(part);
        }
        fields("", schema, &mut self.shape.fields);
        let choices = ["oneOf", "anyOf"].into_iter().find_map(|keyword| schema[keyword].as_array());
        let is_null = |schema: &Value| schema["type"] == "null";
        // A choice with `null` is an optional type, not an enum.
        if let Some(choices) = choices.filter(|choices| !self.is_variant && !choices.iter().any(is_null)) {
            for choice in choices {
                self.add_variant(choice);
            }
        }
    }

    fn add_variant(&mut self, schema: &'a Value) {
        let of_values = schema["enum"].as_array().into_iter().flatten();
        let names: Vec<Vec<Piece>> = of_values.map(|value| vec![Piece::Code(value.to_string())]).collect();
        if !names.is_empty() {
            let variant = |name| Variant { name, description: description(schema), fields: Vec::new() };
            self.shape.variants.extend(names.into_iter().map(variant));
            return;
        }
        let mut inner =
            Builder { types: self.types, seen: BTreeSet::new(), is_variant: true, shape: Shape::default() };
        if schema.get("properties").is_some() || schema.get("allOf").is_some() {
            inner.add(schema);
        }
        let description = description(schema).or(inner.shape.description);
        self.shape.variants.push(Variant {
            name: variant_name(schema),
            description,
            fields: inner.shape.fields,
        });
    }
}

/// The name of a variant: its tag, its only field, or its type.
fn variant_name(schema: &Value) -> Vec<Piece> {
    if let Some(properties) = schema["properties"].as_object() {
        let constant = |schema: &Value| {
            let only = schema["enum"].as_array().filter(|values| values.len() == 1).map(|values| &values[0]);
            schema.get("const").or(only).cloned()
        };
        if let Some(tag) = properties.values().find_map(constant) {
            return vec![Piece::Code(tag.to_string())];
        }
        if let (1, Some(name)) = (properties.len(), properties.keys().next()) {
            return vec![Piece::Code(Value::from(name.as_str()).to_string())];
        }
    }
    match schema["title"].as_str() {
        Some(title) => vec![text(title)],
        None => type_of(schema),
    }
}

/// Adds the fields of an object, and of the objects that its schema contains.
fn fields(prefix: &str, schema: &Value, all: &mut Vec<Field>) {
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let position = |name: &str| required.iter().position(|required| *required == name);
    let mut properties: Vec<(&String, &Value)> =
        schema["properties"].as_object().into_iter().flatten().collect();
    // Required fields come first, in the order of declaration.
    properties.sort_by_key(|(name, _)| position(name).unwrap_or(required.len()));
    for (name, field) in properties {
        let path = format!("{prefix}{name}");
        let (below, inside) = match &field["items"] {
            items @ Value::Object(_) => (format!("{path}[]."), items),
            _ => (format!("{path}."), field),
        };
        all.push(Field {
            words: type_of(field),
            notes: notes(field),
            is_required: position(name).is_some(),
            is_deprecated: field["deprecated"] == true,
            description: description(field),
            path,
        });
        fields(&below, inside, all);
    }
}

fn description(schema: &Value) -> Option<String> {
    schema["description"].as_str().map(str::to_owned)
}
