//! TypeScript.

use std::fs;
use std::path::Path;

use crate::languages::{check_results, refused, run, tool, write_refused, write_samples};
use crate::support::{folder, generate};

/// The strictest settings.
const SETTINGS: &str = r#"{
  "compilerOptions": {
    "strict": true, "exactOptionalPropertyTypes": true, "noUncheckedIndexedAccess": true,
    "noImplicitReturns": true, "noUnusedLocals": true, "noUnusedParameters": true,
    "target": "ES2022", "module": "NodeNext", "types": [], "rootDir": "src", "outDir": "out", "noEmitOnError": true
  },
  "include": ["src"]
}"#;

fn compile(folder: &Path) {
    fs::create_dir_all(folder.join("src")).unwrap();
    generate("typescript", &folder.join("src"));
    fs::write(folder.join("src/consumer.ts"), include_str!("consumer.ts")).unwrap();
    fs::write(folder.join("tsconfig.json"), SETTINGS).unwrap();
    fs::write(folder.join("package.json"), r#"{"type": "module"}"#).unwrap();
    run(&tool("LESSMQ_TEST_NODE"), [&*tool("LESSMQ_TEST_TSC"), Path::new("-p"), folder]);
}

#[test]
fn the_strict_compiler_accepts_the_code_and_every_value_is_preserved() {
    let folder = folder("typescript");
    compile(&folder);
    run(&tool("LESSMQ_TEST_NODE"), [&*folder.join("out/consumer.js")]);
    write_samples(&folder);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/zoo/roundtrip.mjs");
    run(&tool("LESSMQ_TEST_NODE"), [&*script, &folder]);
    check_results(&folder);
    write_refused(&folder);
    run(&tool("LESSMQ_TEST_NODE"), [&*script, &folder]);
    refused(&folder, "DecodeError");
}
