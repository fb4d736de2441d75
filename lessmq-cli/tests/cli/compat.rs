//! `compat`: plain schemas.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::Project;

fn schemas(name: &str, old: &Value, new: &Value) -> Project {
    let project = Project::empty(name);
    project.write("old.json", &old.to_string());
    project.write("new.json", &new.to_string());
    project
}

fn order(required: &[&str]) -> Value {
    json!({
        "type": "object",
        "properties": {"item": {"type": "string"}, "note": {"type": "string"}},
        "required": required,
    })
}

/// The answers of a batch, without the times, which vary.
fn batch(project: &Project, lines: &[&str]) -> crate::support::Output {
    project.write("pairs.jsonl", &(lines.join("\n") + "\n"));
    let mut output = project.cli(["compat", "--batch", "pairs.jsonl", "--reading", "strict"]);
    output.stdout = without_times(&output.stdout);
    output
}

fn without_times(stdout: &str) -> String {
    let mut out = String::new();
    for line in stdout.lines() {
        let mut answer: Value = serde_json::from_str(line).unwrap();
        assert!(answer["micros"].is_u64(), "{line}");
        answer["micros"] = json!("[micros]");
        out += &format!("{answer}\n");
    }
    out
}

#[test]
fn a_schema_with_other_annotations_is_identical() {
    let mut new = order(&["item"]);
    new["description"] = json!("An order.");
    schemas("compat-identical", &order(&["item"]), &new)
        .cli(["compat", "old.json", "new.json"])
        .check("compat-identical");
}

#[test]
fn a_newly_required_field_is_a_finding_with_a_counter_example() {
    let project = schemas("compat-incompatible", &order(&["item"]), &order(&["item", "note"]));
    project.cli(["compat", "old.json", "new.json"]).check("compat-incompatible");
    let json = project.cli(["compat", "old.json", "new.json", "--format", "json"]);
    let report: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((json.exit, &report["verdict"]), (1, &json!("incompatible")));
    assert_eq!(report["findings"][0]["counterexample"], json!({"item": "item"}));
}

#[test]
fn an_added_optional_field_is_incompatible_only_in_the_strict_reading() {
    let old = json!({"type": "object", "properties": {"item": {"type": "string"}}, "required": ["item"]});
    let project = schemas("compat-readings", &old, &order(&["item"]));
    assert_eq!(project.cli(["compat", "old.json", "new.json"]).exit, 0);
    assert_eq!(project.cli(["compat", "old.json", "new.json", "--reading", "strict"]).exit, 1);
}

#[test]
fn a_format_rejects_values_only_if_it_is_asserted() {
    let project =
        schemas("compat-formats", &json!({"type": "string"}), &json!({"type": "string", "format": "uuid"}));
    assert_eq!(project.cli(["compat", "old.json", "new.json"]).exit, 1);
    assert_eq!(project.cli(["compat", "old.json", "new.json", "--formats", "annotate"]).exit, 0);
}

#[test]
fn an_undecided_comparison_is_no_answer() {
    let remote = json!({"$ref": "https://schemas.example/order.json"});
    schemas("compat-undecided", &order(&["item"]), &remote)
        .cli(["compat", "old.json", "new.json"])
        .check("compat-undecided");
}

#[test]
fn the_form_of_the_keywords_tells_the_draft() {
    let list = |kind: &str| json!({"items": [{"type": kind}], "additionalItems": false});
    let project = schemas("compat-draft", &list("integer"), &list("number"));
    project.cli(["compat", "old.json", "new.json"]).check("compat-draft");
    let json = project.cli(["compat", "old.json", "new.json", "--format", "json"]);
    let report: Value = serde_json::from_str(&json.stdout).unwrap();
    let chosen = json!({"draft": "draft-07", "reason": "keyword", "pointer": "/additionalItems"});
    assert_eq!(report["drafts"], json!({"old": chosen, "new": chosen}));
    project.write("mixed.json", r#"{"items": [{}], "prefixItems": [{}]}"#);
    project.cli(["compat", "old.json", "mixed.json"]).check("compat-draft-mixed");
    let given = project.cli(["compat", "old.json", "mixed.json", "--draft", "07"]);
    assert_ne!(given.exit, 2, "{}", given.stderr);
}

#[test]
fn an_invalid_schema_is_named() {
    let project = schemas("compat-refused", &order(&[]), &order(&[]));
    project.write("text.json", "not JSON");
    project.write("list.json", "[1]");
    project.write("deep.json", &"[".repeat(200_000));
    project.write("huge-number.json", r#"{"maximum": 18446744073709551616}"#);
    project.write("invalid.json", r#"{"type": "strin"}"#);
    project.write("loop.json", r##"{"$ref": "#"}"##);
    for name in ["text", "list", "deep", "huge-number", "invalid", "loop", "missing"] {
        let output = project.cli(["compat", "old.json", &format!("{name}.json")]);
        output.check(&format!("compat-refused-{name}"));
    }
    let huge = std::fs::File::create(project.root.join("huge.json")).unwrap();
    huge.set_len(64 * 1024 * 1024 + 1).unwrap();
    project.cli(["compat", "old.json", "huge.json"]).check("compat-refused-huge");
    project.cli(["compat", "old.json"]).check("compat-one-schema");
}

#[test]
fn a_batch_answers_line_by_line_and_names_invalid_lines() {
    let project = Project::empty("compat-batch");
    let output = batch(
        &project,
        &[
            r#"{"id": "same", "old": {"type": "string"}, "new": {"type": "string", "title": "T"}}"#,
            r#"{"id": "wider", "old": {"type": "integer"}, "new": {"type": "number"}}"#,
            r#"{"id": 3, "old": {"enum": ["a", null]}, "new": {"type": "string"}}"#,
            "not JSON",
            "",
            r#"{"id": "half", "old": {}}"#,
            r#"{"id": "draft", "draft": "03", "old": {}, "new": {}}"#,
            r#"{"id": "remote", "old": {"type": "string"}, "new": {"$ref": "https://schemas.example/a"}}"#,
            r#"{"id": "large", "old": {"maximum": 18446744073709551616}, "new": true}"#,
            r#"{"id": "invalid", "old": {"type": "string"}, "new": {"items": {"type": "strin"}}}"#,
            r#"{"id": "tuple", "draft": "07", "old": {"items": [{"type": "null"}]}, "new": {"items": [true]}}"#,
        ],
    );
    output.check("compat-batch");
}

#[test]
fn a_batch_succeeds_if_all_pairs_do() {
    let project = Project::empty("compat-batch-exit");
    let fine = r#"{"id": 1, "old": {"type": "integer"}, "new": {"type": "number"}}"#;
    let broken = r#"{"id": 2, "old": {"type": "number"}, "new": {"type": "integer"}}"#;
    assert_eq!(batch(&project, &[fine]).exit, 0);
    assert_eq!(batch(&project, &[fine, broken]).exit, 1);
    assert_eq!(batch(&project, &["[]", broken]).exit, 2);
    assert_eq!(project.cli(["compat", "--batch", "missing.jsonl"]).exit, 2);
}

#[test]
fn a_batch_can_be_standard_input() {
    let project = Project::empty("compat-batch-stdin");
    let mut child = project
        .command("", &["compat", "--batch", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let pair = r#"{"id": "a", "old": {"type": "integer"}, "new": {"type": "number"}}"#;
    child.stdin.take().unwrap().write_all(pair.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8(output.stdout).unwrap().contains(r#""id":"a","verdict":"compatible""#));
}
