//! Lists the differences of two contracts, without a verdict.

use std::collections::BTreeSet;
use std::convert::Infallible;

use lessmq::contract::schema::{self, Content};
use lessmq::contract::{Contract, Docs, Message, Method, Role};
use serde_json::{Map, Value};

use crate::report::{Change, Detail, MethodChange};
use crate::rust_types::RustType;

/// A detail about the message or the method as a whole.
fn whole(part: &'static str, before: Option<Value>, after: Option<Value>) -> Detail {
    Detail { part, side: None, pointer: String::new(), before, after }
}

/// All methods that differ: calls, commands, events, each by name.
pub(crate) fn between(old: &Contract, new: &Contract) -> Vec<MethodChange> {
    let mut changes = Vec::new();
    let mut push = |method: &String, kind, change, details| {
        let older = new.older_version(method).filter(|_| change == Change::Added);
        let (method, next_to) = (method.clone(), older.map(str::to_owned));
        changes.push(MethodChange { kind, method, change, next_to, details });
    };
    let names: BTreeSet<&String> = old.methods.keys().chain(new.methods.keys()).collect();
    for name in names {
        match (old.methods.get(name), new.methods.get(name)) {
            (Some(old), Some(new)) if old.kind() == new.kind() => {
                let details = method(old, new);
                if !details.is_empty() {
                    push(name, new.kind(), Change::Changed, details);
                }
            }
            (old, new) => {
                old.into_iter().for_each(|old| push(name, old.kind(), Change::Removed, Vec::new()));
                new.into_iter().for_each(|new| push(name, new.kind(), Change::Added, Vec::new()));
            }
        }
    }
    changes.sort_by_key(|change| change.kind);
    changes
}

fn method(old: &Method, new: &Method) -> Vec<Detail> {
    let mut details = docs(old.docs(), new.docs());
    let promises = [
        ("idempotent", old.is_idempotent(), new.is_idempotent()),
        ("ordered", old.is_ordered(), new.is_ordered()),
    ];
    for (promise, old, new) in promises.into_iter().filter(|(_, old, new)| old != new) {
        details.push(whole(promise, Some(old.into()), Some(new.into())));
    }
    for role in [Role::Request, Role::Reply, Role::Error, Role::Payload] {
        match (old.message(role), new.message(role)) {
            (None, None) => {}
            (Some(old), Some(new)) => message(&mut details, role.as_str(), old, new),
            (old, new) => {
                let schema = |message: Option<&Message>| message.map(|message| message.writes.clone());
                details.push(whole(role.as_str(), schema(old), schema(new)));
            }
        }
    }
    details
}

fn docs(old: &Docs, new: &Docs) -> Vec<Detail> {
    let text = |text: &Option<String>| text.clone().map(Value::String);
    let mut details = Vec::new();
    if old.description != new.description {
        details.push(whole("docs", text(&old.description), text(&new.description)));
    }
    if old.deprecated != new.deprecated {
        details.push(whole("deprecated", text(&old.deprecated), text(&new.deprecated)));
    }
    details
}

fn message(details: &mut Vec<Detail>, part: &'static str, old: &Message, new: &Message) {
    let differences = |old: &Value, new: &Value| {
        let mut found = Vec::new();
        schemas(&mut found, part, "", old, new);
        found
    };
    let (writes, reads) = (differences(&old.writes, &new.writes), differences(&old.reads, &new.reads));
    for (side, ours, others) in [("writes", &writes, &reads), ("reads", &reads, &writes)] {
        for detail in ours {
            match (others.contains(detail), side) {
                (true, "reads") => {}
                (true, _) => details.push(detail.clone()),
                (false, side) => details.push(Detail { side: Some(side), ..detail.clone() }),
            }
        }
    }
}

fn schemas(found: &mut Vec<Detail>, part: &'static str, pointer: &str, old: &Value, new: &Value) {
    let (Value::Object(before), Value::Object(after)) = (old, new) else {
        if old != new {
            let (before, after) = only_differences(old, new);
            found.push(Detail { part, side: None, pointer: pointer.to_owned(), before, after });
        }
        return;
    };
    for keyword in [schema::RUST_TYPE, schema::RUST_KEY_TYPE] {
        found.extend(rust_type(part, pointer, keyword, (before, after)));
    }
    entries(found, part, pointer, (before, after), is_hidden, |found, keyword, pointer, old, new| {
        match (schema::content(keyword), old, new) {
            (Content::SchemaMap, Value::Object(old), Value::Object(new)) => {
                entries(
                    found,
                    part,
                    pointer,
                    (old, new),
                    |_| false,
                    |found, _, pointer, old, new| {
                        schemas(found, part, pointer, old, new);
                    },
                );
            }
            (_, Value::Array(old), Value::Array(new))
                if schema::is_set(keyword)
                    && old.len() == new.len()
                    && new.iter().all(|item| old.contains(item)) => {}
            (Content::SchemaList, Value::Array(old), Value::Array(new)) => {
                lists(found, part, pointer, (keyword, old, new));
            }
            _ => schemas(found, part, pointer, old, new),
        }
    });
}

/// The differences of two lists of schemas. Schemas that differ in annotations only are compared with each other, the others
/// are listed as they are. The order of alternatives has no meaning, but items of a tuple have a place.
fn lists(
    found: &mut Vec<Detail>,
    part: &'static str,
    pointer: &str,
    (keyword, old, new): (&str, &[Value], &[Value]),
) {
    let essences = |list: &[Value]| list.iter().map(essence).collect::<Vec<_>>();
    let (before, after) = (essences(old), essences(new));
    if keyword == "prefixItems" && old.len() == new.len() {
        for (index, (old, new)) in old.iter().zip(new).enumerate() {
            schemas(found, part, &format!("{pointer}/{index}"), old, new);
        }
        return;
    }
    for (index, item) in new.iter().enumerate() {
        if let Some(same) = before.iter().position(|other| *other == after[index]) {
            schemas(found, part, &format!("{pointer}/{index}"), &old[same], item);
        }
    }
    if before != after {
        let lacking = |list: &[Value], own: &[Value], others: &[Value]| {
            let items = list.iter().zip(own).filter(|(_, own)| !others.contains(own));
            let items: Vec<Value> = items.map(|(item, _)| item.clone()).collect();
            (!items.is_empty()).then_some(Value::Array(items))
        };
        let (mut before, mut after) = (lacking(old, &before, &after), lacking(new, &after, &before));
        if before.is_none() && after.is_none() {
            (before, after) = (Some(old.into()), Some(new.into()));
        }
        found.push(Detail { part, side: None, pointer: pointer.to_owned(), before, after });
    }
}

/// A schema without the annotations that are not listed.
fn essence(schema: &Value) -> Value {
    let mut essence = schema.clone();
    let Ok(()) = schema::visit_mut(&mut essence, |keywords| {
        keywords.retain(|keyword, _| !is_hidden(keyword));
        Ok::<(), Infallible>(())
    });
    essence
}

/// Whether a keyword is not listed. A deprecation is an annotation too, but consumers want to know about it.
fn is_hidden(keyword: &str) -> bool {
    schema::is_annotation(keyword) && keyword != "deprecated"
}

/// A change of the Rust type: its path, its parameters, or the crate or major version that it is from. It has no effect on
/// messages, and breaks the code of consumers. Contracts of running programs have no such types.
fn rust_type(
    part: &'static str,
    pointer: &str,
    keyword: &str,
    (old, new): (&Map<String, Value>, &Map<String, Value>),
) -> Option<Detail> {
    let read = |schema: &Map<String, Value>| RustType::read(schema.get(keyword)?).ok();
    let (before, after) = (read(old)?, read(new)?);
    // As short as they can be told apart.
    let texts: [fn(&RustType) -> String; 3] =
        [|ty| ty.path.clone(), RustType::to_string, |ty| format!("{ty} of {} {}", ty.package, ty.line())];
    let mut texts = texts.into_iter().map(|text| (text(&before), text(&after)));
    let (before, after) = texts.find(|(before, after)| before != after)?;
    let pointer = schema::join(pointer, keyword);
    Some(Detail { part, side: None, pointer, before: Some(before.into()), after: Some(after.into()) })
}

fn entries(
    found: &mut Vec<Detail>,
    part: &'static str,
    pointer: &str,
    (old, new): (&Map<String, Value>, &Map<String, Value>),
    is_hidden: impl Fn(&str) -> bool,
    mut both: impl FnMut(&mut Vec<Detail>, &str, &str, &Value, &Value),
) {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names.into_iter().filter(|name| !is_hidden(name)) {
        let pointer = schema::join(pointer, name);
        match (old.get(name), new.get(name)) {
            (Some(old), Some(new)) => both(found, name, &pointer, old, new),
            (before, after) => {
                found.push(Detail {
                    part,
                    side: None,
                    pointer,
                    before: before.cloned(),
                    after: after.cloned(),
                });
            }
        }
    }
}

/// The items of each list that are not in the other list. Values other than lists are returned unchanged.
fn only_differences(old: &Value, new: &Value) -> (Option<Value>, Option<Value>) {
    let (Value::Array(before), Value::Array(after)) = (old, new) else {
        return (Some(old.clone()), Some(new.clone()));
    };
    let lacking = |some: &[Value], other: &[Value]| {
        let lacking: Vec<Value> = some.iter().filter(|item| !other.contains(item)).cloned().collect();
        (!lacking.is_empty()).then_some(Value::Array(lacking))
    };
    match (lacking(before, after), lacking(after, before)) {
        (None, None) => (Some(old.clone()), Some(new.clone())),
        differences => differences,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The differences of two schemas: place, before, after.
    fn check(old: Value, new: Value, expected: Value) {
        let mut found = Vec::new();
        schemas(&mut found, "request", "", &old, &new);
        let found: Vec<Value> =
            found.into_iter().map(|detail| json!([detail.pointer, detail.before, detail.after])).collect();
        assert_eq!(Value::from(found), expected);
    }

    #[test]
    fn only_differences_are_listed_and_lists_item_by_item() {
        check(
            json!({"type": "object", "required": ["a", "b"], "properties": {"a": {"minimum": 0}}}),
            json!({"type": "object", "required": ["b", "c"], "properties": {"a": {"minimum": 1}, "x/y": {}}}),
            json!([
                ["/properties/a/minimum", 0, 1],
                ["/properties/x~1y", null, {}],
                ["/required", ["a"], ["c"]],
            ]),
        );
    }

    #[test]
    fn the_order_of_required_fields_is_no_difference() {
        check(json!({"required": ["a", "b"]}), json!({"required": ["b", "a"]}), json!([]));
        check(
            json!({"enum": ["a", "b"]}),
            json!({"enum": ["b", "a"]}),
            json!([["/enum", ["a", "b"], ["b", "a"]]]),
        );
    }

    #[test]
    fn annotations_are_ignored_and_fields_with_their_names_are_not() {
        check(json!({"title": "A", "description": "B"}), json!({"title": "C"}), json!([]));
        check(
            json!({"properties": {}}),
            json!({"properties": {"title": {"type": "string"}}}),
            json!([["/properties/title", null, {"type": "string"}]]),
        );
    }

    #[test]
    fn a_rust_type_is_listed_if_both_sides_name_one() {
        let of = |path: &str| json!({"type": "string", "x-rust-type": {"crate": "a", "version": "1", "path": path}});
        check(of("a::B"), of("a::C"), json!([["/x-rust-type", "a::B", "a::C"]]));
        let keys = |path: &str| json!({"type": "object", "x-rust-key-type": {"crate": "a", "version": "1", "path": path}});
        check(keys("a::B"), keys("a::C"), json!([["/x-rust-key-type", "a::B", "a::C"]]));
        check(of("a::B"), of("a::B"), json!([]));
        let version = |version: &str| json!({"type": "string", "x-rust-type": {"crate": "a", "version": version, "path": "a::B"}});
        check(version("1"), version("1.4"), json!([]));
        check(version("1"), version("2"), json!([["/x-rust-type", "a::B of a 1", "a::B of a 2"]]));
        check(version("0.1"), version("0.2"), json!([["/x-rust-type", "a::B of a 0.1", "a::B of a 0.2"]]));
        let offset = |parameter: &str| {
            let parameter = json!({"x-rust-type": {"crate": "a", "version": "1", "path": parameter}});
            json!({"type": "string", "x-rust-type": {"crate": "a", "version": "1", "path": "a::B", "parameters": [parameter]}})
        };
        check(offset("a::C"), offset("a::D"), json!([["/x-rust-type", "a::B<a::C>", "a::B<a::D>"]]));
        check(of("a::B"), json!({"type": "string"}), json!([]));
        check(json!({"type": "string"}), of("a::B"), json!([]));
    }

    #[test]
    fn annotations_of_alternatives_are_ignored_and_rust_types_are_listed_at_their_place() {
        let day = |path: Option<&str>| match path {
            Some(path) => {
                json!({"type": "string", "x-rust-type": {"crate": "a", "version": "1", "path": path}})
            }
            None => json!({"type": "string"}),
        };
        let one_of =
            |path| json!({"oneOf": [{"type": "null", "title": "A"}, {"properties": {"at": day(path)}}]});
        check(one_of(None), one_of(Some("a::B")), json!([]));
        check(
            one_of(Some("a::B")),
            one_of(Some("a::C")),
            json!([["/oneOf/1/properties/at/x-rust-type", "a::B", "a::C"]]),
        );
        let tuple = |first: &str| json!({"prefixItems": [{"type": first}, day(None)]});
        check(tuple("string"), tuple("null"), json!([["/prefixItems/0/type", "string", "null"]]));
        check(
            json!({"anyOf": [{"type": "null"}, day(None)]}),
            json!({"anyOf": [day(Some("a::B")), {"type": "object"}]}),
            json!([["/anyOf", [{"type": "null"}], [{"type": "object"}]]]),
        );
    }

    #[test]
    fn differences_of_both_sides_are_listed_once() {
        let both = |schema: Value| Message { writes: schema.clone(), reads: schema };
        let mut details = Vec::new();
        let new =
            Message { writes: json!({"type": "string", "maxLength": 3}), reads: json!({"type": "string"}) };
        message(&mut details, "request", &both(json!({"type": "null"})), &new);
        let found: Vec<_> = details.iter().map(|detail| (detail.pointer.as_str(), detail.side)).collect();
        assert_eq!(found, [("/maxLength", Some("writes")), ("/type", None)]);
    }
}
