//! Which interfaces the source declares, read without compiling it.
//!
//! This finds what a person sees: `#[lessmq::interface]` on a trait in a file that the crate's module tree reaches.
//! Interfaces that macros write are not seen; they are in the result all the same.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use syn::{Attribute, Item, ItemMod, ItemTrait, UseTree};

use super::modules::{self, Place};

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
    let mut found = Vec::new();
    let mut names = Names::default();
    modules::walk(root, crate_name, &mut |item, place| {
        if let Item::Trait(item) = item
            && names.interface(item, place).is_some()
        {
            found.extend(declared(item, place));
        }
    });
    found
}

fn declared(item: &ItemTrait, place: Place<'_>) -> Option<Declared> {
    let condition = modules::condition(&item.attrs).or_else(|| place.condition.map(str::to_owned));
    (condition.as_deref() != Some("test")).then(|| Declared {
        name: item.ident.to_string().trim_start_matches("r#").to_owned(),
        module: place.module.to_owned(),
        file: place.file.to_owned(),
        line: item.ident.span().start().line,
        condition,
    })
}

/// What each file calls `lessmq::interface`.
#[derive(Debug, Default)]
pub(crate) struct Names {
    of_files: HashMap<PathBuf, HashSet<String>>,
}

impl Names {
    /// The attribute that makes a trait an interface.
    pub(crate) fn interface<'i>(&mut self, item: &'i ItemTrait, place: Place<'_>) -> Option<&'i Attribute> {
        let names = self.of_files.entry(place.file.to_owned()).or_insert_with(|| {
            let mut names = HashSet::new();
            imports(place.file_items, &mut names);
            names
        });
        item.attrs.iter().find(|attribute| is_interface(attribute, names))
    }
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

#[cfg(test)]
mod tests {
    use std::fs;

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
