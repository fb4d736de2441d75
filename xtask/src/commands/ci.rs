//! `cargo xtask ci`.

use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;
use xtask::program::{cargo, output, run as run_program};

use super::test;

/// Runs every check, the quick ones first. Stops at the first failure.
pub(crate) fn run() -> Result<()> {
    run_program(&mut cargo(["fmt", "--all", "--check"]))?;
    let clippy = ["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"];
    run_program(&mut cargo(clippy))?;
    run_program(
        cargo(["doc", "--workspace", "--all-features", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    each_feature("lessmq")?;
    // The features of `cargo demo`.
    run_program(denying_warnings(&mut cargo(["clippy", "--package", "demo"])))?;
    test::run(&test::Arguments::default())
}

/// Checks that `package` compiles without features and with each of them alone.
fn each_feature(package: &str) -> Result<()> {
    let metadata = output(&mut cargo(["metadata", "--no-deps", "--format-version", "1"]))?;
    let check = || -> Command { cargo(["clippy", "--package", package, "--no-default-features"]) };
    run_program(denying_warnings(&mut check()))?;
    for feature in features(&metadata, package)? {
        run_program(denying_warnings(check().args(["--features", &feature])))?;
    }
    Ok(())
}

/// Makes warnings in the workspace errors.
fn denying_warnings(clippy: &mut Command) -> &mut Command {
    clippy.args(["--", "-D", "warnings"])
}

fn features(metadata: &str, package: &str) -> Result<Vec<String>> {
    let metadata: Value =
        serde_json::from_str(metadata).context("`cargo metadata` did not print valid JSON")?;
    let packages = metadata["packages"].as_array().context("`cargo metadata` lists no packages")?;
    let found = packages.iter().find(|found| found["name"] == package);
    let features = found.and_then(|found| found["features"].as_object());
    let features = features.with_context(|| format!("the workspace has no package `{package}`"))?;
    Ok(features.keys().filter(|feature| *feature != "default").cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_except_default_is_checked() {
        let metadata = r#"{"packages": [
            {"name": "other", "features": {"x": []}},
            {"name": "lessmq", "features": {"default": ["b"], "b": [], "a": []}}
        ]}"#;
        assert_eq!(features(metadata, "lessmq").expect("the package exists"), ["a", "b"]);
        features(metadata, "absent").expect_err("the package does not exist");
    }
}
