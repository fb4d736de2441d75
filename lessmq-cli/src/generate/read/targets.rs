//! Makes every local reference of a message a reference to a definition.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use lessmq::compat::resolve_identifiers;
use lessmq::contract::Message;
use lessmq::contract::schema::{Content, content, escape, is_definitions, steps, subschemas_of, visit_mut};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::generate::names::{pascal, unique};
use crate::identifiers::definition;

/// A message in which every local reference is a reference to a definition. The targets of identifiers, anchors and
/// pointers such as `#/properties/id` become definitions.
pub(crate) fn with_definitions(message: &Message) -> Cow<'_, Message> {
    if [&message.writes, &message.reads].into_iter().all(has_only_definitions) {
        return Cow::Borrowed(message);
    }
    let mut message = message.clone();
    resolve_identifiers(&mut message.writes);
    resolve_identifiers(&mut message.reads);
    let names = names_of_targets(&message);
    for schema in [&mut message.writes, &mut message.reads] {
        define(schema, &names);
    }
    Cow::Owned(message)
}

/// Whether all references refer to definitions or to the whole schema, and there are no identifiers inside.
fn has_only_definitions(schema: &Value) -> bool {
    let mut remaining = vec![schema];
    while let Some(inner) = remaining.pop() {
        for (keyword, value) in inner.as_object().into_iter().flatten() {
            let is_plain = match keyword.as_str() {
                "$ref" => value.as_str().is_none_or(|text| text == "#" || definition(text).is_some()),
                "$anchor" => false,
                "$id" => std::ptr::eq(inner, schema),
                _ => true,
            };
            if !is_plain {
                return false;
            }
            remaining.extend(subschemas_of(keyword, value).map(|(_, below)| below));
        }
    }
    true
}

/// The names of the new definitions, by the decoded pointers to their schemas.
fn names_of_targets(message: &Message) -> BTreeMap<String, String> {
    let mut taken = BTreeSet::new();
    for schema in [&message.writes, &message.reads] {
        let known = schema.as_object().into_iter().flatten().filter(|(keyword, _)| is_definitions(keyword));
        taken.extend(known.filter_map(|(_, all)| all.as_object()).flat_map(Map::keys).cloned());
        taken.extend(schema.get("title").and_then(Value::as_str).map(str::to_owned));
    }
    let mut names = BTreeMap::new();
    for schema in [&message.writes, &message.reads] {
        let mut schema = schema.clone();
        let Ok(()) = visit_mut(&mut schema, |keywords| {
            if let Some(pointer) = target(keywords) {
                names.entry(pointer).or_insert_with_key(|pointer| unique(&target_name(pointer), &mut taken));
            }
            Ok::<(), Infallible>(())
        });
    }
    names
}

/// The decoded pointer of a reference that does not refer to a definition or to the whole schema.
fn target(keywords: &Map<String, Value>) -> Option<String> {
    let reference = keywords.get("$ref")?.as_str()?;
    if definition(reference).is_some() || !reference.starts_with("#/") {
        return None;
    }
    Some(percent_decode_str(&reference[1..]).decode_utf8_lossy().into_owned())
}

/// A name for the schema that a pointer leads to: `OrderLinesItem` for `/$defs/Order/properties/lines/items`.
fn target_name(pointer: &str) -> String {
    let is_keyword = |step: &str| content(step) != Content::Data;
    let named = steps(pointer).filter_map(|step| match &*step {
        "items" => Some("Item".to_owned()),
        "additionalProperties" => Some("Value".to_owned()),
        keyword if is_keyword(keyword) => None,
        name => Some(pascal(name)),
    });
    let name: String = named.collect();
    if name.is_empty() { "Part".to_owned() } else { name }
}

/// Adds the definitions, and refers to them.
fn define(schema: &mut Value, names: &BTreeMap<String, String>) {
    let existing: BTreeMap<&String, &String> =
        names.iter().filter(|(pointer, _)| schema.pointer(pointer).is_some()).collect();
    let Ok(()) = visit_mut(schema, |keywords| {
        if let Some(name) = target(keywords).and_then(|pointer| existing.get(&pointer).copied()) {
            let encoded = escape(name).replace('%', "%25");
            keywords.insert("$ref".to_owned(), format!("#/$defs/{encoded}").into());
        }
        Ok::<(), Infallible>(())
    });
    for (pointer, name) in existing {
        let Some(target) = schema.pointer(pointer).cloned() else { continue };
        if let Value::Object(keywords) = &mut *schema
            && let Value::Object(all) = keywords.entry("$defs").or_insert_with(|| Map::new().into())
        {
            all.insert(name.clone(), target);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(schema: Value, expected: Value) {
        let message = Message { writes: schema.clone(), reads: schema };
        let found = with_definitions(&message);
        assert_eq!(found.writes, expected);
        assert_eq!(found.reads, expected);
    }

    #[test]
    fn references_to_definitions_are_kept() {
        let schema = json!({
            "$id": "https://shop.example/order",
            "properties": {"a": {"$ref": "#/$defs/A"}, "b": {"$ref": "#"}, "c": {"$ref": "https://x.example/"}},
            "$defs": {"A": {"$ref": "#/definitions/B"}}, "definitions": {"B": {"const": {"$anchor": "x"}}},
        });
        let message = Message { writes: schema.clone(), reads: schema };
        assert_eq!(*with_definitions(&message), message);
    }

    #[test]
    fn the_targets_of_pointers_become_definitions() {
        let list = |link: &str| json!({"items": {"properties": {"q": {"$ref": link}}}, "type": "array"});
        let old = "#/$defs/List/items/properties/q";
        let schema = |link: &str| json!({"properties": {"a": {"type": "string"}, "b": {"$ref": link}}, "$defs": {"List": list(link)}});
        let mut expected = schema("#/$defs/A");
        expected["$defs"]["A"] = json!({"type": "string"});
        check(schema("#/properties/a"), expected);
        let mut expected = schema("#/$defs/ListItemQ");
        expected["$defs"]["ListItemQ"] = json!({"$ref": "#/$defs/ListItemQ"});
        check(schema(old), expected);
        check(schema("#/properties/none"), schema("#/properties/none"));
    }

    #[test]
    fn a_new_definition_has_a_free_name() {
        let schema = |link: &str| json!({"title": "A", "properties": {"a": {"type": "string"}, "b": {"$ref": link}}, "$defs": {"A2": true}});
        let mut expected = schema("#/$defs/A3");
        expected["$defs"]["A3"] = json!({"type": "string"});
        check(schema("#/properties/a"), expected);
    }

    #[test]
    fn anchors_and_identifiers_become_definitions() {
        let schema = |link: &str, definition: Value| json!({"properties": {"a": {"$ref": link}}, "$defs": {"F": definition}});
        let text = json!({"type": "string"});
        let expected = schema("#/$defs/F", text);
        for (link, keyword, value) in [
            ("#foo", "$anchor", "foo"),
            ("#foo", "$id", "#foo"),
            ("foo.json", "$id", "foo.json"),
            ("https://shop.example/foo", "$id", "https://shop.example/foo"),
            ("urn:shop:foo", "$id", "urn:shop:foo"),
        ] {
            check(schema(link, json!({keyword: value, "type": "string"})), expected.clone());
        }
    }

    #[test]
    fn references_inside_an_identified_schema_are_relative_to_it() {
        let schema = json!({
            "$id": "https://shop.example/order",
            "properties": {"a": {"$ref": "item#/$defs/Name"}, "b": {"$ref": "item#part"}},
            "$defs": {"Item": {
                "$id": "item",
                "properties": {"name": {"$ref": "#/$defs/Name"}, "order": {"$ref": "order"}},
                "$defs": {"Name": {"type": "string"}, "Part": {"$anchor": "part", "type": "null"}},
            }},
        });
        let (name, part) = (json!({"$ref": "#/$defs/ItemName"}), json!({"$ref": "#/$defs/ItemPart"}));
        let expected = json!({
            "$id": "https://shop.example/order",
            "properties": {"a": name, "b": part},
            "$defs": {
                "Item": {
                    "properties": {"name": name, "order": {"$ref": "#"}},
                    "$defs": {"Name": {"type": "string"}, "Part": {"type": "null"}},
                },
                "ItemName": {"type": "string"},
                "ItemPart": {"type": "null"},
            },
        });
        check(schema, expected);
    }
}
