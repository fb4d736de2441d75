//! The interfaces that source code declares: traits with `#[lessmq::interface]`.
//!
//! Interfaces that macros generate are not found here. The compiled library has them all the same.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use syn::{Attribute, Item, ItemMod, ItemTrait, UseTree};

use super::Library;
use super::modules::{self, Position};

/// An interface in the source code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeclaredInterface {
    /// The trait's name.
    pub(crate) name: String,
    /// Its module path with the crate's name: `user::events`.
    pub(crate) module: String,
    pub(crate) file: PathBuf,
    /// From 1.
    pub(crate) line: usize,
    /// The condition of the nearest `#[cfg(…)]` on it or around it.
    pub(crate) condition: Option<String>,
}

/// The interfaces of a library, except those that are compiled only for its tests.
pub(crate) fn declared_interfaces(library: &Library) -> Vec<DeclaredInterface> {
    let mut found = Vec::new();
    let mut names = AttributeNames::default();
    modules::walk(library, &mut |item, position| {
        if let Item::Trait(item) = item
            && names.interface_attribute(item, position).is_some()
        {
            found.extend(declared(item, position));
        }
    });
    found
}

fn declared(item: &ItemTrait, position: Position<'_>) -> Option<DeclaredInterface> {
    let condition = modules::condition(&item.attrs).or_else(|| position.condition.map(str::to_owned));
    (condition.as_deref() != Some("test")).then(|| DeclaredInterface {
        name: item.ident.to_string().trim_start_matches("r#").to_owned(),
        module: position.module.to_owned(),
        file: position.file.to_owned(),
        line: item.ident.span().start().line,
        condition,
    })
}

/// The names under which each file imports `lessmq::interface`.
#[derive(Debug, Default)]
pub(crate) struct AttributeNames {
    by_file: HashMap<PathBuf, HashSet<String>>,
}

impl AttributeNames {
    /// The attribute that makes a trait an interface.
    pub(crate) fn interface_attribute<'i>(
        &mut self,
        item: &'i ItemTrait,
        position: Position<'_>,
    ) -> Option<&'i Attribute> {
        let names = self.by_file.entry(position.file.to_owned()).or_insert_with(|| {
            let mut names = HashSet::new();
            imports(position.file_items, &mut names);
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

/// Adds the names under which these items import `lessmq::interface`.
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
        let library = Library { root_file: root.join("lib.rs"), crate_name: "krate".to_owned() };
        let found = declared_interfaces(&library);
        fs::remove_dir_all(&root).expect("the test made it");
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
    fn the_attribute_is_found_under_any_imported_name() {
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
    fn conditions_are_reported_and_tests_are_skipped() {
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
