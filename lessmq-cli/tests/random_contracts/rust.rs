//! Rust: a few crates, in which each contract is a module.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::contracts::{CONTRACTS, check_results, generate, key, name, write_samples};
use crate::shared_folder::folder;
use crate::shared_languages::{results, run};

/// How many contracts a crate has.
const CONTRACTS_PER_CRATE: usize = 50;

/// Reads every value with the type of its message, and writes it again.
const PROGRAM: &str = r#"
use std::collections::HashMap;

type RoundTrip = fn(&str) -> String;

fn round_trip<T: serde::Serialize + serde::de::DeserializeOwned>(text: &str) -> String {
    let value = serde_json::from_str::<T>(text);
    value.and_then(|value| serde_json::to_string(&value)).unwrap_or_else(|error| error.to_string())
}

fn request<C, T, O>(_: fn(&C, T) -> O) -> RoundTrip
where
    T: serde::Serialize + serde::de::DeserializeOwned,
{
    round_trip::<T>
}

fn reply<C, T, R, E>(_: fn(&C, T) -> lessmq::Call<R, E>) -> RoundTrip
where
    R: serde::Serialize + serde::de::DeserializeOwned,
{
    round_trip::<R>
}

fn error<C, T, R, E>(_: fn(&C, T) -> lessmq::Call<R, E>) -> RoundTrip
where
    E: serde::Serialize + serde::de::DeserializeOwned,
{
    round_trip::<E>
}

fn main() {
    let samples = std::fs::read_to_string("samples.json").unwrap();
    let samples: HashMap<String, Vec<String>> = serde_json::from_str(&samples).unwrap();
    let table = table();
    let through = |(key, texts): (String, Vec<String>)| {
        let codec = table.get(&*key)?;
        Some((key, texts.iter().map(|text| codec(text)).collect()))
    };
    let results: HashMap<String, Vec<String>> = samples.into_iter().filter_map(through).collect();
    println!("{}", serde_json::to_string(&results).unwrap());
}
"#;

/// The manifest of the workspace. With its dependencies and profiles, crates that are compiled for the zoo are reused.
fn manifest(members: usize) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let members: Vec<String> = (0..members).map(|index| format!("\"crate{index}\"")).collect();
    let text = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let table: toml::Table = text.parse().unwrap();
    let mut kept = toml::Table::new();
    kept.insert("profile".to_owned(), table["profile"].clone());
    format!("[workspace]\nresolver = \"2\"\nmembers = [{}]\n\n{kept}", members.join(", "))
}

fn member(index: usize) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (lessmq, zoo) = (folder.with_file_name("lessmq"), folder.join("tests/zoo/original"));
    format!(
        r#"[package]
name = "crate{index}"
version = "0.0.0"
edition = "2024"

[dependencies]
jiff = {{ version = "0.2", default-features = false, features = ["std", "serde"] }}
lessmq = {{ path = {lessmq:?}, default-features = false, features = ["macros"] }}
schemars = {{ version = "1.2", features = ["jiff02", "uuid1"] }}
serde = {{ version = "1", features = ["derive"] }}
serde_json = "1"
uuid = {{ version = "1", features = ["serde"] }}
zoo = {{ path = {zoo:?} }}
"#
    )
}

/// Writes the crates; returns their number.
fn write_crates(folder: &Path) -> usize {
    generate("rust", &folder.join("sources"));
    let count = CONTRACTS.len().div_ceil(CONTRACTS_PER_CRATE);
    for number in 0..count {
        let source = folder.join(format!("crate{number}/src"));
        fs::create_dir_all(&source).unwrap();
        fs::write(source.with_file_name("Cargo.toml"), member(number)).unwrap();
        let (mut modules, mut table) = (String::new(), String::new());
        let first = number * CONTRACTS_PER_CRATE;
        for (index, contract) in CONTRACTS.iter().enumerate().skip(first).take(CONTRACTS_PER_CRATE) {
            let module = name(index);
            write_module(&folder.join("sources").join(&module), &source.join(&module));
            let _ = writeln!(modules, "mod {module};");
            for sample in contract.samples.iter().filter(|sample| sample.is_in_rust()) {
                let (key, method) = (key(index, sample), sample.method);
                let kind = if method == "happened" { "Events" } else { "" };
                let _ = writeln!(
                    table,
                    "({key:?}, {}({module}::Random{index}{kind}Client::{method})),",
                    sample.role
                );
            }
        }
        let table = format!("fn table() -> HashMap<&'static str, RoundTrip> {{\n[{table}].into()\n}}\n");
        fs::write(source.join("main.rs"), format!("{PROGRAM}{modules}{table}")).unwrap();
    }
    fs::write(folder.join("Cargo.toml"), manifest(count)).unwrap();
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("Cargo.lock");
    fs::copy(lock, folder.join("Cargo.lock")).unwrap();
    count
}

/// Makes a module of a generated crate.
fn write_module(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    let module = to.file_name().unwrap().to_str().unwrap();
    for file in ["types", "interfaces"] {
        let Ok(text) = fs::read_to_string(from.join(file).with_extension("rs")) else { continue };
        let text = text.replace("crate::", &format!("crate::{module}::"));
        fs::write(to.join(file).with_extension("rs"), text).unwrap();
    }
    let library = fs::read_to_string(from.join("lib.rs")).unwrap();
    let lines = library.lines().filter(|line| line.starts_with("mod ") || line.starts_with("pub use "));
    let text: String = lines.map(|line| line.replace("crate::", "self::") + "\n").collect();
    fs::write(to.join("mod.rs"), format!("#![allow(missing_docs, unused_imports)]\n{text}")).unwrap();
}

#[test]
fn rust_compiles_and_preserves_every_value() {
    let folder = folder("random_contracts/rust");
    let count = write_crates(&folder);
    // Dependencies that are compiled for this workspace are reused.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--offline", "--quiet", "--keep-going"]).current_dir(&folder);
    run(cargo.env("CARGO_TARGET_DIR", target));
    write_samples(&folder);
    let mut all = std::collections::BTreeMap::new();
    for number in 0..count {
        let program = target.join("debug").join(format!("crate{number}"));
        let output = Command::new(program).current_dir(&folder).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        fs::write(folder.join("results.json"), output.stdout).unwrap();
        all.extend(results(&folder));
    }
    check_results(&all, crate::contracts::Sample::is_in_rust);
}
