//! Checks that the imports in the source respect the layers ("floors") of `ARCHITECTURE.md`: no module imports a module
//! of a higher layer.

use std::path::Path;

use xtask::imports::{SourceFile, Sources};

/// The modules of each floor, from the bottom up. A floor imports its own modules and those below it.
const FLOORS: [&[&str]; 5] = [
    &["compat", "contract", "envelope", "error", "name", "never", "payload", "time"],
    &["transport"],
    &["bus", "client", "context", "control", "dead_letters", "discovery", "refusals", "server", "telemetry"],
    &["app"],
    // The root, and what users and generated code reach through it.
    &["", "__private", "connect", "fake", "outbox", "registry", "runtime", "testing"],
];

/// Pairs of modules on one floor of which the first does not import the second.
const SEPARATE: [(&str, &str); 4] =
    [("client", "server"), ("server", "client"), ("bus", "client"), ("bus", "server")];

/// Words that only drivers, and the list of drivers, use in code.
const BROKERS: [&str; 5] = ["rabbitmq", "lapin", "amqp", "sqs", "pubsub"];

fn sources() -> Sources {
    Sources::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).expect("the source can be read")
}

fn top_module(module: &str) -> &str {
    module.split("::").next().unwrap_or_default()
}

fn module_of<'a>(sources: &'a Sources, file: &str) -> &'a str {
    let found = sources.files.iter().find(|source| source.path == file);
    top_module(&found.expect("an imported file is in the crate").module)
}

fn floor(module: &str) -> usize {
    FLOORS
        .iter()
        .position(|modules| modules.contains(&module))
        .unwrap_or_else(|| panic!("`{module}` is on no floor: add it to FLOORS and to ARCHITECTURE.md"))
}

/// Every import, as `file:line item`, that `is_wrong` for the importing and the imported module.
fn imports(is_wrong: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let sources = sources();
    let of_file = |file: &SourceFile| {
        let from = top_module(&file.module);
        let wrong = file.imports.iter().filter(|import| is_wrong(from, module_of(&sources, &import.file)));
        wrong.map(|import| format!("{}:{} {}", file.path, import.line, import.item)).collect::<Vec<_>>()
    };
    sources.files.iter().flat_map(of_file).collect()
}

#[test]
fn a_floor_imports_no_floor_above_it() {
    let upward = imports(|from, to| floor(to) > floor(from) && !to.is_empty());
    assert!(upward.is_empty(), "imports of a higher floor:\n{}", upward.join("\n"));
}

#[test]
fn transport_knows_no_contracts() {
    let wrong = imports(|from, to| from == "transport" && (to == "contract" || to == "compat"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn neighbours_that_are_separate_do_not_import_each_other() {
    let wrong = imports(|from, to| SEPARATE.contains(&(from, to)));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn there_is_no_import_cycle_between_files() {
    let cycles = sources().cycles();
    assert!(cycles.is_empty(), "{cycles:#?}");
}

#[test]
fn only_drivers_name_brokers_in_code() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut named = Vec::new();
    for file in sources().files.iter().filter(|file| !file.module.starts_with("transport")) {
        let text = std::fs::read_to_string(root.join(&file.path)).expect("the source can be read");
        // Docs may give examples.
        let code = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
        for (number, line) in code {
            let line = line.to_ascii_lowercase();
            if BROKERS.iter().any(|broker| line.contains(broker)) {
                named.push(format!("{}:{} {}", file.path, number + 1, line.trim()));
            }
        }
    }
    assert!(named.is_empty(), "brokers that are named outside of `transport`:\n{}", named.join("\n"));
}
