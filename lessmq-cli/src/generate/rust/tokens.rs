//! Tokens that several modules generate: docs, derives, attributes, JSON.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use serde_json::{Map, Value};

use super::derives::derives;
use super::names::ident;
use super::scope::Scope;
use crate::generate::model::{Docs, NamedType, Type, TypeId};
use crate::report::{Error, Result};

/// The imports of a module: the standard library's, then the others.
pub(super) fn imports(paths: &BTreeSet<String>) -> String {
    let paths = paths.iter().map(String::as_str);
    let (standard, others): (Vec<&str>, Vec<&str>) = paths.partition(|path| path.starts_with("std::"));
    let mut text = String::new();
    for group in [standard, others] {
        let mut modules: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (module, name) in group.iter().filter_map(|path| path.rsplit_once("::")) {
            modules.entry(module).or_default().push(name);
        }
        if !modules.is_empty() {
            text += "\n";
        }
        for (module, names) in modules {
            text += &match &names[..] {
                [name] => format!("use {module}::{name};\n"),
                names => format!("use {module}::{{{}}};\n", names.join(", ")),
            };
        }
    }
    text
}

/// Formats tokens as source code.
pub(super) fn format_item(item: TokenStream, name: &str) -> Result<String> {
    let failed = |error: syn::Error| {
        Error::new(format!("the generated code for `{name}` is not valid Rust"))
            .because(error)
            .hint("this is a bug in lessmq-cli: report it with the contract")
    };
    Ok(prettyplease::unparse(&syn::parse2(item).map_err(failed)?))
}

/// What the fields or variants of a type add to its attributes.
#[derive(Debug, Default)]
pub(super) struct TypeAttributes {
    pub(super) serde: Vec<TokenStream>,
    pub(super) has_aliases: bool,
    /// Whether `Default` is derived.
    pub(super) has_default: bool,
}

/// The attributes of a type: docs, derives, its name in schemas.
pub(super) fn type_attributes(
    scope: &Scope<'_>,
    id: TypeId,
    declared: &NamedType,
    attributes_of_parts: TypeAttributes,
) -> TokenStream {
    let TypeAttributes { serde, has_aliases, has_default } = attributes_of_parts;
    let docs = attributes(&declared.docs);
    let aliases = has_aliases.then(|| quote!(#[lessmq::reads]));
    let derives = derives(scope, id, has_default);
    let serde = (!serde.is_empty()).then(|| quote!(#[serde(#(#serde),*)]));
    let schemars = if declared.inline {
        Some(quote!(#[schemars(inline)]))
    } else {
        let name = &declared.schema_name;
        (declared.name != *name).then(|| quote!(#[schemars(rename = #name)]))
    };
    let secret = declared.is_secret.then(|| quote!(#[schemars(extend("writeOnly" = true))]));
    quote! {
        #docs
        #aliases
        #derives
        #serde
        #schemars
        #secret
    }
}

/// Docs as attributes.
pub(super) fn attributes(docs: &Docs) -> TokenStream {
    let lines = docs.description.iter().flat_map(|text| text.lines());
    let lines = lines.map(|line| if line.is_empty() { String::new() } else { format!(" {line}") });
    let deprecated = docs.deprecated.as_ref().map(|note| {
        if note.is_empty() { quote!(#[deprecated]) } else { quote!(#[deprecated(note = #note)]) }
    });
    quote!(#(#[doc = #lines])* #deprecated)
}

/// The keywords of a schema beyond its type, as attributes of schemars.
pub(super) fn constraints(ty: &Type, extras: &Map<String, Value>) -> Vec<TokenStream> {
    let mut rest: Vec<(&str, &Value)> = extras.iter().map(|(key, value)| (key.as_str(), value)).collect();
    let mut found = Vec::new();
    let inner = if let Type::Option(inner) = ty { inner } else { ty };
    let (length, range) = match inner {
        Type::Text => (Some(["minLength", "maxLength"]), false),
        Type::List(_) => (Some(["minItems", "maxItems"]), false),
        Type::Integer(_) | Type::Float { .. } | Type::Number => (None, true),
        _ => (None, false),
    };
    let mut pair = |name: &str, keywords: [&str; 2]| {
        let mut parts = Vec::new();
        for (part, keyword) in ["min", "max"].into_iter().zip(keywords) {
            if let Some(at) = rest.iter().position(|(key, _)| *key == keyword) {
                let (part, value) = (ident(part), json(rest.remove(at).1, &|_| None));
                parts.push(quote!(#part = #value));
            }
        }
        let name = ident(name);
        (!parts.is_empty()).then(|| quote!(#name(#(#parts),*)))
    };
    found.extend(length.and_then(|keywords| pair("length", keywords)));
    found.extend(range.then(|| pair("range", ["minimum", "maximum"])).flatten());
    if !rest.is_empty() {
        let entries = rest.into_iter().map(|(key, value)| {
            let value = if is_too_wide(value) { wide_json(value, &|_| None) } else { json(value, &|_| None) };
            quote!(#key = #value)
        });
        found.push(quote!(extend(#(#entries),*)));
    }
    found
}

/// JSON as tokens for `json!`. `replace` may return an expression to use instead of a value.
pub(super) fn json(value: &Value, replace: &dyn Fn(&Value) -> Option<TokenStream>) -> TokenStream {
    if let Some(expression) = replace(value) {
        return expression;
    }
    match value {
        Value::Null => quote!(null),
        Value::Bool(value) => quote!(#value),
        Value::Number(number) => typed_literal(number),
        Value::String(text) => quote!(#text),
        Value::Array(items) => {
            let items = items.iter().map(|item| json(item, replace));
            quote!([#(#items),*])
        }
        Value::Object(object) => {
            let entries = object.iter().map(|(key, value)| {
                let value = json(value, replace);
                quote!(#key: #value)
            });
            quote!({ #(#entries),* })
        }
    }
}

/// The deepest recursion of `json!` in generated code. The compiler's limit is 128, of which other macros use a few.
const MAX_JSON_RECURSION: usize = 100;

/// Whether `json!` with this value would exceed the recursion limit of the compiler. The macro calls itself three times
/// for each entry of an object, and once or twice for each item of a list.
pub(super) fn is_too_wide(value: &Value) -> bool {
    recursion(value) > MAX_JSON_RECURSION
}

fn recursion(value: &Value) -> usize {
    let deepest = |(index, value): (usize, &Value), each: usize| each * (index + 1) + recursion(value);
    1 + match value {
        Value::Array(items) => {
            let each = if items.iter().any(|item| item.is_object() || item.is_array()) { 2 } else { 1 };
            items.iter().enumerate().map(|item| deepest(item, each)).max().unwrap_or_default()
        }
        Value::Object(entries) => {
            entries.values().enumerate().map(|entry| deepest(entry, 3)).max().unwrap_or_default()
        }
        _ => 0,
    }
}

/// JSON as an expression, for values that are too wide for `json!`. `replace` may return an expression to use instead of
/// a value. Values without one are parsed from text.
pub(super) fn wide_json(value: &Value, replace: &dyn Fn(&Value) -> Option<TokenStream>) -> TokenStream {
    if let Some(expression) = replace(value) {
        return quote!(::serde_json::Value::from(#expression));
    }
    match value {
        Value::Array(items) if has_replacement(value, replace) => {
            let items = items.iter().map(|item| wide_json(item, replace));
            quote!(::serde_json::Value::Array(::std::vec![#(#items),*]))
        }
        Value::Object(object) if has_replacement(value, replace) => {
            let entries = object.iter().map(|(key, value)| {
                let value = wide_json(value, replace);
                quote!((::std::string::String::from(#key), #value))
            });
            quote!(::serde_json::Value::Object(::serde_json::Map::from_iter([#(#entries),*])))
        }
        value if is_too_wide(value) => {
            let text = value.to_string();
            quote!(::serde_json::from_str::<::serde_json::Value>(#text).expect("the text is JSON"))
        }
        value => {
            let value = json(value, &|_| None);
            quote!(::serde_json::json!(#value))
        }
    }
}

fn has_replacement(value: &Value, replace: &dyn Fn(&Value) -> Option<TokenStream>) -> bool {
    replace(value).is_some()
        || match value {
            Value::Array(items) => items.iter().any(|item| has_replacement(item, replace)),
            Value::Object(object) => object.values().any(|value| has_replacement(value, replace)),
            _ => false,
        }
}

/// A number with a suffix for its type: without a suffix, it would be an `i32`.
fn typed_literal(number: &serde_json::Number) -> TokenStream {
    let is_small = number.as_i64().is_none_or(|number| i32::try_from(number).is_ok());
    match (number.as_u64(), number.as_i64()) {
        (Some(number), _) if !is_small || i32::try_from(number).is_err() => quote!(#number),
        (None, Some(number)) if !is_small => quote!(#number),
        _ => number_literal(number),
    }
}

pub(super) fn number_literal(number: &serde_json::Number) -> TokenStream {
    let literal = if let Some(number) = number.as_u64() {
        Literal::u64_unsuffixed(number)
    } else if let Some(number) = number.as_i64() {
        Literal::i64_unsuffixed(number)
    } else {
        Literal::f64_unsuffixed(number.as_f64().unwrap_or_default())
    };
    quote!(#literal)
}
