//! `diff`: comparing two documents.

use std::io::Write;
use std::process::Stdio;

use lessmq::contract::{Contract, ContractBuilder, MethodMeta};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::support::Project;

#[derive(Serialize, Deserialize, JsonSchema)]
struct Order {
    item: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct OptionalNote {
    item: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct RequiredNote {
    item: String,
    note: String,
}

fn contract<T: lessmq::Payload>(version: &str) -> Contract {
    ContractBuilder::new("shop", version)
        .call::<T, u64, lessmq::Never>(MethodMeta::new("price"))
        .command::<T>(MethodMeta::new("place"))
        .build()
}

fn documents(name: &str, old: &Contract, new: &Contract) -> Project {
    let project = Project::empty(name);
    project.write("old.json", &old.to_json());
    project.write("new.json", &new.to_json());
    project
}

#[test]
fn contracts_that_differ_only_in_version_are_identical() {
    let mut new = contract::<Order>("1.0.1");
    new.call_mut("price").unwrap().docs.description = Some("Other words.".to_owned());
    let project = documents("diff-identical", &contract::<Order>("1.0.0"), &new);
    project.cli(["diff", "old.json", "new.json"]).check("diff-identical");
}

#[test]
fn an_added_optional_field_is_compatible() {
    let project =
        documents("diff-compatible", &contract::<Order>("1.0.0"), &contract::<OptionalNote>("1.1.0"));
    project.cli(["diff", "old.json", "new.json"]).check("diff-compatible");
}

#[test]
fn an_added_required_field_is_incompatible_with_a_counter_example() {
    let project =
        documents("diff-incompatible", &contract::<Order>("1.0.0"), &contract::<RequiredNote>("1.1.0"));
    project.cli(["diff", "old.json", "new.json"]).check("diff-incompatible");
    project.cli(["diff", "old.json", "new.json", "--format", "json"]).check("diff-incompatible-json");
}

#[test]
fn added_and_removed_methods_are_listed() {
    let mut new = contract::<Order>("2.0.0");
    let price = new.methods.remove("price").unwrap();
    new.methods.insert("quote".to_owned(), price);
    let project = documents("diff-renamed", &contract::<Order>("1.0.0"), &new);
    project.cli(["diff", "old.json", "new.json"]).check("diff-renamed");
}

#[test]
fn an_undecided_comparison_is_no_answer() {
    let mut new = contract::<Order>("1.0.1");
    let elsewhere = serde_json::json!({"$ref": "https://schemas.example/order.json"});
    new.command_mut("place").unwrap().request.reads = elsewhere;
    let project = documents("diff-undecided", &contract::<Order>("1.0.0"), &new);
    project.cli(["diff", "old.json", "new.json"]).check("diff-undecided");
}

#[test]
fn standard_input_can_be_a_document() {
    let project = documents("diff-stdin", &contract::<Order>("1.0.0"), &contract::<Order>("1.0.0"));
    let mut child = project
        .command("", &["diff", "old.json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(project.read("new.json").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn an_invalid_contract_is_named() {
    let project = documents("diff-refused", &contract::<Order>("1.0.0"), &contract::<Order>("1.0.0"));
    project.write("text.json", "not JSON");
    project.write("other.json", r#"{"openapi": "3.1.0"}"#);
    project.write("future.json", r#"{"lessmq": "3", "service": "shop", "version": "1.0.0"}"#);
    project.write("deep.json", &"[".repeat(200_000));
    project.write("user.json", &contract::<Order>("1.0.0").to_json().replace("\"shop\"", "\"user\""));
    let huge = std::fs::File::create(project.root.join("huge.json")).unwrap();
    huge.set_len(16 * 1024 * 1024 + 1).unwrap();
    for name in ["text", "other", "future", "deep", "user", "huge", "missing"] {
        let output = project.cli(["diff", "old.json", &format!("{name}.json")]);
        output.check(&format!("diff-refused-{name}"));
    }
    project.cli(["diff", "old.json", "."]).check("diff-refused-directory");
}

#[test]
fn a_closed_pipe_causes_no_panic() {
    let project = documents("diff-pipe", &contract::<Order>("1.0.0"), &contract::<RequiredNote>("1.1.0"));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output =
        project.command("", &["diff", "old.json", "new.json"]).stdout(writer).stderr(Stdio::piped()).output();
    let stderr = String::from_utf8(output.unwrap().stderr).unwrap();
    assert!(!stderr.contains("panicked"), "{stderr}");
}
