//! What a change of a contract changes in the code of those who use its crate.
//!
//! The version of a contract says whether its messages stay compatible. A change that is compatible for messages, such as a
//! new optional argument, may nevertheless need a change of code.

use std::collections::{BTreeMap, BTreeSet};

use lessmq::contract::{Contract, Method, MethodKind};
use lessmq::name::MethodName;

use super::api::{Api, Form, PublicType, Signature};
use super::{Names, RustSources, sources};
use crate::rust_types::{ChosenType, Replacements};

/// Code that has to be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CodeChange {
    /// The method that the code uses. `None` for code that uses a type.
    pub(crate) method: Option<String>,
    /// Which code has to be changed, and why.
    pub(crate) text: String,
}

/// The code that has to be changed when the crate of `old` is replaced by that of `new`: code that uses its methods, then
/// code that uses its types. Empty if one of the contracts has no code.
pub(crate) fn code_changes(
    old: &Contract,
    new: &Contract,
    names: &Names,
    replacements: &Replacements,
) -> Vec<CodeChange> {
    let sources = |contract| sources(contract, names, replacements);
    let (Ok(before), Ok(after)) = (sources(old), sources(new)) else { return Vec::new() };
    let (old_api, new_api) = (Api::read(&before.generated), Api::read(&after.generated));
    let mut changes = Vec::new();
    for (name, declared) in &new.methods {
        let Some(in_code) = name_in_code(name) else { continue };
        let (earlier, signature) = (old_api.methods.get(&in_code), new_api.methods.get(&in_code));
        let (Some(earlier), Some(signature)) = (earlier, signature) else { continue };
        let reasons = signature_changes(earlier, signature);
        if !reasons.is_empty() {
            let uses = match declared.kind() {
                MethodKind::Call => "calls",
                MethodKind::Command => "sends",
                MethodKind::Event => "uses",
            };
            let code = format!("{uses} `{}.{name}`", new.service);
            changes.push(CodeChange { method: Some(name.clone()), text: text(&code, &reasons.join("; ")) });
        }
    }
    let sent = sent_types(&new_api, new);
    let type_changes = new_api.types.iter().flat_map(|(name, found)| match old_api.types.get(name) {
        Some(earlier) => type_changes(name, earlier, found, sent.contains(name.as_str())),
        None => Vec::new(),
    });
    let lost = old_api.types.keys().filter(|name| !new_api.types.contains_key(*name));
    let lost = lost.map(|name| text(&format!("uses `{name}`"), "the type does not exist any more"));
    let texts = type_changes.chain(lost).chain(crate_changes(&before, &after));
    changes.extend(texts.map(|text| CodeChange { method: None, text }));
    changes
}

fn text(code: &str, reason: &str) -> String {
    format!("code that {code} has to be changed: {reason}")
}

fn signature_changes(old: &Signature, new: &Signature) -> Vec<String> {
    let find = |signature: &Signature, name: &str| {
        signature.arguments.iter().find(|(other, _)| other == name).map(|(_, ty)| ty.clone())
    };
    let lacking = |one: &Signature, other: &Signature| {
        let names = one.arguments.iter().map(|(name, _)| name.clone());
        names.filter(|name| find(other, name).is_none()).collect::<Vec<String>>()
    };
    let (added, removed) = (lacking(new, old), lacking(old, new));
    let mut reasons = Vec::new();
    let one_or_more = |names: &[String]| if names.len() == 1 { "argument" } else { "arguments" };
    if !added.is_empty() {
        reasons.push(format!("it has the new {} {}", one_or_more(&added), list(&added)));
    }
    if !removed.is_empty() {
        reasons.push(format!("it does not have the {} {} any more", one_or_more(&removed), list(&removed)));
    }
    for (name, ty) in &new.arguments {
        if let Some(before) = find(old, name).filter(|before| before != ty) {
            reasons.push(format!("its argument `{name}` is `{ty}`, not `{before}`"));
        }
    }
    let common = |signature: &Signature, lacking: &[String]| {
        let names = signature.arguments.iter().map(|(name, _)| name.clone());
        names.filter(|name| !lacking.contains(name)).collect::<Vec<String>>()
    };
    if common(old, &removed) != common(new, &added) {
        reasons.push(format!("the order of its arguments is {}", list(&common(new, &[]))));
    }
    if old.output != new.output {
        reasons.push(format!("it returns `{}`, not `{}`", new.output, old.output));
    }
    reasons
}

/// The name of a method in code: `get_v2` for `get@2`.
fn name_in_code(name: &str) -> Option<String> {
    MethodName::parse("method", name).ok().map(|name| name.in_code())
}

/// The types that consumers send, and therefore create.
fn sent_types<'a>(api: &'a Api, contract: &Contract) -> BTreeSet<&'a str> {
    let is_sent = |(_, method): &(&String, &Method)| method.kind() != MethodKind::Event;
    let names = contract.methods.iter().filter(is_sent).filter_map(|(name, _)| name_in_code(name));
    let signatures = names.filter_map(|name| api.methods.get(&name));
    let arguments = signatures.flat_map(|signature| &signature.arguments);
    let mut open: Vec<&str> = arguments.map(|(_, ty)| ty.as_str()).collect();
    let mut sent = BTreeSet::new();
    while let Some(ty) = open.pop() {
        for word in ty.split(|c: char| !c.is_alphanumeric() && c != '_') {
            if let Some((name, found)) = api.types.get_key_value(word)
                && sent.insert(name.as_str())
            {
                open.extend(found.parts.iter().map(|(_, ty)| ty.as_str()));
            }
        }
    }
    sent
}

fn type_changes(name: &str, old: &PublicType, new: &PublicType, is_sent: bool) -> Vec<String> {
    if old.form != new.form {
        return vec![text(
            &format!("uses `{name}`"),
            &format!("it is {}, not {}", form(new.form), form(old.form)),
        )];
    }
    let find = |parts: &[(String, String)], part: &str| {
        parts.iter().find(|(other, _)| other == part).map(|(_, content)| content.clone())
    };
    let mut changes = Vec::new();
    let separator = if new.form == Form::Enum { "::" } else { "." };
    for (part, content) in &new.parts {
        let place = format!("`{name}{separator}{part}`");
        match find(&old.parts, part) {
            Some(before) if before != *content => {
                let shown = |content: &str| {
                    if content.is_empty() { "without content".to_owned() } else { format!("`{content}`") }
                };
                let reason = format!("it is {}, not {}", shown(content), shown(&before));
                changes.push(text(&format!("uses {place}"), &reason));
            }
            None if new.form == Form::Enum => {
                changes.push(text(
                    &format!("matches every `{name}`"),
                    &format!("it has the new variant `{part}`"),
                ));
            }
            None if is_sent => {
                let has_default = [old, new].into_iter().all(|found| found.traits.contains("Default"));
                let rest = if has_default { " without `..Default::default()`" } else { "" };
                let reason = format!("it has the new field `{part}`");
                changes.push(text(&format!("creates `{name}`{rest}"), &reason));
            }
            _ => {}
        }
    }
    for (part, _) in old.parts.iter().filter(|(part, _)| find(&new.parts, part).is_none()) {
        let place = format!("`{name}{separator}{part}`");
        changes.push(text(&format!("uses {place}"), "it does not exist any more"));
    }
    let lost: Vec<String> = old.traits.difference(&new.traits).cloned().collect();
    if !lost.is_empty() {
        let reason = "the type does not implement it any more";
        let reason = if lost.len() == 1 { reason.to_owned() } else { reason.replace(" it ", " them ") };
        changes.push(text(&format!("needs {} of `{name}`", list(&lost)), &reason));
    }
    changes
}

fn form(form: Form) -> &'static str {
    match form {
        Form::Struct => "a struct with named fields",
        Form::Tuple => "a tuple struct",
        Form::Unit => "a struct without fields",
        Form::Enum => "an enum",
    }
}

/// Crates of types in another major version: their types are then other types.
fn crate_changes(old: &RustSources, new: &RustSources) -> Vec<String> {
    let lines = |sources: &RustSources| -> BTreeMap<String, String> {
        let line = |chosen: &ChosenType| (chosen.ty.package.clone(), chosen.ty.line());
        sources.foreign.iter().map(line).collect()
    };
    let (before, after) = (lines(old), lines(new));
    let changed = after.iter().filter_map(|(package, line)| {
        let earlier = before.get(package).filter(|earlier| *earlier != line)?;
        let reason = format!("they are those of `{package}` {line}, not {earlier}");
        Some(text(&format!("uses types of `{package}`"), &reason))
    });
    changed.collect()
}

/// Names as a list for people.
fn list(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use lessmq::Never;
    use lessmq::contract::schema::ARGUMENT_ORDER;
    use lessmq::contract::{ContractBuilder, Message, MethodMeta};
    use serde_json::{Value, json};

    use super::*;

    /// A contract with a call whose arguments and reply have these schemas.
    fn contract(arguments: &Value, required: &Value, reply: Value) -> Contract {
        let mut contract =
            ContractBuilder::new("shop", "1.0.0").call::<u32, u32, Never>(MethodMeta::new("get")).build();
        let mut request = json!({
            "title": "GetRequest", "type": "object", "properties": arguments, "required": required,
            ARGUMENT_ORDER: arguments["x-names"],
        });
        request["properties"].as_object_mut().expect("it is one").remove("x-names");
        if let Some(Method::Call(call)) = contract.methods.get_mut("get") {
            call.request = Message { writes: request.clone(), reads: request };
            call.reply = Message { writes: reply.clone(), reads: reply };
        }
        contract
    }

    fn changes(old: &Contract, new: &Contract) -> Vec<String> {
        let found = code_changes(old, new, &Names::default(), &Replacements::default());
        found.into_iter().map(|change| change.text).collect()
    }

    fn check_arguments(old: (Value, Value), new: (Value, Value), expected: &[&str]) {
        let reply = json!({"type": "string", "title": "string"});
        let contract = |(arguments, required): (Value, Value)| contract(&arguments, &required, reply.clone());
        assert_eq!(changes(&contract(old), &contract(new)), expected);
    }

    #[test]
    fn a_change_of_the_arguments_is_a_change_of_code() {
        let text = || json!({"type": "string"});
        let optional = || json!({"type": ["string", "null"]});
        let two = || (json!({"a": text(), "b": optional()}), json!(["a"]));
        check_arguments(two(), two(), &[]);
        check_arguments(
            two(),
            (json!({"a": text(), "b": optional(), "c": optional()}), json!(["a"])),
            &["code that calls `shop.get` has to be changed: it has the new argument `c`"],
        );
        check_arguments(
            two(),
            (json!({"a": optional(), "b": optional(), "x-names": ["b", "a"]}), json!([])),
            &[
                "code that calls `shop.get` has to be changed: its argument `a` is `Option<String>`, not `String`; the order of \
               its arguments is `b` and `a`",
            ],
        );
        check_arguments(
            two(),
            (json!({"b": optional()}), json!([])),
            &["code that calls `shop.get` has to be changed: it does not have the argument `a` any more"],
        );
    }

    #[test]
    fn a_new_field_changes_the_code_that_creates_a_value() {
        let order = |fields: Value, required: Value| {
            let order =
                json!({"title": "Order", "type": "object", "properties": fields, "required": required});
            let mut contract = contract(&json!({}), &json!([]), json!({"type": "null", "title": "null"}));
            if let Some(Method::Call(call)) = contract.methods.get_mut("get") {
                call.request = Message { writes: order.clone(), reads: order };
            }
            contract
        };
        let (text, optional) = (json!({"type": "string"}), json!({"type": ["string", "null"]}));
        let check = |required: Value, expected: &str| {
            let old = order(json!({"a": text}), required.clone());
            let new = order(json!({"a": text, "b": optional}), required);
            assert_eq!(changes(&old, &new), [expected]);
        };
        check(json!(["a"]), "code that creates `Order` has to be changed: it has the new field `b`");
        check(
            json!([]),
            "code that creates `Order` without `..Default::default()` has to be changed: it has the new field `b`",
        );
    }

    fn check_reply(old: Value, new: Value, expected: &[&str]) {
        let contract = |reply: Value| contract(&json!({}), &json!([]), reply);
        assert_eq!(changes(&contract(old), &contract(new)), expected);
    }

    #[test]
    fn a_change_of_a_type_is_a_change_of_code() {
        let point = |properties: Value| json!({"title": "Point", "type": "object", "properties": properties});
        let id = |path: &str, version: &str| {
            let mark = json!({"crate": path.split("::").next(), "version": version, "path": path});
            point(json!({"at": {"type": "string", "format": "date", "x-rust-type": mark}}))
        };
        let whole = point(json!({"x": {"type": "integer", "format": "int32"}}));
        check_reply(whole.clone(), whole.clone(), &[]);
        check_reply(
            whole.clone(),
            point(
                json!({"x": {"type": "integer", "format": "int32"}, "y": {"type": "number", "format": "double"}}),
            ),
            &[
                "code that needs `Eq`, `Hash` and `Ord` of `Point` has to be changed: the type does not implement them any more",
            ],
        );
        check_reply(
            id("chrono::NaiveDate", "0.4"),
            id("jiff::civil::Date", "0.2"),
            &[
                "code that uses `Point.at` has to be changed: it is `Option<jiff::civil::Date>`, not `Option<chrono::NaiveDate>`",
            ],
        );
        check_reply(
            id("money::Amount", "1.3"),
            id("money::Amount", "2"),
            &["code that uses types of `money` has to be changed: they are those of `money` 2, not 1"],
        );
        check_reply(id("chrono::NaiveDate", "0.4.38"), id("chrono::NaiveDate", "0.4"), &[]);
    }
}
