//! An npm registry.

use std::fs;
use std::process::Command;

use xtask::registries::Registry;
use xtask::tools::compiler_of_typescript;

use super::support::{commit, redacted, set_version, use_npm, written_shop};
use crate::support::Project;

#[test]
fn a_package_is_released_once_and_its_types_are_valid() {
    let registry = Registry::npm().unwrap();
    let mut project = written_shop("publish-npm");
    use_npm(&mut project, &registry);
    let publish = |arguments: &[&str]| {
        let arguments = [&["publish", "--npm", registry.url(), "--npm-scope", "acme"], arguments].concat();
        redacted(project.cli(arguments), Some(&registry))
    };
    publish(&["--dry-run"]).check("publish-npm-dry-run");
    publish(&[]).check("publish-npm");
    publish(&[]).check("publish-npm-again");
    types_check(&registry, &project, "1.2.0");
    project.replace("src/lib.rs", "pub price: u32", "pub price: String");
    publish(&["--allow-dirty"]).check("publish-npm-taken");
    set_version(&project, "1.2.0", "2.0.0");
    assert_eq!(project.cli(["publish"]).exit, 0);
    commit(&project);
    assert_eq!(publish(&[]).exit, 0);
}

/// Installs the package in an empty directory and compiles a module that imports it.
fn types_check(registry: &Registry, project: &Project, version: &str) {
    let consumer = Project::empty("publish-npm-consumer");
    consumer.write("package.json", "{\"private\": true, \"type\": \"module\"}");
    let mut npm = Command::new("npm");
    npm.args(["install", "--silent", "--no-audit", "--no-fund", "--registry", registry.url()]);
    npm.arg(format!("@acme/shop-contract@{version}"));
    npm.envs(project.environment.iter().map(|(name, value)| (*name, value)));
    succeeds(npm.current_dir(&consumer.root));
    consumer.write(
        "index.ts",
        "import * as shop from \"@acme/shop-contract\";\nexport type All = typeof shop;\n",
    );
    let mut tsc = Command::new("node");
    tsc.arg(compiler_of_typescript().unwrap());
    tsc.args(["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "index.ts"]);
    succeeds(tsc.current_dir(&consumer.root));
    let readme = consumer.read("node_modules/@acme/shop-contract/README.md");
    assert!(readme.contains("TypeScript sources and no JavaScript"), "{readme}");
    let installed = consumer.root.join("node_modules/@acme/shop-contract/contract.json");
    assert_eq!(fs::read_to_string(installed).unwrap(), project.read("contracts/shop/contract.json"));
}

fn succeeds(command: &mut Command) {
    let output = command.output().unwrap();
    let output_text = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output_text));
}
