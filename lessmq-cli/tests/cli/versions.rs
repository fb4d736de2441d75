//! A method in two versions: `check`, `diff`, `generate` and `docs`.

use crate::check::committed;
use crate::support::Project;

/// A service that serves two versions of `state`, whose contract is committed.
fn with_two_versions(name: &str) -> Project {
    let project = committed(name);
    let second = "    #[version(2)]\n    async fn state_v2(&self, order: String) -> State;\n    #[command]";
    project.replace("src/lib.rs", "    #[command]", second);
    project
}

/// The same after the first version was removed.
fn retired(name: &str) -> Project {
    let project = with_two_versions(name);
    assert_eq!(project.cli(["contract", "--write"]).exit, 0);
    project.replace("src/lib.rs", "    async fn state(&self, order: u64) -> State;\n", "");
    project
}

#[test]
fn a_break_that_leaves_the_old_version_is_compatible() {
    let project = with_two_versions("version-added");
    project.cli(["check"]).check("version-added");
    let json = project.cli(["check", "--format", "json"]);
    assert!(json.stdout.contains(r#""next_to": "state""#), "{json:?}");
}

#[test]
fn a_trait_may_have_a_version() {
    let project = committed("version-of-a-trait");
    project.replace("src/lib.rs", "pub trait Orders", "pub trait OrdersV1");
    let second = "\n#[lessmq::interface(service = \"shop\", version = 2)]\npub trait Orders {\n    async fn state(&self, order: String) -> State;\n}\n";
    let text = project.read("src/lib.rs");
    project.write("src/lib.rs", &format!("{text}{second}"));
    let output = project.cli(["check"]);
    assert_eq!(output.exit, 0, "{output:?}");
    assert!(output.stdout.contains("+ call state@2, next to state\n"), "{output:?}");
}

#[test]
fn a_break_of_a_later_version_is_found_at_its_line() {
    let project = with_two_versions("version-broken");
    assert_eq!(project.cli(["contract", "--write"]).exit, 0);
    project.replace("src/lib.rs", "state_v2(&self, order: String)", "state_v2(&self, order: bool)");
    project.cli(["check"]).check("version-broken");
}

#[test]
fn a_retirement_is_a_break_that_the_command_line_can_allow() {
    let project = retired("version-retired");
    project.cli(["check"]).check("version-retired");
    project.cli(["check", "--allow-retired", "shop.state@1"]).check("version-retired-allowed");
    let sarif = project.cli(["check", "--allow-retired", "shop.state", "--format", "sarif"]);
    assert!(
        sarif.exit == 0 && sarif.stdout.contains(r#""justification": "--allow-retired shop.state@1""#),
        "{sarif:?}"
    );
}

#[test]
fn only_the_named_removal_is_allowed() {
    let project = retired("version-retired-more");
    let text = project.read("src/lib.rs");
    let start = text.find("    #[command]").unwrap();
    project.write("src/lib.rs", &format!("{}}}\n", &text[..start]));
    let output = project.cli(["check", "--allow-retired", "shop.state@1"]);
    assert_eq!(output.exit, 1, "{output:?}");
    assert!(
        output.stdout.contains("allowed[version-retired]")
            && output.stdout.contains("error[command-removed]")
    );
    let both = ["check", "--allow-retired", "shop.state@1", "--allow-retired", "shop.cancel@1"];
    assert_eq!(project.cli(both).exit, 0);
}

#[test]
fn a_retirement_that_did_not_happen_is_an_error() {
    let project = retired("version-not-retired");
    project.cli(["check", "--allow-retired", "shop.cancel@1"]).check("version-not-retired");
    project.cli(["check", "--allow-retired", "shop"]).check("version-refused-name");
}

/// A contract with two versions of its methods.
const CONTRACT: &str = r#"{"lessmq": "2", "service": "shop", "version": "1.1.0", "methods": {
    "state": {"kind": "call", "request": {"schema": {"title": "StateRequest", "type": "object", "properties": {"order": {"type": "integer", "format": "uint64", "minimum": 0}}, "required": ["order"]}}, "reply": {"schema": {"type": "string"}}},
    "state@2": {"kind": "call", "idempotent": true, "request": {"schema": {"title": "StateV2Request", "type": "object", "properties": {"order": {"type": "string"}}, "required": ["order"]}}, "reply": {"schema": {"type": "string"}}},
    "paid@2": {"kind": "event", "payload": {"schema": {"type": "object", "properties": {"order": {"type": "string"}}, "required": ["order"]}}}
}}"#;

#[test]
fn generated_code_has_a_function_for_each_version() {
    let project = Project::empty("version-generate");
    project.write("shop.json", CONTRACT);
    for (language, file, expected) in [
        (
            "rust",
            "interfaces.rs",
            &[
                "async fn state(&self, order: u64)",
                "#[version(2)]\n    #[idempotent]\n    async fn state_v2(&self, order: String)",
                "#[version(2)]\n    async fn paid_v2(&self, event: PaidV2Payload)",
            ][..],
        ),
        (
            "typescript",
            "client.ts",
            &["async state(", "async stateV2(", "\"state@2\"", "messages[\"state@2\"].reply("],
        ),
        ("python", "client.py", &["def state(", "def state_v2(", "\"state@2\"", "def paid_v2("]),
    ] {
        let output = project.cli(["generate", language, "shop.json", "--out", language]);
        assert_eq!(output.exit, 0, "{output:?}");
        let text = project.read(&format!("{language}/{file}"));
        for expected in expected {
            assert!(text.contains(expected), "{expected} in {text}");
        }
    }
}

#[test]
fn documents_list_each_version() {
    let project = Project::empty("version-docs");
    project.write("shop.json", CONTRACT);
    for (format, expected) in [
        ("markdown", &["[state@2](#shop.state@2)", "`shop.paid@2`: event"][..]),
        ("html", &["id=\"shop.state@2\""]),
        (
            "asyncapi",
            &["\"shop.state_v2.request\"", "\"address\": \"shop.paid@2\"", "\"name\": \"shop.state@2\""],
        ),
        ("openapi", &["\"/rpc/shop.state@2\"", "\"operationId\": \"shop.state_v2\""]),
    ] {
        let output = project.cli(["docs", "shop.json", "--format", format]);
        assert_eq!(output.exit, 0, "{output:?}");
        for expected in expected {
            assert!(output.stdout.contains(expected), "{format}: {expected} in {}", output.stdout);
        }
    }
}

#[test]
fn names_that_code_cannot_have_are_refused() {
    let project = Project::empty("version-names");
    for (from, to, name) in [
        ("state@2", "State", "case"),
        ("state@2", "new", "reserved"),
        ("state@2", "state_v2", "free"),
        ("state@2", "state@1", "first"),
    ] {
        project.write("shop.json", &CONTRACT.replace(from, to));
        let output = project.cli(["generate", "python", "shop.json", "--out", "out"]);
        if name == "free" {
            assert_eq!(output.exit, 0, "{output:?}");
        } else {
            output.check(&format!("version-names-{name}"));
        }
    }
    project.write("shop.json", &CONTRACT.replace("\"paid@2\"", "\"state_v2\""));
    project.cli(["docs", "shop.json"]).check("version-names-collision");
}
