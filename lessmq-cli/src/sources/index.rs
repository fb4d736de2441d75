//! Indexing the declarations of a library.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{
    Attribute, Expr, ExprLit, Fields, FnArg, Item, ItemEnum, ItemStruct, ItemTrait, Lit, Meta, Pat,
    TraitItem, UseTree,
};

use super::names::{self, Naming};
use super::{Declared, Interface, Member, Newtype, Sources};
use crate::report::Location;
use crate::syntax::Library;
use crate::syntax::interfaces::AttributeNames;
use crate::syntax::modules;

pub(super) fn add(sources: &mut Sources, library: &Library, root: &Path) {
    let mut names = AttributeNames::default();
    let mut files = Files { root, texts: HashMap::new() };
    modules::walk(library, &mut |item, position| {
        let mut locate = |span: Span| files.location(position.file, span);
        match item {
            Item::Struct(item) => {
                let declared = newtype(item).map_or(Declared::Other, Declared::Newtype);
                insert(&mut sources.declared, &item.ident, declared);
                sources.types.push(structure(item, &mut locate));
            }
            Item::Enum(item) => {
                let name = name_of(&item.ident, Naming::read(&item.attrs).rename);
                insert(&mut sources.declared, &item.ident, Declared::Enum { name, docs: docs(&item.attrs) });
                sources.types.push(enumeration(item, &mut locate));
            }
            Item::Use(item) => add_renamed(&mut sources.renamed, &item.tree),
            Item::Type(item) => insert(&mut sources.aliases, &item.ident, words(&item.ty)),
            Item::Trait(item) => {
                if let Some(attribute) = names.interface_attribute(item, position)
                    && let Ok(list) = attribute.meta.require_list()
                    && let Some(service) = service_name(list.tokens.clone())
                {
                    let has_events = has_word(list.tokens.clone(), "events");
                    let version = version(list.tokens.clone());
                    let interface = interface(item, service, version, &mut locate);
                    sources.interfaces.push(Interface { has_events, ..interface });
                }
            }
            _ => {}
        }
    });
}

/// Adds the names that an import gives to types.
fn add_renamed(renamed: &mut HashSet<String>, tree: &UseTree) {
    match tree {
        UseTree::Path(path) => add_renamed(renamed, &path.tree),
        UseTree::Rename(item) => {
            renamed.insert(item.rename.to_string());
        }
        UseTree::Group(group) => group.items.iter().for_each(|tree| add_renamed(renamed, tree)),
        UseTree::Name(_) | UseTree::Glob(_) => {}
    }
}

/// Adds what has a name, unless something else has it too.
fn insert<T>(known: &mut HashMap<String, Option<T>>, ident: &syn::Ident, found: T) {
    known.entry(ident.to_string()).and_modify(|known| *known = None).or_insert(Some(found));
}

/// The lines of the files that were read.
struct Files<'a> {
    root: &'a Path,
    texts: HashMap<PathBuf, Vec<String>>,
}

impl Files<'_> {
    fn location(&mut self, file: &Path, span: Span) -> Location {
        let lines = self.texts.entry(file.to_owned()).or_insert_with(|| {
            fs::read_to_string(file).unwrap_or_default().lines().map(str::to_owned).collect()
        });
        let (start, end) = (span.start(), span.end());
        let text = lines.get(start.line.saturating_sub(1)).cloned().unwrap_or_default();
        let last = if end.line == start.line { end.column } else { text.trim_end().chars().count() };
        Location {
            file: relative(file, self.root),
            line: start.line,
            column: start.column + 1,
            end_column: last.max(start.column + 1) + 1,
            text,
        }
    }
}

fn relative(file: &Path, root: &Path) -> String {
    let file = file.strip_prefix(root).unwrap_or(file);
    file.display().to_string().replace('\\', "/")
}

impl Member {
    /// A part without a type.
    fn new(name: String, location: Location, members: Vec<Self>) -> Self {
        Self { name, location, words: Vec::new(), members, is_untagged: false }
    }
}

/// Turns a span of the current file into a location.
type Locate<'a> = &'a mut dyn FnMut(Span) -> Location;

fn structure(item: &ItemStruct, locate: Locate<'_>) -> Member {
    let naming = Naming::read(&item.attrs);
    let members = fields(&item.fields, naming.rename_all.as_deref(), locate);
    let (name, words) = (name_of(&item.ident, naming.rename), words_of_newtype(&item.fields));
    Member { words, ..Member::new(name, locate(item.ident.span()), members) }
}

fn enumeration(item: &ItemEnum, locate: Locate<'_>) -> Member {
    let naming = Naming::read(&item.attrs);
    let rule = naming.rename_all.as_deref();
    let mut members = Vec::new();
    for variant in &item.variants {
        let own = Naming::read(&variant.attrs);
        if own.is_skipped {
            continue;
        }
        let field_rule = own.rename_all.as_deref().or(naming.rename_all_fields.as_deref());
        let name = own.rename.unwrap_or_else(|| names::variant(&name_of(&variant.ident, None), rule));
        let location = locate(join(variant.ident.span(), variant.fields.span()));
        let fields = fields(&variant.fields, field_rule, locate);
        members
            .push(Member { words: words_of_newtype(&variant.fields), ..Member::new(name, location, fields) });
    }
    let (name, location) = (name_of(&item.ident, naming.rename), locate(item.ident.span()));
    Member { is_untagged: naming.is_untagged, ..Member::new(name, location, members) }
}

fn fields(fields: &Fields, rule: Option<&str>, locate: Locate<'_>) -> Vec<Member> {
    let mut members = Vec::new();
    for field in fields {
        let Some(ident) = &field.ident else { continue };
        let naming = Naming::read(&field.attrs);
        if !naming.is_skipped {
            let name = naming.rename.unwrap_or_else(|| names::field(&name_of(ident, None), rule));
            let location = locate(join(ident.span(), field.ty.span()));
            members.push(Member { words: words(&field.ty), ..Member::new(name, location, Vec::new()) });
        }
    }
    members
}

/// The identifiers in the type of the only field, if it has no name.
fn words_of_newtype(fields: &Fields) -> Vec<String> {
    match fields {
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => words(&fields.unnamed[0].ty),
        _ => Vec::new(),
    }
}

/// A newtype, unless an attribute may make serde write it as another type than the one in it.
fn newtype(item: &ItemStruct) -> Option<Newtype> {
    const CONVERSIONS: [&str; 7] =
        ["deserialize_with", "from", "into", "remote", "serialize_with", "try_from", "with"];
    let attributes = item.attrs.iter().chain(item.fields.iter().flat_map(|field| &field.attrs));
    let is_about_json =
        |attribute: &&Attribute| ["serde", "schemars"].iter().any(|name| attribute.path().is_ident(name));
    let attributes: Vec<&Attribute> = attributes.filter(is_about_json).collect();
    let has_one = |words: &[&str]| {
        let mut lists = attributes.iter().filter_map(|attribute| attribute.meta.require_list().ok());
        lists.any(|list| words.iter().any(|word| has_word(list.tokens.clone(), word)))
    };
    let words = words_of_newtype(&item.fields);
    if words.is_empty() || has_one(&CONVERSIONS) {
        return None;
    }
    let name = name_of(&item.ident, Naming::read(&item.attrs).rename);
    let name = (!has_one(&["inline", "transparent"])).then_some(name);
    Some(Newtype { name, words, docs: docs(&item.attrs) })
}

/// The docs of a type, as schemas have them.
fn docs(attributes: &[Attribute]) -> Option<String> {
    let mut lines: Vec<String> = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("doc")) {
        if let Meta::NameValue(pair) = &attribute.meta
            && let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &pair.value
        {
            let line = text.value();
            lines.push(line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned());
        }
    }
    let text = lines.join("\n").trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// All identifiers in a type, in their order.
fn words(ty: &impl ToTokens) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Vec<TokenTree> = ty.to_token_stream().into_iter().collect();
    open.reverse();
    while let Some(token) = open.pop() {
        match token {
            TokenTree::Ident(ident) => found.push(ident.to_string()),
            TokenTree::Group(group) => {
                open.extend(group.stream().into_iter().collect::<Vec<_>>().into_iter().rev())
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    found
}

fn interface(item: &ItemTrait, service: String, version: Option<u16>, locate: Locate<'_>) -> Interface {
    let mut methods = Vec::new();
    for method in &item.items {
        let TraitItem::Fn(method) = method else { continue };
        let mut arguments = Vec::new();
        for argument in &method.sig.inputs {
            if let FnArg::Typed(argument) = argument
                && let Pat::Ident(pattern) = &*argument.pat
            {
                let name = name_of(&pattern.ident, None);
                let location = locate(join(pattern.ident.span(), argument.ty.span()));
                let argument_words = words(&argument.ty);
                arguments.push(Member { words: argument_words, ..Member::new(name, location, Vec::new()) });
            }
        }
        let own = method.attrs.iter().find(|attribute| attribute.path().is_ident("version"));
        let own = own.and_then(|attribute| attribute.parse_args::<syn::LitInt>().ok()?.base10_parse().ok());
        let name = wire_name(&name_of(&method.sig.ident, None), own.or(version));
        let (location, words) = (locate(method.sig.ident.span()), words(&method.sig.output));
        methods.push(Member { words, ..Member::new(name, location, arguments) });
    }
    Interface { service, has_events: false, location: locate(item.ident.span()), methods }
}

/// From a name to the end of its declaration, without the docs and attributes before the name.
fn join(name: Span, rest: Span) -> Span {
    name.join(rest).unwrap_or(name)
}

/// The name as serde sees it: without `r#`, unless it is renamed.
fn name_of(ident: &syn::Ident, renamed: Option<String>) -> String {
    renamed.unwrap_or_else(|| ident.to_string().trim_start_matches("r#").to_owned())
}

/// The name after `service =`.
fn service_name(tokens: TokenStream) -> Option<String> {
    let mut tokens = tokens.into_iter();
    tokens.find(|token| is_word(token, "service"))?;
    let literal = tokens.nth(1)?;
    syn::parse2::<syn::LitStr>(literal.into()).ok().map(|text| text.value())
}

/// The number after `version =`.
fn version(tokens: TokenStream) -> Option<u16> {
    let mut tokens = tokens.into_iter();
    tokens.find(|token| is_word(token, "version"))?;
    let literal = tokens.nth(1)?;
    syn::parse2::<syn::LitInt>(literal.into()).ok()?.base10_parse().ok()
}

/// The name of a method in contracts, as `#[lessmq::interface]` makes it: version 2 of `get` or `get_v2` is `get@2`.
fn wire_name(name: &str, version: Option<u16>) -> String {
    let Some(version) = version else { return name.to_owned() };
    let base = name.strip_suffix(&format!("_v{version}")).filter(|base| !base.is_empty()).unwrap_or(name);
    if version == 1 { base.to_owned() } else { format!("{base}@{version}") }
}

fn has_word(tokens: TokenStream, word: &str) -> bool {
    tokens.into_iter().any(|token| is_word(&token, word))
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}
