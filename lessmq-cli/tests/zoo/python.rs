//! Python.

use std::fs;
use std::path::Path;

use crate::languages::{check_results, refused, run, tool, write_refused, write_samples};
use crate::support::{folder, generate};

#[test]
fn the_strict_checker_accepts_the_code_and_every_value_is_preserved() {
    let folder = folder("python");
    let package = folder.join("zoo");
    fs::create_dir_all(&package).unwrap();
    generate("python", &package);
    let python = tool("LESSMQ_TEST_PYTHON");
    let (cache, consumer) = (folder.join("cache"), folder.join("consumer.py"));
    fs::write(&consumer, include_str!("consumer.py")).unwrap();
    run(
        &python,
        ["-m", "mypy", "--strict", "--cache-dir"]
            .map(Path::new)
            .into_iter()
            .chain([&*cache, &*package, &*consumer]),
    );
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/zoo/roundtrip.py");
    run(&python, [&*consumer]);
    write_samples(&folder);
    run(&python, [&*script, &folder]);
    check_results(&folder);
    write_refused(&folder);
    run(&python, [&*script, &folder]);
    refused(&folder, "DecodeError");
}
