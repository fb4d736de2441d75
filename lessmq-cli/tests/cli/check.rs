//! `check`: the code against the committed contract.

use std::fs;

use crate::support::Project;

pub(crate) const SHOP: &str = r#"
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The state of an order.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    Open,
    Paid,
}

#[lessmq::interface(service = "shop")]
pub trait Orders {
    async fn state(&self, order: u64) -> State;
    #[command]
    async fn cancel(&self, order: u64) -> lessmq::HandlerResult;
}
"#;

/// A package whose contract is committed.
pub(crate) fn committed(name: &str) -> Project {
    let project = Project::package(name, SHOP);
    assert_eq!(project.cli(["contract", "--write"]).exit, 0);
    project
}

#[test]
fn an_unchanged_service_passes() {
    let project = committed("check-fine");
    project.cli(["check"]).check("check-fine");
    project.cli(["check", "--format", "json"]).check("check-fine-json");
}

#[test]
fn a_compatible_change_passes_and_makes_the_committed_contract_stale() {
    let project = committed("check-compatible");
    project.replace(
        "src/lib.rs",
        "cancel(&self, order: u64",
        "cancel(&self, order: u64, reason: Option<String>",
    );
    project.cli(["check"]).check("check-compatible");
}

#[test]
fn an_incompatible_change_is_a_finding_unless_the_version_announces_it() {
    let project = committed("check-incompatible");
    project.replace("src/lib.rs", "Paid,", "Paid,\n    Lost,");
    let found = project.cli(["check"]);
    found.check("check-incompatible");
    let rule = lessmq::compat::rule("reply-value-added").unwrap();
    for words in [rule.summary, rule.explanation, rule.remedy] {
        assert!(found.stdout.contains(words), "{words}");
    }
    project.cli(["check", "--format", "json"]).check("check-incompatible-json");
    project.replace("Cargo.toml", "version = \"1.2.0\"", "version = \"2.0.0\"");
    project.cli(["check"]).check("check-incompatible-major");
}

#[test]
fn a_lower_version_is_a_finding_for_check_and_publish() {
    let project = committed("check-lower");
    project.replace("Cargo.toml", "version = \"1.2.0\"", "version = \"1.1.0\"");
    project.cli(["check"]).check("check-lower");
    project.cli(["publish"]).check("publish-lower");
    project.replace("src/lib.rs", "Paid,", "Paid,\n    Lost,");
    project.cli(["check"]).check("check-lower-incompatible");
    project.cli(["publish"]).check("publish-lower-incompatible");
}

#[test]
fn a_removed_call_is_a_finding() {
    let project = committed("check-removed");
    project.replace("src/lib.rs", "async fn state(&self, order: u64) -> State;", "");
    project.cli(["check"]).check("check-removed");
}

#[test]
fn a_service_without_a_committed_contract_is_a_note_unless_it_is_required() {
    let project = Project::package("check-missing", SHOP);
    project.cli(["check"]).check("check-unpublished");
    for strict in [&["--service", "shop"][..], &["-p", "check-missing"], &["--require-baseline"]] {
        assert_eq!(project.cli([&["check"], strict].concat()).exit, 2, "{strict:?}");
    }
    project.cli(["check", "--service", "shop"]).check("check-missing");
    project.write("lessmq.toml", "[check]\ndeny-stale = true\n");
    assert_eq!(project.cli(["check"]).exit, 0, "a contract that does not exist is not stale");
    project.write("lessmq.toml", "[check]\nrequire-baseline = true\n");
    assert_eq!(project.cli(["check"]).exit, 2);
    fs::remove_file(project.root.join("lessmq.toml")).unwrap();
    // The hint is about a crate if the other contracts of the workspace are crates.
    project.write("contracts/user/Cargo.toml", "");
    assert!(
        project.cli(["check"]).stdout.contains("run `lessmq-cli publish -p check-missing --service shop`")
    );
    project.cli(["check", "--against", "nope"]).check("check-against-nothing");
}

#[test]
fn the_baseline_may_be_a_file_or_another_directory() {
    let project = committed("check-against");
    std::fs::rename(project.root.join("contracts"), project.root.join("released")).unwrap();
    for path in ["released", "released/shop/contract.json"] {
        let output = project.cli(["check", "--against", path]);
        assert_eq!((output.exit, output.stderr.as_str()), (0, ""), "{output:?}");
    }
    project.replace("released/shop/contract.json", "\"shop\"", "\"user\"");
    project.cli(["check", "--against", "released/shop/contract.json"]).check("check-against-another-service");
    project.cli(["check", "--against", "released"]).check("check-misplaced");
}

#[test]
fn a_corrupt_baseline_is_named() {
    let project = committed("check-corrupt");
    project.write("contracts/shop/contract.json", "{");
    project.cli(["check"]).check("check-corrupt");
}

#[test]
fn a_crate_that_does_not_compile_shows_the_errors_of_cargo_and_fails() {
    let project = committed("check-not-compiling");
    project.replace("src/lib.rs", "order: u64) -> State", "order: u64) -> Stat");
    project.cli(["check", "--format", "junit"]).check("check-not-compiling");
}

const ORDER: &str = r#"
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A type of both services.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Order {
    /// Its number.
    pub number: u64,
}
"#;

#[test]
fn a_workspace_is_checked_as_a_whole_and_types_of_other_members_are_located() {
    let service = |name: &str, method: &str| {
        format!(
            "\n#[lessmq::interface(service = \"{name}\")]\npub trait Api {{\n    async fn {method}(&self, id: u64) -> model::Order;\n}}\n"
        )
    };
    let (shop, stock) = (service("shop", "get"), service("stock", "reserve"));
    let project = Project::workspace(
        "check-workspace",
        &[
            ("services/model", "src/lib.rs", ORDER),
            ("services/shop", "src/lib.rs", &shop),
            ("services/stock", "src/lib.rs", &stock),
        ],
    );
    project.replace("Cargo.toml", "\"*/*\"", "\"services/*\"");
    for service in ["shop", "stock"] {
        let manifest = project.read(&format!("services/{service}/Cargo.toml"));
        let dependency = "[dependencies]\nmodel = { path = \"../model\" }";
        project.write(
            &format!("services/{service}/Cargo.toml"),
            &manifest.replace("[dependencies]", dependency),
        );
    }
    let written = project.cli(["contract", "--write"]);
    assert_eq!(written.exit, 0, "{written:?}");
    assert_eq!(project.cli(["check"]).exit, 0);
    project.replace("services/model/src/lib.rs", "pub number: u64", "pub number: i64");
    let found = project.cli(["check"]);
    found.check("check-workspace");
    assert_eq!(found.exit, 1);
    project.cli(["check", "--format", "markdown"]).check("check-workspace-markdown");
    project.replace("services/stock/src/lib.rs", "\"stock\"", "\"shop\"");
    project.cli(["check"]).check("check-twice");
    project.replace("services/stock/src/lib.rs", "\"shop\"", "\"stock\"");
    let one = project.cli(["check", "-p", "stock"]);
    assert!(one.exit == 1 && !one.stdout.contains("shop 1.2.0"), "{one:?}");
    project.write(
        "contracts/sold/contract.json",
        &project.read("contracts/shop/contract.json").replace("shop", "sold"),
    );
    project.cli(["check"]).check("check-undeclared");
    fs::remove_dir_all(project.root.join("contracts/sold")).unwrap();
    fs::remove_dir_all(project.root.join("contracts/shop")).unwrap();
    let no_contract = "[package.metadata.lessmq]\ncontract = false\n\n[dependencies]";
    project.replace("services/shop/Cargo.toml", "[dependencies]", no_contract);
    let rest = project.cli(["check"]);
    assert!(rest.exit == 1 && !rest.stdout.contains("shop 1.2.0"), "{rest:?}");
}
