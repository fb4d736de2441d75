//! Checks that the promises of the suite are quoted from the docs of drivers.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use syn::{Attribute, Expr, Field, ImplItem, Item, Lit, Meta, TraitItem, Type};

use super::cases;

/// The docs of items, by name, such as `Queue` and `Queue::Calls`, each as one line of plain text.
#[derive(Default)]
struct Docs(HashMap<String, String>);

impl Docs {
    /// The docs of the items in the files of a folder.
    fn read(folder: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut docs = Self::default();
        for file in files.filter(|file| file.is_file()) {
            let file = syn::parse_file(&fs::read_to_string(file).unwrap()).unwrap();
            file.items.iter().for_each(|item| docs.add_item(item));
        }
        docs
    }

    fn add_item(&mut self, item: &Item) {
        match item {
            Item::Trait(item) => {
                self.add(item.ident.to_string(), &item.attrs);
                for member in &item.items {
                    if let TraitItem::Fn(method) = member {
                        self.add(format!("{}::{}", item.ident, method.sig.ident), &method.attrs);
                    }
                }
            }
            Item::Enum(item) => {
                self.add(item.ident.to_string(), &item.attrs);
                for variant in &item.variants {
                    let fields = variant.fields.iter().flat_map(|field| &field.attrs);
                    let attributes = variant.attrs.iter().chain(fields);
                    self.add(format!("{}::{}", item.ident, variant.ident), attributes);
                }
            }
            Item::Struct(item) => {
                self.add(item.ident.to_string(), &item.attrs);
                for Field { ident, attrs, .. } in &item.fields {
                    let name = ident.as_ref().map(ToString::to_string).unwrap_or_default();
                    self.add(format!("{}::{name}", item.ident), attrs);
                }
            }
            Item::Impl(item) => {
                let Type::Path(of) = &*item.self_ty else { return };
                let of = &of.path.segments.last().unwrap().ident;
                for member in &item.items {
                    if let ImplItem::Fn(method) = member {
                        self.add(format!("{of}::{}", method.sig.ident), &method.attrs);
                    }
                }
            }
            _ => {}
        }
    }

    fn add<'a>(&mut self, name: String, attributes: impl IntoIterator<Item = &'a Attribute>) {
        let lines: Vec<String> = attributes.into_iter().filter_map(doc_line).collect();
        self.0.entry(name).or_default().push_str(&plain(&lines.join(" ")));
    }

    fn contain(&self, item: &str, words: &str) -> bool {
        self.0.get(item).is_some_and(|docs| docs.contains(words))
    }
}

/// The text of a line of a doc comment.
fn doc_line(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(meta) = &attribute.meta else { return None };
    match &meta.value {
        Expr::Lit(value) if meta.path.is_ident("doc") => match &value.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// A text without links, formatting, line breaks and capitals.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, link)) = rest.split_once("](") {
        plain.push_str(before);
        rest = link.split_once(')').map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    plain.retain(|c| !"[]`*".contains(c));
    plain.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn promises_are_quoted_from_the_docs_of_their_items() {
    let docs = [Docs::read("src/transport"), Docs::read("src/envelope")];
    let mut missing: Vec<&str> = Vec::new();
    for case in cases() {
        let (item, words) =
            case.promise.split_once(": ").expect("a promise names an item, then quotes its docs");
        if !docs.iter().any(|docs| docs.contain(item, &plain(words))) {
            missing.push(case.promise);
        }
    }
    missing.dedup();
    assert!(missing.is_empty(), "the docs of these items no longer say: {missing:#?}");
}
