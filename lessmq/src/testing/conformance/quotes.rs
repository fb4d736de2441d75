//! Checks that the promises of the suite are quoted from the docs of drivers.

use std::fs;
use std::path::Path;

use super::cases;

/// The doc comments of the files in a folder, each as one line of plain text.
fn docs_in(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|file| file.is_file()).map(|file| plain_docs(&fs::read_to_string(file).unwrap())).collect()
}

fn plain_docs(file: &str) -> String {
    let comments = file.lines().filter_map(|line| {
        let line = line.trim_start();
        line.strip_prefix("///").or_else(|| line.strip_prefix("//!"))
    });
    plain(&comments.collect::<Vec<_>>().join(" "))
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
fn promises_are_quoted_from_the_docs_of_drivers() {
    let docs = [docs_in("src/transport"), docs_in("src/envelope")].concat();
    let mut missing: Vec<&str> = Vec::new();
    for case in cases() {
        let (_, words) =
            case.promise.split_once(": ").expect("a promise names an item, then quotes its docs");
        if !docs.iter().any(|docs| docs.contains(&plain(words))) {
            missing.push(case.promise);
        }
    }
    missing.dedup();
    assert!(missing.is_empty(), "the docs of drivers no longer say: {missing:#?}");
}
