//! What serde reads and schemars does not describe: `#[serde(alias = "…")]` and `#[serde(other)]`, which
//! `#[lessmq::reads]` writes into the schema.
//!
//! The schema of a field has [`FIELD`] and the schema of a variant has [`VARIANT`], each with a list of names. The schema of
//! the variant for unknown names has [`OTHER_VARIANT`]. They apply to the schema that is read, and are removed from the schema that
//! is written. Validators and the comparison get the equivalent plain JSON Schema.

use std::borrow::Cow;
use std::convert::Infallible;

use serde_json::{Map, Value, json};

use super::schema::{OTHER_VARIANT, visit_mut};

/// The keyword for the aliases of a property, in its schema.
const FIELD: &str = "x-aliases";
/// The keyword for the aliases of a variant, in its schema.
const VARIANT: &str = "x-variant-aliases";

/// Removes the aliases from a schema, because senders do not use them.
pub(super) fn remove_aliases(schema: &mut Value) {
    each_schema(schema, |members| {
        members.remove(FIELD);
        members.remove(VARIANT);
        members.remove(OTHER_VARIANT);
    });
}

/// The schema with its aliases as plain JSON Schema.
pub(crate) fn expand_aliases(schema: &Value) -> Cow<'_, Value> {
    if !mentions_aliases(schema) {
        return Cow::Borrowed(schema);
    }
    let mut expanded = schema.clone();
    each_schema(&mut expanded, |members| {
        others(members);
        fields(members);
        variant(members);
    });
    Cow::Owned(expanded)
}

fn mentions_aliases(schema: &Value) -> bool {
    let mut stack = vec![schema];
    while let Some(value) = stack.pop() {
        match value {
            Value::Array(items) => stack.extend(items),
            Value::Object(members) => {
                if [FIELD, VARIANT, OTHER_VARIANT].into_iter().any(|keyword| members.contains_key(keyword)) {
                    return true;
                }
                stack.extend(members.values().filter(|member| member.is_object() || member.is_array()));
            }
            _ => {}
        }
    }
    false
}

/// Calls `change` for every schema in `schema`.
fn each_schema(schema: &mut Value, mut change: impl FnMut(&mut Map<String, Value>)) {
    let Ok(()) = visit_mut(schema, |members| {
        change(members);
        Ok::<(), Infallible>(())
    });
}

/// A property is read from its name or from one of its aliases, never from two of them: serde reports that as a duplicate
/// field.
fn fields(members: &mut Map<String, Value>) {
    if members.get("type").and_then(Value::as_str) != Some("object") {
        return;
    }
    let Some(Value::Object(properties)) = members.get_mut("properties") else { return };
    let mut named: Vec<Vec<String>> = Vec::new();
    for name in properties.keys().cloned().collect::<Vec<_>>() {
        let mut inner = properties[&name].clone();
        let Some(aliases) = inner.as_object_mut().and_then(|inner| inner.remove(FIELD)) else { continue };
        let mut names = vec![name.clone()];
        for alias in strings(&aliases) {
            // A property that has a schema is another field.
            if !properties.contains_key(&alias) {
                properties.insert(alias.clone(), inner.clone());
                names.push(alias);
            }
        }
        properties.insert(name, inner);
        named.push(names);
    }
    for names in named.into_iter().filter(|names| names.len() > 1) {
        let has = |names: &[&String]| json!({"required": names});
        let each: Vec<Value> = names.iter().map(|name| has(&[name])).collect();
        let rule = if take_required(members, &names[0]) {
            json!({"oneOf": each})
        } else {
            let pairs = names.iter().enumerate();
            let pairs = pairs.flat_map(|(at, name)| names[..at].iter().map(move |other| has(&[other, name])));
            json!({"not": {"anyOf": pairs.collect::<Vec<_>>()}})
        };
        if let Value::Array(parts) = members.entry("allOf").or_insert_with(|| json!([])) {
            parts.push(rule);
        }
    }
}

/// Removes `name` from the required properties. Returns whether it was required.
fn take_required(members: &mut Map<String, Value>, name: &str) -> bool {
    let Some(Value::Array(required)) = members.get_mut("required") else { return false };
    let before = required.len();
    required.retain(|required| required != name);
    required.len() < before
}

/// The variant for unknown names accepts every name that no other variant has. If the form of a variant is not known, it
/// accepts its own name only.
fn others(members: &mut Map<String, Value>) {
    let Some(Value::Array(variants)) = members.get_mut("oneOf") else { return };
    let Some(at) = variants.iter().position(|variant| variant.get(OTHER_VARIANT).is_some()) else { return };
    let Value::Object(mut other) = variants[at].clone() else { return };
    let content = other.remove(OTHER_VARIANT);
    let siblings =
        || variants.iter().enumerate().filter(|(index, _)| *index != at).map(|(_, variant)| variant);
    if other.contains_key("const") {
        if let Some(names) = names_of(siblings(), external_names) {
            other.remove("const");
            other.insert("not".to_owned(), json!({"enum": names}));
        }
    } else if let Some(tag) = tag_name(&other)
        && let Some(names) = names_of(siblings(), |variant| internal_names(variant, &tag))
        && let Some(Value::Object(properties)) = other.get_mut("properties")
    {
        properties.insert(tag, json!({"type": "string", "not": {"enum": names}}));
        if let Some(content) = content.as_ref().and_then(Value::as_str) {
            // A variant without content accepts no other content.
            properties.insert(content.to_owned(), json!({"type": "null"}));
        }
    }
    variants[at] = Value::Object(other);
}

/// The names of all `variants`; `None` if the names of a variant are not known.
fn names_of<'v>(
    variants: impl Iterator<Item = &'v Value>,
    names: impl Fn(&Map<String, Value>) -> Option<Vec<Value>>,
) -> Option<Vec<Value>> {
    let mut all = Vec::new();
    for variant in variants {
        let variant = variant.as_object()?;
        all.extend(names(variant)?);
        all.extend(variant.get(VARIANT).map(strings).unwrap_or_default().into_iter().map(Value::from));
    }
    Some(all)
}

/// The names of externally tagged variants.
fn external_names(variant: &Map<String, Value>) -> Option<Vec<Value>> {
    fixed_values(variant).or_else(|| Some(vec![only_property(variant)?.into()]))
}

/// The names of variants whose tag is the property `tag`.
fn internal_names(variant: &Map<String, Value>, tag: &str) -> Option<Vec<Value>> {
    fixed_values(variant.get("properties")?.get(tag)?.as_object()?)
}

/// The only values that a schema accepts.
fn fixed_values(schema: &Map<String, Value>) -> Option<Vec<Value>> {
    match (schema.get("const"), schema.get("enum")) {
        (Some(value), _) => Some(vec![value.clone()]),
        (None, Some(Value::Array(values))) => Some(values.clone()),
        _ => None,
    }
}

/// A variant is identified by its constant, by the constant of its tag, or by the name of its only property.
fn variant(members: &mut Map<String, Value>) {
    let Some(aliases) = members.remove(VARIANT).map(|aliases| strings(&aliases)) else { return };
    let any_of = |name: &Value| {
        let names = std::iter::once(name.clone()).chain(aliases.iter().map(|alias| json!(alias)));
        Value::Array(names.collect())
    };
    if let Some(name) = members.remove("const") {
        members.insert("enum".to_owned(), any_of(&name));
    } else if let Some(name) = only_property(members) {
        let named = |alias: &String| {
            let mut renamed = members.clone();
            renamed.insert("properties".to_owned(), json!({alias: members["properties"][&name]}));
            renamed.insert("required".to_owned(), json!([alias]));
            Value::Object(renamed)
        };
        let branches: Vec<Value> = std::iter::once(&name).chain(&aliases).map(named).collect();
        *members = Map::from_iter([("oneOf".to_owned(), Value::Array(branches))]);
    } else if let Some(Value::Object(tag)) =
        tag_name(members).and_then(|name| members.get_mut("properties")?.get_mut(&name))
        && let Some(name) = tag.remove("const")
    {
        tag.insert("enum".to_owned(), any_of(&name));
    }
}

/// The only property of an externally tagged variant.
fn only_property(members: &Map<String, Value>) -> Option<String> {
    let is_closed = members.get("additionalProperties") == Some(&Value::Bool(false));
    let properties = members.get("properties")?.as_object()?;
    let required = members.get("required")?.as_array()?;
    let (name, inner) = properties.iter().next()?;
    let is_only = properties.len() == 1 && required.len() == 1 && required[0] == name.as_str();
    (is_closed && is_only && inner.get("const").is_none()).then(|| name.clone())
}

/// The name of the tag of an internally or adjacently tagged variant: the one property with a constant.
fn tag_name(members: &Map<String, Value>) -> Option<String> {
    let properties = members.get("properties")?.as_object()?;
    let mut tags =
        properties.iter().filter(|(_, property)| property.get("const").is_some_and(Value::is_string));
    let (tag, _) = tags.next()?;
    tags.next().is_none().then(|| tag.clone())
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
