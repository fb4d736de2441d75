//! Texts of a contract never become code. They are only in comments, literals and names.

use std::collections::BTreeSet;

use lessmq::contract::{Command, Contract, Docs, Message};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{Generated, python, typescript};
use super::{contract, name, rust_sources};

/// A character that is not part of any name. It is in code only if a text ends its comment or literal early.
const FOREIGN: char = '§';

/// The start and the end of comments and literals, and whether they have escapes.
type Quotes = [(&'static str, &'static str, bool); 3];
const TYPESCRIPT: Quotes = [("//", "\n", false), ("/*", "*/", false), ("\"", "\"", true)];
const PYTHON: Quotes = [("#", "\n", false), ("\"\"\"", "\"\"\"", true), ("\"", "\"", true)];

/// The code outside of comments and literals.
fn code(text: &str, quotes: &Quotes) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let Some((open, close, escapes)) = quotes.iter().find(|(open, ..)| rest.starts_with(open)) else {
            code.push(next);
            rest = &rest[next.len_utf8()..];
            continue;
        };
        rest = &rest[open.len()..];
        while !rest.starts_with(close) {
            let mut skipped = rest.chars();
            let skips_two = *escapes && rest.starts_with('\\');
            let c = skipped.next().unwrap_or_else(|| panic!("`{open}` stays open\n{text}"));
            assert!(*open != "\"" || c != '\n', "a literal goes over the end of a line\n{text}");
            rest = skipped.as_str();
            if skips_two {
                rest = &rest[rest.chars().next().map_or(0, char::len_utf8)..];
            }
        }
        rest = &rest[close.len()..];
    }
    code
}

fn check_code(generated: &Generated, files: [&str; 2], quotes: &Quotes) {
    for file in files {
        let text = &generated.files[std::path::Path::new(file)];
        assert!(!text.contains(['\r', '\0']), "{file}: no compiler takes these\n{text}");
        // The only backslashes in code are those of the patterns of numbers.
        let code = code(text, quotes).replace("\\d+", "");
        assert!(!code.contains([FOREIGN, '\\', '`', '\'']), "{file}: a text got out\n{text}");
        for [open, close] in [['(', ')'], ['[', ']'], ['{', '}']] {
            assert_eq!(
                code.matches(open).count(),
                code.matches(close).count(),
                "{file}: {open}{close}\n{text}"
            );
        }
    }
}

fn check_rust(generated: &Generated) {
    for text in generated.files.values() {
        assert!(!text.contains(['\r', '\0', '\u{202e}']), "rustc refuses these\n{text}");
        let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let mut functions = BTreeSet::new();
        for item in file.items {
            if let syn::Item::Fn(function) = item {
                let name = function.sig.ident.to_string();
                assert!(functions.insert(name.clone()), "{name} is there twice\n{text}");
            }
        }
    }
}

fn check(contract: &Contract) {
    check_rust(&rust_sources(contract).expect("there is Rust for it"));
    let typescript = typescript::sources(contract).expect("there is TypeScript for it");
    check_code(&typescript, ["types.ts", "client.ts"], &TYPESCRIPT);
    let python = python::sources(contract).expect("there is Python for it");
    check_code(&python, ["models.py", "client.py"], &PYTHON);
}

/// Texts that contain the ends of comments and literals.
fn text() -> impl Strategy<Value = String> {
    let parts = [
        "*/", "*", "/", "/*", "//", "\"", "\"\"\"", "'", "`", "${", "\\", "\n", "\r", "\r\n", "\0", "\t",
        "\u{2028}", "\u{202e}", "#", "}", "(", "§", "§", " ", "a",
    ];
    prop::collection::vec(prop::sample::select(parts.to_vec()), 0..8).prop_map(|parts| parts.concat())
}

/// A name with such a text in it.
fn odd_name() -> impl Strategy<Value = String> {
    (name(), text()).prop_map(|(name, text)| name + &text)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn no_text_of_a_contract_becomes_code(
        texts in [text(), text(), text(), text(), text(), text()],
        names in [odd_name(), odd_name(), odd_name(), odd_name()]
    ) {
        let [service, method, note, of_type, of_field, default] = texts;
        let [title, field, variant, tag] = names;
        let shape = json!({"description": of_type, "deprecated": true, "oneOf": [
            {"type": "string", "const": variant, "description": of_field},
            {"type": "string", "const": default},
        ]});
        let tagged = json!({"description": of_type, "oneOf": [{
            "type": "object", "description": of_field, "required": [tag],
            "properties": {tag.clone(): {"type": "string", "const": variant}},
        }]});
        let schema = json!({
            "type": "object", "title": title, "description": of_type,
            "properties": {
                field.clone(): {"type": "string", "description": of_field, "default": default, "x-aliases": [tag]},
                format!("{field}2"): {"type": "string", "const": variant, "deprecated": true},
                format!("{field}3"): {"type": "object", "default": {field.clone(): default}},
                format!("{field}4"): {"$ref": "#/$defs/Shape"},
                format!("{field}5"): {"$ref": "#/$defs/Tagged"},
            },
            "$defs": {"Shape": shape, "Tagged": tagged},
        });
        let mut contract = contract(schema.clone(), schema);
        contract.description = Some(service);
        if let Some(event) = contract.event_mut("happened") {
            event.docs = Docs { description: Some(method.clone()), deprecated: Some(note.clone()) };
        }
        check(&contract);
    }
}

#[test]
fn a_note_does_not_end_its_comment() {
    let schema = json!({"type": "string"});
    let mut contract = contract(schema.clone(), schema);
    if let Some(event) = contract.event_mut("happened") {
        event.docs.deprecated = Some("gone */ } § class X { /*".to_owned());
    }
    check(&contract);
}

#[test]
fn a_lone_carriage_return_is_a_space() {
    let schema = json!({"type": "object", "title": "A", "description": "one\rtwo\r\nthree", "properties": {"a": {"type": "string"}}});
    let contract = contract(schema.clone(), schema);
    check(&contract);
    let rust = rust_sources(&contract).expect("there is Rust for it");
    assert!(rust.files[std::path::Path::new("types.rs")].contains("/// one two\n/// three\n"));
}

#[test]
fn functions_for_defaults_have_unique_names() {
    let schema = |is_written: bool| {
        let of = |field: &str, default: u32| {
            let required = if is_written { vec![field] } else { Vec::new() };
            let number = json!({"type": "integer", "format": "uint32", "minimum": 0, "default": default});
            json!({"type": "object", "properties": {field: number}, "required": required})
        };
        let properties = json!({"one": {"$ref": "#/$defs/Foo"}, "other": {"$ref": "#/$defs/FooBar"}});
        let definitions = json!({"Foo": of("bar_x", 5), "FooBar": of("x", 6)});
        json!({"title": "Both", "type": "object", "properties": properties, "$defs": definitions})
    };
    let contract = contract(schema(true), schema(false));
    check(&contract);
    let rust = rust_sources(&contract).expect("there is Rust for it");
    let types = &rust.files[std::path::Path::new("types.rs")];
    for function in ["default_foo_bar_x", "default_foo_bar_x2"] {
        assert!(types.contains(&format!("default = \"{function}\"")), "{types}");
        assert!(types.contains(&format!("fn {function}()")), "{types}");
    }
}

/// A contract with commands of these names.
fn with_commands(names: [&str; 2]) -> Contract {
    let schema = json!({"type": "string"});
    let mut contract = contract(schema.clone(), schema.clone());
    let command = |name: &str| {
        let request = Message { writes: Value::clone(&schema), reads: schema.clone() };
        (name.to_owned(), Command { docs: Docs::default(), ordered: false, request }.into())
    };
    contract.methods.extend(names.into_iter().map(command));
    contract
}

#[test]
fn methods_have_unique_names() {
    let typescript =
        typescript::sources(&with_commands(["get_v2", "get_v_2"])).expect("there is TypeScript for it");
    let client = &typescript.files[std::path::Path::new("client.ts")];
    for name in ["getV2", "getV22"] {
        assert_eq!(client.matches(&format!("async {name}(")).count(), 1, "{client}");
    }
    let python = python::sources(&with_commands(["class", "class_"])).expect("there is Python for it");
    let client = &python.files[std::path::Path::new("client.py")];
    for name in ["class_", "class_2"] {
        assert_eq!(client.matches(&format!("def {name}(")).count(), 1, "{client}");
    }
}

#[test]
fn no_name_contains_a_comment() {
    let schema = json!({"type": "object", "title": "A/*\n§\n#*/", "properties": {"a": {"type": "string"}}});
    check(&contract(schema.clone(), schema));
}
