//! Resolves a path in the source to the file that declares its item.

use super::syntax::{Mention, Module, Tree};

/// The limit of re-exports that are followed for one path.
const MAX_REEXPORTS: usize = 16;

/// The target of a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// An item of this crate, and the file that declares it; before it the files that export it again.
    Files { paths: Vec<String>, item: String },
    /// An item of another crate.
    External(String),
    /// A local variable, a generic parameter, an item of the prelude: nothing that is imported.
    Local,
}

impl Tree {
    /// Resolves a path as `module` mentions it.
    pub(super) fn resolve(&self, module: &Module, mention: &Mention) -> Target {
        self.from(module, mention, MAX_REEXPORTS)
    }

    fn from(&self, module: &Module, mention: &Mention, depth: usize) -> Target {
        let segments = &mention.segments;
        let Some(first) = segments.first() else { return Target::Local };
        if mention.is_absolute {
            return Target::External(segments.join("::"));
        }
        match first.as_str() {
            "crate" => return self.resolve_in(&[], &segments[1..], depth),
            "self" | "super" => {
                let ups = segments.iter().take_while(|segment| *segment == "super" || *segment == "self");
                let (length, levels) = ups.fold((0, 0), |(length, levels), segment| {
                    (length + 1, levels + usize::from(segment == "super"))
                });
                let start = &module.path[..module.path.len().saturating_sub(levels)];
                return self.resolve_in(start, &segments[length..], depth);
            }
            _ => {}
        }
        if module.declared.contains(first) {
            return self.resolve_in(&module.path, segments, depth);
        }
        match module.names.get(first) {
            // `use crate_name;` binds a name to itself.
            Some(bound) if bound.segments != *segments && depth > 0 => {
                self.from(module, &joined(bound, &segments[1..]), depth - 1)
            }
            _ if segments.len() > 1 => Target::External(segments.join("::")),
            _ => Target::Local,
        }
    }

    /// Follows `rest` down from the module at `start`.
    fn resolve_in(&self, start: &[String], rest: &[String], depth: usize) -> Target {
        let mut path = start.to_vec();
        let Some(mut module) = self.by_path.get(&path) else { return Target::Local };
        let mut rest = rest;
        while let Some((next, after)) = rest.split_first() {
            path.push(next.clone());
            match self.by_path.get(&path) {
                Some(child) => (module, rest) = (child, after),
                None => {
                    path.pop();
                    break;
                }
            }
        }
        let declared_here = || Target::Files { paths: vec![module.file.clone()], item: item(&path, rest) };
        let Some(name) = rest.first() else { return declared_here() };
        if module.declared.contains(name) || depth == 0 {
            return declared_here();
        }
        if let Some(bound) = module.names.get(name) {
            return match self.from(module, &joined(bound, &rest[1..]), depth - 1) {
                Target::Files { paths, item } => Target::Files { paths: through(module, paths), item },
                // An item of another crate is imported from the file that re-exports it.
                Target::External(_) | Target::Local => declared_here(),
            };
        }
        for glob in &module.globs {
            if let Target::Files { paths, item } = self.from(module, &joined(glob, rest), depth - 1)
                && paths.last() != Some(&module.file)
            {
                return Target::Files { paths: through(module, paths), item };
            }
        }
        declared_here()
    }
}

fn through(module: &Module, mut paths: Vec<String>) -> Vec<String> {
    paths.insert(0, module.file.clone());
    paths
}

fn joined(path: &Mention, rest: &[String]) -> Mention {
    Mention { segments: [path.segments.as_slice(), rest].concat(), ..path.clone() }
}

fn item(module: &[String], rest: &[String]) -> String {
    let segments = ["crate"].into_iter().chain(module.iter().chain(rest).map(String::as_str));
    segments.collect::<Vec<_>>().join("::")
}
