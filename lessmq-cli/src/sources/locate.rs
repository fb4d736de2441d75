//! Finds the line of source code for a JSON pointer into a schema.

use std::collections::BTreeSet;

use lessmq::contract::{MethodKind, Role, schema};
use serde_json::Value;

use super::words::{maps_around, steps, without_keys};
use super::{Interface, Member, Sources};
use crate::report::Location;

/// What to look for: a method, and a place in one of its messages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    pub(crate) service: &'a str,
    pub(crate) method: &'a str,
    pub(crate) kind: MethodKind,
    pub(crate) direction: Option<Role>,
    /// The place in the message as the source declares it now; `None` if the method as a whole is meant.
    pub(crate) new: Option<SchemaPoint<'a>>,
    /// The place in the message before the change.
    pub(crate) old: Option<SchemaPoint<'a>>,
    /// The counter-example.
    pub(crate) example: Option<&'a Value>,
}

/// A place in a schema.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SchemaPoint<'a> {
    pub(crate) schema: &'a Value,
    pub(crate) pointer: &'a str,
}

impl Sources {
    /// The most specific declaration that is found: a field or a variant, its type, the method, or the only interface
    /// that can contain the method.
    pub(crate) fn locate(&self, target: &Target<'_>) -> Option<Location> {
        let method = self.method(target);
        let declared = target.new.filter(|_| !self.is_replaced(target)).and_then(|new| {
            let (trail, schema) = self.follow(target, new, method);
            let changed = trail.scope.and_then(|scope| changed_member(scope, schema, target));
            changed.or(trail.best).map(|found| found.location.clone())
        });
        let method = || method.map(|method| method.location.clone());
        declared.or_else(method).or_else(|| only(self.interfaces(target)))
    }

    /// The identifiers in the type that the source code has at a place, in their order. Those of aliases are in place of
    /// their names. `None` if the place is not found.
    pub(crate) fn type_words(&self, target: &Target<'_>) -> Option<Vec<String>> {
        let words = self.field_words(target)?;
        Some(without_keys(&words, maps_around(target.new?.pointer)).to_vec())
    }

    /// The identifiers in the type of the field, the variant or the method that a place is in.
    pub(super) fn field_words(&self, target: &Target<'_>) -> Option<Vec<String>> {
        let (new, method) = (target.new?, self.method(target));
        let (trail, _) = self.follow(target, new, method);
        let is_within_type = ["/properties/", "/$defs/"].iter().any(|step| new.pointer.contains(step));
        let whole = || match target.direction {
            Some(Role::Request | Role::Payload) => method?.members.last(),
            _ => method,
        };
        // The arguments of a method are no type.
        let scope = trail.scope.filter(|scope| method.is_none_or(|method| !std::ptr::eq(method, *scope)));
        let found = scope.or_else(|| if is_within_type { None } else { whole() })?;
        (!found.words.is_empty()).then(|| self.expand(&found.words))
    }

    /// Whether a message has another type than before, rather than the same type with a change. Its fields do not show what
    /// changed.
    fn is_replaced(&self, target: &Target<'_>) -> bool {
        let (Some(new), Some(old)) = (target.new, target.old) else { return false };
        let (Some(name), Some(before)) = (title(new.schema), title(old.schema)) else { return false };
        let is_still_declared = || self.types.iter().any(|found| found.name == before);
        let shares_names = || !names(new.schema).is_disjoint(&names(old.schema));
        name != before && (is_still_declared() || !shares_names())
    }

    fn interfaces(&self, target: &Target<'_>) -> impl Iterator<Item = &Interface> {
        let (service, has_events) = (target.service, target.kind == MethodKind::Event);
        let is_one =
            move |interface: &&Interface| interface.service == service && interface.has_events == has_events;
        self.interfaces.iter().filter(is_one)
    }

    fn method(&self, target: &Target<'_>) -> Option<&Member> {
        let mut methods = self.interfaces(target).flat_map(|interface| &interface.methods);
        methods.find(|method| method.name == target.method)
    }

    /// Follows the pointer through the declarations. Returns the schema at its end too.
    fn follow<'s, 'v>(
        &'s self,
        target: &Target<'_>,
        new: SchemaPoint<'v>,
        method: Option<&'s Member>,
    ) -> (Trail<'s>, &'v Value) {
        let start = match (self.named(new.schema, title(new.schema)), method) {
            // The arguments of a call or a command are the fields of its request.
            (None, Some(method)) if target.direction == Some(Role::Request) => Some(method),
            (found, _) => found,
        };
        let mut trail = Trail { sources: self, scope: start, best: start };
        let (mut schema, mut steps) = (new.schema, steps(new.pointer).into_iter());
        while let Some(step) = steps.next() {
            let Some(next) = schema.get(&step).filter(|next| next.is_object() || next.is_array()) else {
                break;
            };
            schema = match (step.as_str(), next) {
                ("properties" | "$defs" | "definitions", next) => {
                    let Some(name) = steps.next() else { break };
                    let Some(inner) = next.get(&name) else { break };
                    trail.enter(&step, &name, inner);
                    inner
                }
                ("oneOf" | "anyOf", next) => {
                    let Some(index) = steps.next() else { break };
                    let Some(inner) = schema::member(next, &index) else { break };
                    trail.choose(next, &index, inner);
                    inner
                }
                ("allOf" | "prefixItems", next) => {
                    let Some(inner) = item(next, steps.next()) else { break };
                    inner
                }
                ("items" | "additionalProperties", next) => next,
                _ => break,
            };
        }
        (trail, schema)
    }

    /// The type with this name in contracts. If there are several, the one whose fields and variants match the schema
    /// best.
    fn named(&self, schema: &Value, name: Option<&str>) -> Option<&Member> {
        let name = name?;
        // schemars appends a number to types of the same name, and their arguments to generic types.
        let bare = name.split("_for_").next().unwrap_or(name);
        let numberless = bare.trim_end_matches(|c: char| c.is_ascii_digit());
        let wanted = names(schema);
        let alike = |found: &&Member| found.members.iter().filter(|part| wanted.contains(&part.name)).count();
        [name, bare, numberless].into_iter().find_map(|name| {
            // `rev`, because of several maxima `max_by_key` returns the last.
            self.types.iter().rev().filter(|found| found.name == name).max_by_key(alike)
        })
    }
}

/// The declarations along a pointer.
struct Trail<'s> {
    sources: &'s Sources,
    /// The declaration whose fields or variants come next.
    scope: Option<&'s Member>,
    best: Option<&'s Member>,
}

impl<'s> Trail<'s> {
    fn go(&mut self, found: Option<&'s Member>) {
        self.scope = found;
        self.best = found.or(self.best);
    }

    fn enter(&mut self, keyword: &str, name: &str, schema: &Value) {
        if keyword != "properties" {
            return self.go(self.sources.named(schema, Some(name)));
        }
        let part = self.scope.and_then(|scope| scope.members.iter().find(|part| part.name == name));
        // An externally tagged variant is the value of a field with its name: the scope is that variant already.
        if part.is_some() || self.scope.is_none_or(|scope| scope.name != name) {
            self.go(part);
        }
    }

    /// Enters one of several alternatives: a variant, if the scope is an enum.
    fn choose(&mut self, alternatives: &Value, index: &str, schema: &Value) {
        let Some(scope) = self.scope else { return };
        let names = names(schema);
        let found = match scope.is_untagged {
            // The variants have no names in JSON, and the alternatives have their order.
            true if alternatives.as_array().is_some_and(|all| all.len() == scope.members.len()) => {
                index.parse::<usize>().ok().and_then(|index| scope.members.get(index))
            }
            true => None,
            false => scope.members.iter().find(|part| names.contains(&part.name)),
        };
        if found.is_some() {
            self.go(found);
        }
    }
}

/// The added variant that the counter-example has, or the field that it lacks and that became required or optional.
fn changed_member<'s>(scope: &'s Member, schema: &Value, target: &Target<'_>) -> Option<&'s Member> {
    let old = target.old?;
    let old = steps(old.pointer).into_iter().try_fold(old.schema, |schema, step| {
        let next = schema::member(schema, &step);
        // The last step may be a keyword. The schema that contains the keyword is then used.
        next.filter(|next| next.is_object() || next.get(0).is_some_and(Value::is_object))
    });
    let old = old.or(target.old.and_then(|old| old.schema.pointer(parent(old.pointer))))?;
    let (was, is) = (names(old), names(schema));
    let (was_required, is_required) = (required(old), required(schema));
    let in_example = target.example.map(words).unwrap_or_default();
    let added = |part: &&Member| is.contains(&part.name) && !was.contains(&part.name);
    let shown = |part: &&Member| added(part) && in_example.contains(part.name.as_str());
    let missed = |part: &&Member| {
        let name = part.name.as_str();
        is_required.contains(name) != was_required.contains(name) && !in_example.contains(name)
    };
    let parts = || scope.members.iter();
    parts().find(shown).or_else(|| parts().find(missed))
}

fn parent(pointer: &str) -> &str {
    pointer.rsplit_once('/').map_or("", |(parent, _)| parent)
}

fn item(list: &Value, index: Option<String>) -> Option<&Value> {
    schema::member(list, &index?)
}

fn title(schema: &Value) -> Option<&str> {
    schema.get("title")?.as_str()
}

fn required(schema: &Value) -> BTreeSet<&str> {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The names of the fields and variants in a schema.
fn names(schema: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    names.extend(schema.get("const").and_then(text));
    names.extend(schema.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(text));
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        names.insert(name.clone());
        // The tag of a variant.
        names.extend(property.get("const").and_then(text));
    }
    for keyword in ["oneOf", "anyOf"] {
        for branch in schema.get(keyword).and_then(Value::as_array).into_iter().flatten() {
            names.extend(self::names(branch));
        }
    }
    names
}

/// All keys and strings of a message.
fn words(value: &Value) -> BTreeSet<&str> {
    match value {
        Value::String(text) => BTreeSet::from([text.as_str()]),
        Value::Array(items) => items.iter().flat_map(words).collect(),
        Value::Object(fields) => {
            fields.iter().flat_map(|(name, value)| words(value).into_iter().chain([name.as_str()])).collect()
        }
        _ => BTreeSet::new(),
    }
}

/// The location of the interface, if there is exactly one.
fn only<'s>(mut interfaces: impl Iterator<Item = &'s Interface>) -> Option<Location> {
    let first = interfaces.next()?;
    interfaces.next().is_none().then(|| first.location.clone())
}
