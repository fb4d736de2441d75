//! Cycles among the imports of files.

use std::collections::BTreeSet;

use super::SourceFile;

/// The cycles, except those between a parent module and its children.
pub(super) fn find(files: &[SourceFile]) -> Vec<Vec<String>> {
    let all = edges(files, |_, _| true);
    let without_families = edges(files, |from, to| !is_parent(from, to) && !is_parent(to, from));
    let mut found = components(&without_families);
    for component in components(&all) {
        if !is_one_tree(files, &component) && !found.contains(&component) {
            found.push(component);
        }
    }
    found.iter().map(|cycle| cycle.iter().map(|&file| files[file].path.clone()).collect()).collect()
}

/// For each file the files that it imports.
fn edges(files: &[SourceFile], counts: impl Fn(&SourceFile, &SourceFile) -> bool) -> Vec<BTreeSet<usize>> {
    let index = |path: &str| files.iter().position(|file| file.path == path);
    let of_file = |from: &SourceFile| {
        let imported = from.imports.iter().filter_map(|import| index(&import.file));
        imported.filter(|&to| counts(from, &files[to])).collect()
    };
    files.iter().map(of_file).collect()
}

/// Whether the module of `child` is declared in `parent`.
fn is_parent(parent: &SourceFile, child: &SourceFile) -> bool {
    let declaring = child.module.rsplit_once("::").map_or("", |(declaring, _)| declaring);
    !child.module.is_empty() && declaring == parent.module
}

/// Whether one of the files is the module that all the others are below.
fn is_one_tree(files: &[SourceFile], component: &[usize]) -> bool {
    let is_below = |root: &str, module: &str| {
        root.is_empty()
            || module.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    let is_root =
        |root: &&usize| component.iter().all(|&file| is_below(&files[**root].module, &files[file].module));
    component.iter().any(|root| is_root(&root))
}

/// The groups of two or more files that can all reach each other.
fn components(edges: &[BTreeSet<usize>]) -> Vec<Vec<usize>> {
    let reached: Vec<BTreeSet<usize>> = (0..edges.len()).map(|start| reachable(edges, start)).collect();
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for start in 0..edges.len() {
        let component: Vec<usize> =
            reached[start].iter().copied().filter(|&other| reached[other].contains(&start)).collect();
        if component.len() > 1 && component.iter().all(|file| seen.insert(*file)) {
            found.push(component);
        }
    }
    found
}

/// The files that can be reached from `start` by one import or more.
fn reachable(edges: &[BTreeSet<usize>], start: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut remaining: Vec<usize> = edges[start].iter().copied().collect();
    while let Some(file) = remaining.pop() {
        if reached.insert(file) {
            remaining.extend(&edges[file]);
        }
    }
    reached
}
