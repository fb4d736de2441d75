//! The module tree of a crate, and the paths that each module mentions.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, Item, ItemMod, ItemUse, Lit, Macro, Meta, UseTree, Visibility};

/// All modules of a crate, by their path.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) by_path: BTreeMap<Vec<String>, Module>,
}

impl Tree {
    pub(super) fn modules(&self) -> impl Iterator<Item = &Module> {
        self.by_path.values()
    }
}

/// One module, in a separate file or inline.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// The path of the module, without `crate`.
    pub(super) path: Vec<String>,
    /// The path of the file, from the folder of the root file.
    pub(super) file: String,
    /// The items that the module declares itself.
    pub(super) declared: BTreeSet<String>,
    /// The names that `use` items bind, with the paths that they stand for.
    pub(super) names: BTreeMap<String, Mention>,
    /// The paths of glob imports.
    pub(super) globs: Vec<Mention>,
    /// Every path that the code mentions.
    pub(super) mentions: Vec<Mention>,
    /// The macros that are called by a bare name, with their lines.
    pub(super) macros: Vec<(usize, String)>,
}

/// A path in the source.
#[derive(Clone, Debug)]
pub(super) struct Mention {
    pub(super) line: usize,
    pub(super) segments: Vec<String>,
    /// Whether the path begins with `::`.
    pub(super) is_absolute: bool,
}

/// Reads the tree of modules below the root file.
pub(super) fn read(root: &Path) -> Result<Tree> {
    let folder = root.parent().unwrap_or_else(|| Path::new("."));
    let mut reader = Reader { folder, tree: Tree::default() };
    reader.file(root, folder, Vec::new())?;
    Ok(reader.tree)
}

struct Reader<'a> {
    /// The folder of the root file.
    folder: &'a Path,
    tree: Tree,
}

impl Reader<'_> {
    /// Reads a module from its file; the files of its children are in `directory`.
    fn file(&mut self, file: &Path, directory: &Path, path: Vec<String>) -> Result<()> {
        let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        let syntax = syn::parse_file(&text).with_context(|| format!("cannot parse {}", file.display()))?;
        self.module(&syntax.items, file, directory, path)
    }

    fn module(&mut self, items: &[Item], file: &Path, directory: &Path, path: Vec<String>) -> Result<()> {
        let name = file.strip_prefix(self.folder).unwrap_or(file).display().to_string().replace('\\', "/");
        let mut module = Module { path: path.clone(), file: name, ..Module::default() };
        for item in items.iter().filter(|item| !is_for_tests(attributes(item))) {
            if let Some(name) = name_of(item) {
                module.declared.insert(name);
            }
            match item {
                Item::Mod(child) => self.child(child, file, directory, &path)?,
                item => module.visit_item(item),
            }
        }
        self.tree.by_path.insert(path, module);
        Ok(())
    }

    fn child(&mut self, item: &ItemMod, file: &Path, directory: &Path, parent: &[String]) -> Result<()> {
        let name = plain(&item.ident);
        let path = [parent, std::slice::from_ref(&name)].concat();
        let children = directory.join(&name);
        if let Some((_, items)) = &item.content {
            return self.module(items, file, &children, path);
        }
        if let Some(given) = path_attribute(&item.attrs) {
            let file = file.parent().unwrap_or_else(|| Path::new(".")).join(given);
            let children = file.parent().map(Path::to_owned).unwrap_or_default();
            return self.file(&file, &children, path);
        }
        let flat: PathBuf = children.with_extension("rs");
        let file = if flat.is_file() { flat } else { children.join("mod.rs") };
        self.file(&file, &children, path)
    }
}

impl<'ast> Visit<'ast> for Module {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let start = Mention {
            line: item.use_token.span.start().line,
            segments: Vec::new(),
            is_absolute: item.leading_colon.is_some(),
        };
        self.bind(&item.tree, start);
    }

    // `pub(crate)` mentions no item.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| plain(&segment.ident)).collect();
        if let Some(first) = path.segments.first() {
            let line = first.ident.span().start().line;
            self.mentions.push(Mention { line, segments, is_absolute: path.leading_colon.is_some() });
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        if let Some(name) = call.path.get_ident() {
            self.macros.push((name.span().start().line, plain(name)));
        } else {
            self.visit_path(&call.path);
        }
        self.tokens(call.tokens.clone());
    }
}

impl Module {
    /// Adds what a `use` tree mentions and binds.
    fn bind(&mut self, tree: &UseTree, mut at: Mention) {
        match tree {
            UseTree::Path(path) => {
                at.segments.push(plain(&path.ident));
                self.bind(&path.tree, at);
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.bind(tree, at.clone())),
            UseTree::Glob(_) => {
                self.mentions.push(at.clone());
                self.globs.push(at);
            }
            UseTree::Name(name) if name.ident == "self" => {
                let bound = at.segments.last().cloned().unwrap_or_default();
                self.add(bound, at);
            }
            UseTree::Name(name) => {
                at.segments.push(plain(&name.ident));
                self.add(plain(&name.ident), at);
            }
            UseTree::Rename(rename) => {
                if rename.ident != "self" {
                    at.segments.push(plain(&rename.ident));
                }
                self.add(plain(&rename.rename), at);
            }
        }
    }

    fn add(&mut self, name: String, path: Mention) {
        self.mentions.push(path.clone());
        self.names.insert(name, path);
    }

    /// Adds the paths among the arguments of a macro, and the macros that are called there.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let (mut line, mut colons, mut starts_absolute) = (0, 0, false);
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                TokenTree::Punct(punct) if punct.as_char() == '!' && path.len() == 1 => {
                    self.macros.push((line, path.concat()));
                }
                TokenTree::Ident(ident) => {
                    if colons != 2 || path.is_empty() {
                        self.end_path(&mut path, line, starts_absolute);
                        starts_absolute = colons == 2;
                        line = ident.span().start().line;
                    }
                    path.push(plain(&ident));
                    colons = 0;
                    continue;
                }
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            self.end_path(&mut path, line, starts_absolute);
            colons = 0;
        }
        self.end_path(&mut path, line, starts_absolute);
    }

    fn end_path(&mut self, path: &mut Vec<String>, line: usize, is_absolute: bool) {
        let segments = std::mem::take(path);
        if segments.len() > 1 {
            self.mentions.push(Mention { line, segments, is_absolute });
        }
    }
}

/// A name without `r#`.
fn plain(ident: &proc_macro2::Ident) -> String {
    ident.to_string().trim_start_matches("r#").to_owned()
}

/// Whether an item is compiled for tests only.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string().replace(' ', "");
            condition == "test" || condition.starts_with("all(test,")
        }
        _ => false,
    })
}

fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    })
}

/// The name that an item declares in its module.
fn name_of(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Mod(item) => &item.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        _ => return None,
    };
    Some(plain(ident))
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
