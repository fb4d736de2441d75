//! Aliases: `#[serde(alias = "…")]`, which `#[lessmq::aliases]` writes into the schema.
//!
//! The schema of a field has [`FIELD`] and the schema of a variant has [`VARIANT`], each with a list of names. They apply
//! to the schema that is read, and are removed from the schema that is written. Validators and the comparison get the
//! equivalent plain JSON Schema.

use std::borrow::Cow;
use std::convert::Infallible;

use serde_json::{Map, Value, json};

use super::schema::visit_mut;

/// The keyword for the aliases of a property, in its schema.
const FIELD: &str = "x-aliases";
/// The keyword for the aliases of a variant, in its schema.
const VARIANT: &str = "x-variant-aliases";

/// Removes the aliases from a schema, because senders do not use them.
pub(super) fn remove_aliases(schema: &mut Value) {
    each_schema(schema, |members| {
        members.remove(FIELD);
        members.remove(VARIANT);
    });
}

/// The schema with its aliases as plain JSON Schema.
pub(crate) fn expand_aliases(schema: &Value) -> Cow<'_, Value> {
    if !mentions_aliases(schema) {
        return Cow::Borrowed(schema);
    }
    let mut expanded = schema.clone();
    each_schema(&mut expanded, |members| {
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
                if members.contains_key(FIELD) || members.contains_key(VARIANT) {
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
    } else if let Some(Value::Object(tag)) = tag(members)
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

/// The tag of an internally or adjacently tagged variant: the one property with a constant.
fn tag(members: &mut Map<String, Value>) -> Option<&mut Value> {
    let mut tags = members
        .get_mut("properties")?
        .as_object_mut()?
        .values_mut()
        .filter(|property| property.get("const").is_some_and(Value::is_string));
    let tag = tags.next()?;
    tags.next().is_none().then_some(tag)
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
