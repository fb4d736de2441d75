//! The layers of the CLI, checked in its source code: what imports what, and what prints.

use std::path::Path;

use xtask::imports::{SourceFile, Sources};

/// The modules, layer by layer from the bottom up. A module imports only from the layers below its own.
const LAYERS: &[&[&str]] = &[
    &["report"],
    &[
        "comparison",
        "identifiers",
        "input",
        "live",
        "package_spec",
        "program",
        "replace",
        "rust_types",
        "syntax",
    ],
    &["changes", "document", "repository", "schemas", "settings", "sources", "workspace"],
    &["docs", "extract", "generate", "registry"],
    &["judgement"],
    &["baseline", "publish"],
    &["commands"],
    &["arguments"],
    &["main"],
];

/// Renders what commands return, and knows nothing else of the CLI.
const OUTPUT: &str = "output";

/// What prints: macros and functions, and the crates for it.
const PRINTING: [&str; 8] = [
    "print!",
    "println!",
    "eprint!",
    "eprintln!",
    "std::io::stdout",
    "std::io::stderr",
    "anstream",
    "indicatif",
];

fn sources() -> Sources {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/main.rs");
    Sources::read(&root).expect("the source code can be read")
}

/// The top-level module of a file.
fn module(path: &str) -> &str {
    path.split('/').next().unwrap_or_default().trim_end_matches(".rs")
}

/// The layer of a module; the output is above the report alone.
fn may_import(module: &str, imported: &str) -> bool {
    let layer = |module: &str| LAYERS.iter().position(|modules| modules.contains(&module));
    match (module, imported) {
        (module, imported) if module == imported => true,
        (OUTPUT, imported) => imported == "report",
        (module, OUTPUT) => module == "main",
        (module, imported) => {
            let layers = (layer(module), layer(imported));
            let (Some(above), Some(below)) = layers else { panic!("no layer: {module} or {imported}") };
            below < above
        }
    }
}

/// Checks that no file has a fault.
fn check(faults: impl Fn(&SourceFile) -> Vec<String>) {
    let faults: Vec<String> = sources().files.iter().flat_map(faults).collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn a_module_imports_only_from_the_layers_below_it() {
    check(|file| {
        let imports =
            file.imports.iter().filter(|import| !may_import(module(&file.path), module(&import.file)));
        imports.map(|import| format!("{}:{} imports {}", file.path, import.line, import.item)).collect()
    });
}

#[test]
fn only_the_output_prints() {
    let is_printing = |item: &str| {
        PRINTING.iter().any(|printing| {
            item.strip_prefix(printing).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        })
    };
    let printing = |file: &SourceFile| -> Vec<String> {
        let found = file.external.iter().filter(|external| is_printing(&external.item));
        found.map(|external| format!("{}:{} uses {}", file.path, external.line, external.item)).collect()
    };
    check(|file| if module(&file.path) == OUTPUT { Vec::new() } else { printing(file) });
    let is_found = sources()
        .files
        .iter()
        .filter(|file| module(&file.path) == OUTPUT)
        .any(|file| !printing(file).is_empty());
    assert!(is_found, "what the output uses to print is recognised");
}

#[test]
fn files_import_each_other_in_no_cycle() {
    let cycles: Vec<String> = sources().cycles().iter().map(|cycle| cycle.join(", ")).collect();
    assert!(cycles.is_empty(), "\n{}", cycles.join("\n"));
}
