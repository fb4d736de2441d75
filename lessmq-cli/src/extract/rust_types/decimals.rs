//! Whether serde writes decimals as the contract says.
//!
//! The schema of a decimal is the same for every setting of its crate: written as text, read from text or a number. The
//! features of the crate may change what is written and read, for all crates of the program.

use std::collections::{BTreeMap, BTreeSet};

use lessmq::contract::Contract;
use lessmq::contract::schema::{RUST_TYPE, subschemas};

use crate::extract::features::Features;
use crate::program;
use crate::report::{Diagnostic, ExitStatus, Result, Subject, rule};
use crate::rust_types::RustType;
use crate::workspace::{Package, Workspace};

/// The features that change the form of decimals, with what they change.
const FEATURES: [(&str, &str, &str); 3] = [
    ("rust_decimal", "serde-float", "writes numbers, and the contract says text"),
    ("rust_decimal", "serde-str", "reads text only, and the contract says text or a number"),
    ("bigdecimal", "string-only", "reads text only, and the contract says text or a number"),
];

/// Warns about features that change the form of decimals in a program of `package`.
pub(crate) fn decimal_warnings(
    workspace: &Workspace,
    package: &Package,
    features: &Features,
    contract: &Contract,
) -> Result<Vec<Diagnostic>> {
    let used = crates_of_decimals(contract);
    if used.is_empty() {
        return Ok(Vec::new());
    }
    let enabled = enabled_features(workspace, package, features)?;
    let is_enabled = |krate: &str, feature: &str| {
        used.contains(krate) && enabled.get(krate).is_some_and(|all| all.iter().any(|name| name == feature))
    };
    let found = FEATURES.iter().filter(|(krate, feature, _)| is_enabled(krate, feature));
    Ok(found.map(|(krate, feature, effect)| warning(&package.name, krate, feature, effect)).collect())
}

/// The crates of the decimals in a contract.
fn crates_of_decimals(contract: &Contract) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for message in contract.messages() {
        let mut open = vec![&message.message.writes, &message.message.reads];
        while let Some(schema) = open.pop() {
            open.extend(subschemas(schema).map(|(_, inner)| inner));
            found.extend(
                schema
                    .get(RUST_TYPE)
                    .and_then(|annotation| RustType::read(annotation).ok())
                    .map(|ty| ty.package),
            );
        }
    }
    found.retain(|name| FEATURES.iter().any(|(krate, ..)| krate == name));
    found
}

fn warning(package: &str, krate: &str, feature: &str, effect: &str) -> Diagnostic {
    let message = format!("`{krate}` {effect}: its feature `{feature}` is enabled");
    let mut warning = Diagnostic::new(&rule::DECIMAL_FORM, Subject::package(package), message);
    warning.status = ExitStatus::Success;
    warning.note("found by", format!("`cargo tree -p {package} -i {krate} -e features`"));
    warning
}

/// The features of each package that a package depends on. Other members of the workspace have no effect on them, because each
/// service is a separate program. `cargo metadata` would need the packages of all platforms, which may not
/// have been downloaded.
fn enabled_features(
    workspace: &Workspace,
    package: &Package,
    features: &Features,
) -> Result<BTreeMap<String, Vec<String>>> {
    let mut command = program::cargo();
    command.args(["tree", "--quiet", "--offline", "--edges", "normal,build", "--prefix", "none"]);
    command.args(["--format", "{p}\t{f}", "--manifest-path"]).arg(&package.manifest_path);
    command.args(["--features", &features.selected_in(package).join(",")]);
    if features.no_default {
        command.arg("--no-default-features");
    }
    // Cargo takes its settings and the toolchain from its current directory.
    command.current_dir(&workspace.root);
    let finished = program::run(&mut command)?;
    if !finished.success {
        let failed = finished.error("cannot read the features of the dependencies");
        return Err(failed.hint("run `cargo fetch`, then run this again"));
    }
    Ok(read_features(&finished.text()))
}

/// Reads lines such as `serde v1.0.228\tdefault,std (*)`.
fn read_features(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (package, features) in text.lines().filter_map(|line| line.split_once('\t')) {
        let name = package.split(' ').next().unwrap_or_default();
        let features = features.trim_end_matches("(*)").split(',').map(|feature| feature.trim().to_owned());
        found.entry(name.to_owned()).or_default().extend(features);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_features_of_a_package_are_read() {
        let found = read_features(
            "contracts v0.1.0 (/tmp/contracts)\t\nserde v1.0.228\tderive,std\nrust_decimal v1.43.0\tserde,serde-float (*)\n",
        );
        assert_eq!(found["rust_decimal"], ["serde", "serde-float"]);
        assert_eq!(found["serde"], ["derive", "std"]);
        assert_eq!(found.len(), 3);
    }
}
