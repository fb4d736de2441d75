//! The module tree of a crate.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use syn::{Attribute, Block, Expr, Item, ItemMod, Lit, Meta, Stmt};

use super::Library;

/// The position of an item in the module tree.
#[derive(Clone, Copy)]
pub(crate) struct Position<'a> {
    pub(crate) file: &'a Path,
    /// The items at the top of the file.
    pub(crate) file_items: &'a [Item],
    /// The module path with the crate's name: `user::events`.
    pub(crate) module: &'a str,
    /// The condition of the nearest `#[cfg(…)]` around the item, without the item's own.
    pub(crate) condition: Option<&'a str>,
    /// The directory with the files of child modules.
    directory: &'a Path,
}

/// Calls `visit` for every item of the library, except in modules that are compiled only for tests.
pub(crate) fn walk(library: &Library, visit: &mut dyn FnMut(&Item, Position<'_>)) {
    let directory = library.root_file.parent().unwrap_or_else(|| Path::new("."));
    let mut walk = Walk { visit, seen: HashSet::new() };
    walk.file(&library.root_file, directory, &library.crate_name, None);
}

struct Walk<'v> {
    visit: &'v mut dyn FnMut(&Item, Position<'_>),
    seen: HashSet<PathBuf>,
}

impl Walk<'_> {
    fn file(&mut self, file: &Path, directory: &Path, module: &str, condition: Option<&str>) {
        // The compiler reports a file that cannot be read or parsed.
        let Ok(text) = fs::read_to_string(file) else { return };
        if !self.seen.insert(file.to_owned()) {
            return;
        }
        let Ok(syntax) = syn::parse_file(&text) else { return };
        let position = Position { file, file_items: &syntax.items, directory, module, condition };
        self.items(syntax.items.iter().collect(), position);
    }

    fn items(&mut self, items: Vec<&Item>, position: Position<'_>) {
        for item in items {
            (self.visit)(item, position);
            match item {
                Item::Mod(item) => self.module(item, position),
                Item::Fn(item) => self.items(inner_items(&item.block), position),
                _ => {}
            }
        }
    }

    fn module(&mut self, item: &ItemMod, position: Position<'_>) {
        let name = item.ident.to_string();
        let name = name.trim_start_matches("r#");
        let module = format!("{}::{name}", position.module);
        let own = condition(&item.attrs);
        let condition = own.as_deref().or(position.condition);
        if condition == Some("test") {
            return;
        }
        let directory = position.directory.join(name);
        if let Some((_, items)) = &item.content {
            let position = Position { directory: &directory, module: &module, condition, ..position };
            return self.items(items.iter().collect(), position);
        }
        if let Some(path) = path_attribute(&item.attrs) {
            let file = position.file.parent().unwrap_or_else(|| Path::new(".")).join(path);
            let directory = file.parent().map(Path::to_owned).unwrap_or_default();
            return self.file(&file, &directory, &module, condition);
        }
        let flat = directory.with_extension("rs");
        let file = if flat.is_file() { flat } else { directory.join("mod.rs") };
        self.file(&file, &directory, &module, condition);
    }
}

/// The items among the statements of a function.
fn inner_items(block: &Block) -> Vec<&Item> {
    let items = block.stmts.iter().filter_map(|statement| match statement {
        Stmt::Item(item) => Some(item),
        _ => None,
    });
    items.collect()
}

/// The condition of `#[cfg(…)]`.
pub(crate) fn condition(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => Some(list.tokens.to_string()),
        _ => None,
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
