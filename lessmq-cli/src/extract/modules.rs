//! The module tree of a crate, read from its files without compiling it.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use syn::{Attribute, Block, Expr, Item, ItemMod, Lit, Meta, Stmt};

/// Where in the module tree an item stands.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) file: &'a Path,
    /// All that the file has at its top.
    pub(crate) file_items: &'a [Item],
    /// From the crate's root: `user::events`.
    pub(crate) module: &'a str,
    /// The nearest `#[cfg(…)]` around the item; its own is not among them.
    pub(crate) condition: Option<&'a str>,
    /// Where files of child modules are.
    directory: &'a Path,
}

/// Shows every item of the crate whose root file is `root` to `visit`, but those of modules that only its tests have.
pub(crate) fn walk(root: &Path, crate_name: &str, visit: &mut dyn FnMut(&Item, Place<'_>)) {
    let directory = root.parent().unwrap_or_else(|| Path::new("."));
    Walk { visit, seen: HashSet::new() }.file(root, directory, crate_name, None);
}

struct Walk<'v> {
    visit: &'v mut dyn FnMut(&Item, Place<'_>),
    seen: HashSet<PathBuf>,
}

impl Walk<'_> {
    fn file(&mut self, file: &Path, directory: &Path, module: &str, condition: Option<&str>) {
        // A file that cannot be read or parsed is for the compiler to complain of.
        let Ok(text) = fs::read_to_string(file) else { return };
        if !self.seen.insert(file.to_owned()) {
            return;
        }
        let Ok(syntax) = syn::parse_file(&text) else { return };
        let place = Place { file, file_items: &syntax.items, directory, module, condition };
        self.items(syntax.items.iter().collect(), place);
    }

    fn items(&mut self, items: Vec<&Item>, place: Place<'_>) {
        for item in items {
            (self.visit)(item, place);
            match item {
                Item::Mod(item) => self.module(item, place),
                Item::Fn(item) => self.items(inner(&item.block), place),
                _ => {}
            }
        }
    }

    fn module(&mut self, item: &ItemMod, place: Place<'_>) {
        let name = item.ident.to_string();
        let name = name.trim_start_matches("r#");
        let module = format!("{}::{name}", place.module);
        let own = condition(&item.attrs);
        let condition = own.as_deref().or(place.condition);
        if condition == Some("test") {
            return;
        }
        let directory = place.directory.join(name);
        if let Some((_, items)) = &item.content {
            let place = Place { directory: &directory, module: &module, condition, ..place };
            return self.items(items.iter().collect(), place);
        }
        if let Some(path) = path_attribute(&item.attrs) {
            let file = place.file.parent().unwrap_or_else(|| Path::new(".")).join(path);
            let directory = file.parent().map(Path::to_owned).unwrap_or_default();
            return self.file(&file, &directory, &module, condition);
        }
        let flat = directory.with_extension("rs");
        let file = if flat.is_file() { flat } else { directory.join("mod.rs") };
        self.file(&file, &directory, &module, condition);
    }
}

/// The items that stand among the statements of a function.
fn inner(block: &Block) -> Vec<&Item> {
    let items = block.stmts.iter().filter_map(|statement| match statement {
        Stmt::Item(item) => Some(item),
        _ => None,
    });
    items.collect()
}

/// What stands in `#[cfg(…)]`.
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
