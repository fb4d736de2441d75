use std::fs;

use super::Sources;

/// Reads a crate of these files.
fn read(name: &str, files: &[(&str, &str)]) -> Sources {
    let folder = std::env::temp_dir().join(format!("xtask-imports-{}-{name}", std::process::id()));
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("it is below the folder")).expect("it is writable");
        fs::write(path, text).expect("it is writable");
    }
    let sources = Sources::read(&folder.join("lib.rs"));
    fs::remove_dir_all(&folder).expect("the test made it");
    sources.expect("it is valid Rust")
}

/// Checks which files a file imports.
fn check(name: &str, files: &[(&str, &str)], path: &str, expected: &[(usize, &str)]) {
    let sources = read(name, files);
    let file = sources.files.iter().find(|file| file.path == path).expect("it is in the tree");
    let found: Vec<_> = file.imports.iter().map(|import| (import.line, import.file.as_str())).collect();
    assert_eq!(found, expected, "{:?}", file.imports);
}

#[test]
fn paths_are_resolved_to_the_files_that_declare_the_items() {
    check(
        "paths",
        &[
            ("lib.rs", "mod a; mod b; mod c;"),
            (
                "a.rs",
                "use crate::b::{self, Item};\nuse super::c;\nfn f() { c::inner::g(); }\nfn h() -> crate::b::Item { b::make() }",
            ),
            ("b.rs", "pub struct Item; pub fn make() -> Item { Item }"),
            ("c/mod.rs", "pub mod inner;"),
            ("c/inner.rs", "pub fn g() {}"),
        ],
        "a.rs",
        &[(1, "b.rs"), (1, "b.rs"), (2, "c/mod.rs"), (3, "c/inner.rs"), (4, "b.rs"), (4, "b.rs")],
    );
}

#[test]
fn a_reexport_leads_to_the_file_that_declares_the_item_and_through_the_one_that_exports_it() {
    check(
        "reexports",
        &[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use crate::b::Deep;\nuse crate::b::Other;\nuse crate::b::Foreign;"),
            (
                "b/mod.rs",
                "mod deep; mod other; pub use self::deep::Deep; pub use other::*; pub use std::io::Error as Foreign;",
            ),
            ("b/deep.rs", "pub struct Deep;"),
            ("b/other.rs", "pub struct Other;"),
        ],
        "a.rs",
        &[(1, "b/deep.rs"), (1, "b/mod.rs"), (2, "b/mod.rs"), (2, "b/other.rs"), (3, "b/mod.rs")],
    );
}

#[test]
fn arguments_of_macros_are_read_and_tests_are_not() {
    check(
        "macros",
        &[
            ("lib.rs", "mod a; mod b;"),
            (
                "a.rs",
                "fn f() { assert!(true, \"{}\", [crate::b::x()]); }\n#[cfg(test)]\nmod tests { use crate::b; }\n#[cfg(test)]\nfn t() { crate::b::x(); }",
            ),
            ("b.rs", "pub fn x() {}"),
        ],
        "a.rs",
        &[(1, "b.rs")],
    );
}

#[test]
fn other_crates_and_macros_are_listed_by_their_full_names() {
    let sources = read(
        "external",
        &[("lib.rs", "use std::io;\nfn f() { io::stdout(); println!(\"{}\", ::other::x()); let y = 1; y; }")],
    );
    let items: Vec<&str> = sources.files[0].external.iter().map(|external| external.item.as_str()).collect();
    assert_eq!(items, ["std::io", "other::x", "println!", "std::io::stdout"]);
}

/// Checks the cycles of a crate with these modules, each of which imports others.
fn check_cycles(name: &str, files: &[(&str, &str)], expected: &[&[&str]]) {
    assert_eq!(read(name, files).cycles(), expected);
}

#[test]
fn files_that_import_each_other_are_a_cycle() {
    check_cycles(
        "cycle",
        &[
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", "use crate::b::B; pub struct A;"),
            ("b.rs", "use crate::c::C; pub struct B;"),
            ("c.rs", "fn f() { crate::a::A; } pub struct C;"),
        ],
        &[&["a.rs", "b.rs", "c.rs"]],
    );
}

#[test]
fn a_parent_and_its_child_may_import_each_other() {
    let family = [
        ("lib.rs", "mod a; mod b;"),
        ("a/mod.rs", "mod child; pub struct A; fn f() { child::g(); }"),
        ("a/child.rs", "use super::A; use crate::b::B; pub fn g() {}"),
    ];
    check_cycles("family", &[family.as_slice(), &[("b.rs", "pub struct B;")]].concat(), &[]);
    check_cycles(
        "stranger",
        &[family.as_slice(), &[("b.rs", "use crate::a::A; pub struct B;")]].concat(),
        &[&["a/child.rs", "a/mod.rs", "b.rs"]],
    );
}
