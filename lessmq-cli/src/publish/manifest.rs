//! The manifests of a contract crate: `Cargo.toml` and `package.json`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use semver::{Comparator, Op, VersionReq};
use serde_json::{Map, json};
use toml::{Table, Value};

use super::contract_crate::{ContractCrate, CrateLocation};
use super::{Files, file_marks, fingerprint};
use crate::report::{Error, Result};
use crate::rust_types::ChosenType;
use crate::workspace::{Dependency, Package};

/// The crates that generated sources may use besides those of foreign types, with version and features.
const CRATES: [(&str, &str, &[&str]); 3] =
    [("schemars", "1.2", &[]), ("serde", "1", &["derive"]), ("serde_json", "1", &[])];

/// The text of `Cargo.toml`.
pub(super) fn cargo(contract_crate: &ContractCrate, place: CrateLocation<'_>) -> Result<String> {
    let contract = &contract_crate.contract;
    let mut manifest = format!("# {}\n", file_marks::manifest_line(contract));
    manifest += &section("package", package(contract_crate, place));
    if matches!(place, CrateLocation::Workspace { .. }) {
        // `check` reads it from the committed crate.
        let ContractCrate { traits, replacements, rust, .. } = contract_crate;
        let value = fingerprint::fingerprint(contract, traits, replacements, rust);
        manifest += &section(fingerprint::TABLE, vec![(fingerprint::KEY, Value::from(value))]);
    }
    manifest += &section("dependencies", dependencies(contract_crate, place)?);
    if matches!(place, CrateLocation::Alone) {
        // Its directory is below another workspace, of which it is no member.
        manifest += "\n[workspace]\n";
    }
    Ok(manifest)
}

fn section(name: &str, entries: Vec<(&str, impl std::fmt::Display)>) -> String {
    let lines: Vec<String> = entries.into_iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
    format!("\n[{name}]\n{}", lines.concat())
}

/// A dependency in the order in which people write it.
fn inline(mut table: Table) -> String {
    const ORDER: [&str; 8] =
        ["path", "git", "branch", "tag", "rev", "version", "registry-index", "default-features"];
    if let (1, Some(version)) = (table.len(), table.get("version")) {
        return version.to_string();
    }
    let mut parts: Vec<String> = Vec::new();
    for key in ORDER {
        parts.extend(table.remove(key).map(|value| format!("{key} = {value}")));
    }
    parts.extend(table.iter().map(|(key, value)| format!("{key} = {value}")));
    format!("{{ {} }}", parts.join(", "))
}

fn package(contract_crate: &ContractCrate, place: CrateLocation<'_>) -> Vec<(&'static str, Value)> {
    let service = &contract_crate.contract.service;
    let description = format!("Contract of service `{service}`: types, interfaces and document");
    let list = |items: &[&str]| Value::Array(items.iter().map(|item| Value::from(*item)).collect());
    let mut entries: Vec<(&'static str, Value)> = vec![
        ("name", contract_crate.name.as_str().into()),
        ("description", description.into()),
        ("version", contract_crate.contract.version.to_string().into()),
        ("edition", "2024".into()),
    ];
    let about = &contract_crate.package.about;
    let mut optional = |key, value: &Option<String>| {
        entries.extend(value.as_deref().map(|value| (key, value.into())));
    };
    optional("rust-version", &about.rust_version);
    optional("license", &about.license);
    optional("repository", &about.repository);
    if !about.authors.is_empty() {
        entries.push(("authors", about.authors.clone().into()));
    }
    entries.push(("readme", "README.md".into()));
    entries.push(("keywords", list(&["contract", "lessmq", "messages"])));
    entries.push(("include", list(&["/src", "/contract.json", "/CHANGELOG.md"])));
    if matches!(place, CrateLocation::Workspace { .. }) {
        // Only `lessmq-cli publish` releases the crate, because it checks the version first.
        entries.push(("publish", false.into()));
    }
    entries
}

fn dependencies<'c>(
    contract_crate: &'c ContractCrate,
    place: CrateLocation<'_>,
) -> Result<Vec<(&'c str, String)>> {
    let ContractCrate { rust, foreign, package, .. } = contract_crate;
    let mut entries = needed(rust, foreign)?;
    entries.push(("lessmq", lessmq(package, place)?));
    entries.sort_by_key(|(name, _)| *name);
    Ok(entries)
}

/// The dependencies of generated sources, without LessMQ.
pub(crate) fn needed<'f>(rust: &Files, foreign: &'f [ChosenType]) -> Result<Vec<(&'f str, String)>> {
    let uses = |name: &str| rust.values().any(|text| text.contains(&format!("{name}::")));
    let mut entries: Vec<(&str, String)> = Vec::new();
    for (name, version, features) in CRATES.iter().filter(|(name, ..)| uses(name)) {
        let mut features: BTreeSet<&str> = features.iter().copied().collect();
        if *name == "schemars" {
            let known = foreign.iter().filter_map(|chosen| chosen.known);
            features.extend(known.filter_map(|known| known.krate().schemars));
        }
        entries.push((*name, dependency(version, &features, true)));
    }
    for (index, chosen) in foreign.iter().enumerate() {
        let is_same = |other: &&ChosenType| other.ty.package == chosen.ty.package;
        let is_listed = |name: &str| name == "lessmq" || entries.iter().any(|(listed, _)| *listed == name);
        if is_listed(&chosen.ty.package) || foreign[..index].iter().any(|other| is_same(&other)) {
            continue;
        }
        let all: Vec<&ChosenType> = foreign.iter().filter(is_same).collect();
        entries.push((chosen.ty.package.as_str(), foreign_dependency(&all)?));
    }
    Ok(entries)
}

/// The dependency on the crate of some types.
fn foreign_dependency(types: &[&ChosenType]) -> Result<String> {
    let (first, rest) = types.split_first().expect("it has a type");
    let mut version = first.ty.version.as_str();
    for other in rest {
        version = shared_version(version, &other.ty.version).ok_or_else(|| {
            Error::new(format!(
                "`{}` needs version `{version}` of `{}`, and `{}` needs `{}`",
                first.ty, first.ty.package, other.ty, other.ty.version
            ))
            .hint("give one version in the annotations `x-rust-type` and in [types] of lessmq.toml")
        })?;
    }
    let features = types.iter().flat_map(|chosen| chosen.features.iter().flatten()).map(String::as_str);
    let has_defaults = types.iter().any(|chosen| chosen.features.is_none());
    Ok(dependency(version, &features.collect(), has_defaults))
}

/// The one of two requirements that meets both, such as `0.4.38` of `0.4` and `0.4.38`.
fn shared_version<'v>(one: &'v str, other: &'v str) -> Option<&'v str> {
    // The compatible line, and the least version in it.
    let parse = |text: &str| {
        let parsed = VersionReq::parse(text).ok()?;
        let [Comparator { op: Op::Caret, major, minor, patch, .. }] = parsed.comparators[..] else {
            return None;
        };
        let line = if major == 0 { minor } else { None };
        Some(((major, line), (minor, patch)))
    };
    match (parse(one), parse(other)) {
        _ if one == other => Some(one),
        (Some((line, least)), Some((other_line, other_least)))
            if line == other_line && line != (0, Some(0)) =>
        {
            Some(if least < other_least { other } else { one })
        }
        _ => None,
    }
}

fn dependency(version: &str, features: &BTreeSet<&str>, defaults: bool) -> String {
    let mut table = Table::new();
    table.insert("version".to_owned(), version.into());
    if !defaults {
        table.insert("default-features".to_owned(), false.into());
    }
    if !features.is_empty() {
        table.insert("features".to_owned(), features.iter().copied().collect::<Vec<_>>().into());
    }
    inline(table)
}

/// LessMQ as the declaring package depends on it. Only a copy in the workspace has a path.
fn lessmq(package: &Package, place: CrateLocation<'_>) -> Result<String> {
    let Some(declared) = package.lessmq() else {
        return Err(Error::new(format!("package `{}` does not depend on lessmq", package.name))
            .hint("add lessmq to its [dependencies]"));
    };
    let mut table = declared.to_manifest();
    let path = table.remove("path");
    if path.is_some() && declared.req != "*" {
        table.insert("version".to_owned(), declared_version(declared).into());
    }
    match (path, place) {
        (Some(Value::String(path)), CrateLocation::Workspace { directory }) => {
            table.insert(
                "path".to_owned(),
                relative(directory, Path::new(&path)).display().to_string().into(),
            );
        }
        (Some(_), CrateLocation::Alone | CrateLocation::Repository) if declared.req == "*" => {
            let message = format!("package `{}` depends on lessmq by path, without a version", package.name);
            return Err(
                Error::new(message).hint("add a version to the dependency: a released crate has no paths")
            );
        }
        _ => {}
    }
    table.insert("default-features".to_owned(), false.into());
    table.insert("features".to_owned(), vec!["macros"].into());
    Ok(inline(table))
}

/// The version as the manifest has it: cargo shows `1.2` as `^1.2`.
fn declared_version(declared: &Dependency) -> &str {
    declared.req.strip_prefix('^').unwrap_or(&declared.req)
}

/// The relative path from one absolute directory to another.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let (from, to): (Vec<_>, Vec<_>) = (from.components().collect(), to.components().collect());
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from[common..].iter().map(|_| std::path::Component::ParentDir);
    up.chain(to[common..].iter().copied()).collect()
}

/// The text of `package.json`.
pub(super) fn npm(contract_crate: &ContractCrate, name: &str, files: &Files) -> String {
    let contract = &contract_crate.contract;
    let mut manifest = Map::new();
    let mut set = |key: &str, value: serde_json::Value| {
        manifest.insert(key.to_owned(), value);
    };
    set("name", name.into());
    set("version", contract.version.to_string().into());
    set("description", format!("Contract of service `{}`: types and document", contract.service).into());
    let about = &contract_crate.package.about;
    for (key, value) in [("license", &about.license), ("repository", &about.repository)] {
        if let Some(value) = value {
            set(key, value.as_str().into());
        }
    }
    set("type", "module".into());
    set("types", "./src/index.ts".into());
    set("exports", json!({".": "./src/index.ts", "./contract.json": "./contract.json"}));
    let listed: Vec<String> = files.keys().map(|file| file.display().to_string()).collect();
    set("files", listed.into());
    set("lessmq", json!({"service": contract.service, "fingerprint": contract.fingerprint().to_string()}));
    serde_json::Value::Object(manifest).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_is_written_as_people_write_it() {
        assert_eq!(dependency("1", &BTreeSet::new(), true), "\"1\"");
        assert_eq!(
            dependency("0.2", &BTreeSet::from(["std"]), false),
            "{ version = \"0.2\", default-features = false, features = [\"std\"] }"
        );
    }

    #[test]
    fn of_two_compatible_requirements_the_stricter_one_is_used() {
        for (one, other, expected) in [
            ("0.4", "0.4", Some("0.4")),
            ("0.4", "0.4.38", Some("0.4.38")),
            ("1.2", "1", Some("1.2")),
            ("1.2.3", "1.10", Some("1.10")),
            (">=0.4, <0.5", ">=0.4, <0.5", Some(">=0.4, <0.5")),
            ("0.4", "0.5", None),
            ("1", "2", None),
            ("0.4", "=0.4.38", None),
            ("0.0.1", "0.0.2", None),
        ] {
            assert_eq!(shared_version(one, other), expected, "{one} {other}");
        }
    }

    #[test]
    fn a_relative_path_leads_from_one_directory_to_another() {
        for (from, to, way) in [
            ("/w/contracts/user", "/w/lessmq", "../../lessmq"),
            ("/w", "/w/lessmq", "lessmq"),
            ("/a/b", "/c", "../../c"),
        ] {
            assert_eq!(relative(Path::new(from), Path::new(to)), Path::new(way));
        }
    }
}
