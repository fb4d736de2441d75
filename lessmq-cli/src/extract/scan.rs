//! Which interfaces the source declares, read without compiling it.
//!
//! This finds what a person sees: `#[lessmq::interface]` on a trait in a file that the crate's module tree reaches.
//! Interfaces that macros write are not seen; they are in the result all the same.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use syn::{Attribute, Block, Expr, Item, ItemMod, Lit, Meta, Stmt, UseTree};

/// A `#[lessmq::interface]` in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Declared {
    /// The trait's name.
    pub(crate) name: String,
    /// Its module, from the crate's root: `user::events`.
    pub(crate) module: String,
    pub(crate) file: PathBuf,
    /// From 1.
    pub(crate) line: usize,
    /// The nearest `#[cfg(…)]` that it stands under.
    pub(crate) condition: Option<String>,
}

/// The interfaces of the crate whose root file is `root`, without those that only its own tests have.
pub(crate) fn interfaces(root: &Path, crate_name: &str) -> Vec<Declared> {
    let mut scan = Scan { found: Vec::new(), seen: HashSet::new() };
    let directory = root.parent().unwrap_or_else(|| Path::new("."));
    scan.file(root, directory, crate_name, None);
    scan.found
}

struct Scan {
    found: Vec<Declared>,
    seen: HashSet<PathBuf>,
}

/// Where in the module tree we are.
#[derive(Clone, Copy)]
struct Place<'a> {
    file: &'a Path,
    text: &'a str,
    /// Where files of child modules are.
    directory: &'a Path,
    module: &'a str,
    condition: Option<&'a str>,
    /// What the file calls `lessmq::interface`.
    names: &'a HashSet<String>,
}

impl Scan {
    fn file(&mut self, file: &Path, directory: &Path, module: &str, condition: Option<&str>) {
        // A file that cannot be read or parsed is for the compiler to complain of.
        let Ok(text) = fs::read_to_string(file) else { return };
        if !self.seen.insert(file.to_owned()) {
            return;
        }
        let Ok(syntax) = syn::parse_file(&text) else { return };
        let mut names = HashSet::new();
        imports(&syntax.items, &mut names);
        let place = Place { file, text: &text, directory, module, condition, names: &names };
        self.items(syntax.items.iter().collect(), place);
    }

    fn items(&mut self, items: Vec<&Item>, place: Place<'_>) {
        for item in items {
            match item {
                Item::Trait(item) => self.declaration(&item.ident.to_string(), &item.attrs, place),
                Item::Mod(item) => self.module(item, place),
                Item::Fn(item) => self.items(inner(&item.block), place),
                _ => {}
            }
        }
    }

    fn declaration(&mut self, name: &str, attributes: &[Attribute], place: Place<'_>) {
        if !attributes.iter().any(|attribute| is_interface(attribute, place.names)) {
            return;
        }
        let condition = condition(attributes).or_else(|| place.condition.map(str::to_owned));
        if condition.as_deref() == Some("test") {
            return;
        }
        let name = name.trim_start_matches("r#").to_owned();
        let alike = |found: &&Declared| found.file == place.file && found.name == name;
        let earlier = self.found.iter().filter(alike).count();
        self.found.push(Declared {
            line: line_of(place.text, &name, earlier),
            name,
            module: place.module.to_owned(),
            file: place.file.to_owned(),
            condition,
        });
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

fn is_interface(attribute: &Attribute, names: &HashSet<String>) -> bool {
    let segments: Vec<String> =
        attribute.path().segments.iter().map(|segment| segment.ident.to_string()).collect();
    match segments.as_slice() {
        [name] => names.contains(name),
        [krate, name] => krate == "lessmq" && name == "interface",
        _ => false,
    }
}

/// What the items of one file call `lessmq::interface`.
fn imports(items: &[Item], names: &mut HashSet<String>) {
    for item in items {
        match item {
            Item::Use(item) => import(&item.tree, false, names),
            Item::Mod(ItemMod { content: Some((_, items)), .. }) => imports(items, names),
            _ => {}
        }
    }
}

fn import(tree: &UseTree, of_lessmq: bool, names: &mut HashSet<String>) {
    match tree {
        UseTree::Path(path) if !of_lessmq && path.ident == "lessmq" => import(&path.tree, true, names),
        UseTree::Group(group) => group.items.iter().for_each(|tree| import(tree, of_lessmq, names)),
        UseTree::Name(name) if of_lessmq && name.ident == "interface" => {
            names.insert("interface".to_owned());
        }
        UseTree::Rename(rename) if of_lessmq && rename.ident == "interface" => {
            names.insert(rename.rename.to_string());
        }
        UseTree::Glob(_) if of_lessmq => {
            names.insert("interface".to_owned());
        }
        _ => {}
    }
}

/// What stands in `#[cfg(…)]`.
fn condition(attributes: &[Attribute]) -> Option<String> {
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

/// The line of `trait Name`, after as many others of that name; the first line where the layout is unusual.
fn line_of(text: &str, name: &str, earlier: usize) -> usize {
    let declares = |line: &str| {
        let line = line.replace("r#", "");
        let words: Vec<&str> =
            line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).collect();
        words.windows(2).any(|pair| pair == ["trait", name])
    };
    let mut lines = text.lines().enumerate().filter(|(_, line)| declares(line));
    lines.nth(earlier).map_or(1, |(index, _)| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The interfaces in a crate of these files: module, name, line, condition.
    fn check(name: &str, files: &[(&str, &str)], expected: &[(&str, &str, usize, Option<&str>)]) {
        let root = std::env::temp_dir().join(format!("lessmq-cli-scan-{}-{name}", std::process::id()));
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().expect("it has one")).expect("it is writable");
            fs::write(path, text).expect("it is writable");
        }
        let found = interfaces(&root.join("lib.rs"), "krate");
        fs::remove_dir_all(&root).expect("it is ours");
        let found: Vec<_> = found
            .iter()
            .map(|found| (found.module.as_str(), found.name.as_str(), found.line, found.condition.as_deref()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn modules_are_followed_to_their_files() {
        let interface = "#[lessmq::interface(service = \"a\")]\ntrait A {}";
        check(
            "modules",
            &[
                (
                    "lib.rs",
                    "mod flat;\n#[path = \"other/place.rs\"]\nmod moved;\nmod inline { mod deep; }\nmod lost;",
                ),
                ("flat.rs", "mod nested;"),
                ("flat/nested/mod.rs", interface),
                ("other/place.rs", &format!("mod beside;\n{interface}")),
                ("other/beside.rs", interface),
                ("inline/deep.rs", interface),
                ("unused.rs", interface),
            ],
            &[
                ("krate::flat::nested", "A", 2, None),
                ("krate::moved::beside", "A", 2, None),
                ("krate::moved", "A", 3, None),
                ("krate::inline::deep", "A", 2, None),
            ],
        );
    }

    #[test]
    fn only_our_attribute_counts_under_whatever_name() {
        check(
            "names",
            &[
                (
                    "lib.rs",
                    "mod other; mod renamed;\nuse lessmq::{App, interface};\n#[interface]\npub(crate) trait A {}\nfn f() { #[::lessmq::interface] trait B {} }",
                ),
                (
                    "other.rs",
                    "use wasm::interface;\n#[interface]\ntrait C {}\n#[wasm::interface]\ntrait D {}",
                ),
                ("renamed.rs", "use lessmq::interface as contract;\n#[contract]\ntrait r#E {}"),
            ],
            &[("krate::renamed", "E", 3, None), ("krate", "A", 4, None), ("krate", "B", 5, None)],
        );
    }

    #[test]
    fn conditions_are_told_and_tests_left_out() {
        check(
            "conditions",
            &[
                (
                    "lib.rs",
                    "#[cfg(feature = \"x\")]\nmod x;\n#[cfg(test)]\nmod tests { #[lessmq::interface] trait T {} }",
                ),
                (
                    "x.rs",
                    "#[lessmq::interface]\ntrait A {}\n#[cfg(unix)]\n#[lessmq::interface]\ntrait B {}\nmod y { #[lessmq::interface]\ntrait A {} }",
                ),
                ("broken.rs", "trait {"),
            ],
            &[
                ("krate::x", "A", 2, Some("feature = \"x\"")),
                ("krate::x", "B", 5, Some("unix")),
                ("krate::x::y", "A", 7, Some("feature = \"x\"")),
            ],
        );
    }
}
