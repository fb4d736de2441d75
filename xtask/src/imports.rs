//! Reads from the source of a crate which file imports which. Tests of the architecture check this.
//!
//! [`Sources::read`] follows the module tree from the root file and resolves every path that the code mentions: in `use`
//! items, in expressions and types, and in the arguments of macros. A path through a re-export imports both the file that
//! declares the item and the file that exports it again. Code under `#[cfg(test)]` is left out, because tests may import anything.

mod cycles;
mod resolve;
mod syntax;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;

use self::syntax::Module;

/// The source files of one crate.
#[derive(Debug)]
pub struct Sources {
    /// Sorted by path.
    pub files: Vec<SourceFile>,
}

/// One source file.
#[derive(Debug)]
pub struct SourceFile {
    /// The path below the folder of the root file, with `/`: `output/mod.rs`.
    pub path: String,
    /// The module path without `crate`: `output::table`. Empty for the root file.
    pub module: String,
    /// The other files of the crate that this one mentions, in the order of their lines.
    pub imports: Vec<Import>,
    /// What this file mentions of other crates, and the macros that it calls, in the order of their lines.
    pub external: Vec<External>,
}

/// A mention of an item in another file of the crate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    /// The line of the mention, from 1.
    pub line: usize,
    /// The item as the crate names it: `crate::output::Table`.
    pub item: String,
    /// The path of the file that declares the item or exports it again.
    pub file: String,
}

/// A mention of an item outside of the crate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct External {
    /// The line of the mention, from 1.
    pub line: usize,
    /// The full path, `std::io::stdout`; of a macro its name with an exclamation mark, `println!`.
    pub item: String,
}

impl Sources {
    /// Reads the crate whose root file (`lib.rs` or `main.rs`) is `root`.
    ///
    /// # Errors
    /// A file cannot be read or parsed.
    pub fn read(root: &Path) -> Result<Self> {
        let tree = syntax::read(root)?;
        let mut files: BTreeMap<&str, SourceFile> = BTreeMap::new();
        for module in tree.modules() {
            let file = files.entry(&module.file).or_insert_with(|| SourceFile {
                path: module.file.clone(),
                module: module.path.join("::"),
                imports: Vec::new(),
                external: Vec::new(),
            });
            mentions(&tree, module, file);
        }
        let mut files: Vec<SourceFile> = files.into_values().collect();
        for file in &mut files {
            file.imports.sort();
            file.imports.dedup();
            file.external.sort();
            file.external.dedup();
        }
        Ok(Self { files })
    }

    /// The import cycles between files. Each entry lists the files of one cycle.
    ///
    /// A parent module and its child may import each other, so such imports alone are no cycle. A cycle that leads
    /// through both and through a file outside of the parent's module tree is one.
    #[must_use]
    pub fn cycles(&self) -> Vec<Vec<String>> {
        cycles::find(&self.files)
    }
}

/// Adds what one module mentions to its file.
fn mentions(tree: &syntax::Tree, module: &Module, file: &mut SourceFile) {
    for mention in &module.mentions {
        match tree.resolve(module, mention) {
            resolve::Target::Files { paths, item } => {
                let others = paths.into_iter().filter(|path| *path != module.file);
                let import = |path| Import { line: mention.line, item: item.clone(), file: path };
                file.imports.extend(others.map(import));
            }
            resolve::Target::External(item) => file.external.push(External { line: mention.line, item }),
            resolve::Target::Local => {}
        }
    }
    let macros = module.macros.iter();
    file.external.extend(macros.map(|(line, name)| External { line: *line, item: format!("{name}!") }));
}

#[cfg(test)]
mod tests;
