//! Lists the differences of two contracts, without a verdict.

use std::collections::BTreeSet;

use lessmq::contract::schema::{self, Content};
use lessmq::contract::{Contract, Docs, Message, Method, Role};
use serde_json::{Map, Value};

use crate::report::{Change, Detail, MethodChange};

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
    // A deprecation is an annotation too, but consumers want to know about it.
    let is_hidden = |keyword: &str| schema::is_annotation(keyword) && keyword != "deprecated";
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
            _ => schemas(found, part, pointer, old, new),
        }
    });
}

/// A change of the Rust type: it has no effect on messages, and breaks the code of consumers. Contracts of running
/// programs have no such types.
fn rust_type(
    part: &'static str,
    pointer: &str,
    keyword: &str,
    (old, new): (&Map<String, Value>, &Map<String, Value>),
) -> Option<Detail> {
    let path = |schema: &Map<String, Value>| schema.get(keyword)?.get("path").cloned();
    let (before, after) = (path(old)?, path(new)?);
    let pointer = schema::join(pointer, keyword);
    (before != after).then_some(Detail {
        part,
        side: None,
        pointer,
        before: Some(before),
        after: Some(after),
    })
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
        check(of("a::B"), json!({"type": "string"}), json!([]));
        check(json!({"type": "string"}), of("a::B"), json!([]));
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
