//! What a library declares.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::{Fields, FnArg, Item, ItemEnum, ItemStruct, ItemTrait, Pat, TraitItem};

use super::names::{self, Naming};
use super::{Interface, Library, Member, Place, Sources};
use crate::extract::modules;
use crate::extract::scan::Names;

pub(super) fn add(sources: &mut Sources, library: &Library, root: &Path) {
    let mut names = Names::default();
    let mut files = Files { root, texts: HashMap::new() };
    modules::walk(&library.root_file, &library.crate_name, &mut |item, place| {
        let mut at = |span: Span| files.place(place.file, span);
        match item {
            Item::Struct(item) => sources.types.push(structure(item, &mut at)),
            Item::Enum(item) => sources.types.push(enumeration(item, &mut at)),
            Item::Trait(item) => {
                if let Some(attribute) = names.interface(item, place)
                    && let Ok(list) = attribute.meta.require_list()
                    && let Some(service) = service(list.tokens.clone())
                {
                    let has_events = has_word(list.tokens.clone(), "events");
                    sources.interfaces.push(Interface { has_events, ..interface(item, service, &mut at) });
                }
            }
            _ => {}
        }
    });
}

/// The lines of the files.
struct Files<'a> {
    root: &'a Path,
    texts: HashMap<PathBuf, Vec<String>>,
}

impl Files<'_> {
    fn place(&mut self, file: &Path, span: Span) -> Place {
        let lines = self.texts.entry(file.to_owned()).or_insert_with(|| {
            fs::read_to_string(file).unwrap_or_default().lines().map(str::to_owned).collect()
        });
        let (start, end) = (span.start(), span.end());
        let text = lines.get(start.line.saturating_sub(1)).cloned().unwrap_or_default();
        let last = if end.line == start.line { end.column } else { text.trim_end().chars().count() };
        Place {
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

type At<'a> = &'a mut dyn FnMut(Span) -> Place;

fn structure(item: &ItemStruct, at: At<'_>) -> Member {
    let naming = Naming::of(&item.attrs);
    let members = fields(&item.fields, naming.rename_all.as_deref(), at);
    Member { name: plain(&item.ident, naming.rename), place: at(item.ident.span()), members }
}

fn enumeration(item: &ItemEnum, at: At<'_>) -> Member {
    let naming = Naming::of(&item.attrs);
    let rule = naming.rename_all.as_deref();
    let mut members = Vec::new();
    for variant in &item.variants {
        let own = Naming::of(&variant.attrs);
        if own.is_skipped {
            continue;
        }
        let of_fields = own.rename_all.as_deref().or(naming.rename_all_fields.as_deref());
        let name = own.rename.unwrap_or_else(|| names::variant(&plain(&variant.ident, None), rule));
        members.push(Member {
            name,
            place: at(across(variant.ident.span(), variant.fields.span())),
            members: fields(&variant.fields, of_fields, at),
        });
    }
    Member { name: plain(&item.ident, naming.rename), place: at(item.ident.span()), members }
}

fn fields(fields: &Fields, rule: Option<&str>, at: At<'_>) -> Vec<Member> {
    let mut members = Vec::new();
    for field in fields {
        let Some(ident) = &field.ident else { continue };
        let naming = Naming::of(&field.attrs);
        if !naming.is_skipped {
            let name = naming.rename.unwrap_or_else(|| names::field(&plain(ident, None), rule));
            let place = at(across(ident.span(), field.ty.span()));
            members.push(Member { name, place, members: Vec::new() });
        }
    }
    members
}

fn interface(item: &ItemTrait, service: String, at: At<'_>) -> Interface {
    let mut methods = Vec::new();
    for method in &item.items {
        let TraitItem::Fn(method) = method else { continue };
        let mut arguments = Vec::new();
        for argument in &method.sig.inputs {
            if let FnArg::Typed(argument) = argument
                && let Pat::Ident(pattern) = &*argument.pat
            {
                let place = at(across(pattern.ident.span(), argument.ty.span()));
                arguments.push(Member { name: plain(&pattern.ident, None), place, members: Vec::new() });
            }
        }
        let name = plain(&method.sig.ident, None);
        methods.push(Member { name, place: at(method.sig.ident.span()), members: arguments });
    }
    Interface { service, has_events: false, place: at(item.ident.span()), methods }
}

/// From a name to the end of what belongs to it; docs and attributes stand before the name.
fn across(name: Span, rest: Span) -> Span {
    name.join(rest).unwrap_or(name)
}

fn plain(ident: &syn::Ident, renamed: Option<String>) -> String {
    renamed.unwrap_or_else(|| ident.to_string().trim_start_matches("r#").to_owned())
}

/// The name behind `service =`.
fn service(tokens: TokenStream) -> Option<String> {
    let mut tokens = tokens.into_iter();
    tokens.find(|token| is_word(token, "service"))?;
    let literal = tokens.nth(1)?;
    syn::parse2::<syn::LitStr>(literal.into()).ok().map(|text| text.value())
}

fn has_word(tokens: TokenStream, word: &str) -> bool {
    tokens.into_iter().any(|token| is_word(&token, word))
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}
