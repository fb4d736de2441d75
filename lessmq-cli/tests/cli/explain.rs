//! `explain`: what rules mean.

use std::collections::BTreeSet;
use std::path::Path;

use lessmq::compat::rules;
use serde_json::Value;

use crate::support::Project;

#[test]
fn a_rule_is_explained_with_an_incompatible_and_a_compatible_change() {
    let project = Project::empty("explain-rule");
    project.cli(["explain", "reply-value-added"]).check("explain-rule");
    project.cli(["explain", "call-removed"]).check("explain-rule-of-methods");
    let json = project.cli(["explain", "reply-value-added", "--format", "json"]);
    let explained: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(explained["id"], "reply-value-added");
    assert!(explained["example"]["compatible"].is_string());
}

#[test]
fn without_an_id_all_rules_are_listed() {
    let project = Project::empty("explain-all");
    let output = project.cli(["explain"]);
    assert_eq!(output.exit, 0);
    assert!(rules().all(|rule| output.stdout.contains(rule.summary)));
    let ids = listed(&project);
    assert!(rules().all(|rule| ids.iter().any(|id| id == rule.id)));
    assert!(ids.iter().all(|id| output.stdout.contains(id)));
}

/// The ids that `explain` lists.
fn listed(project: &Project) -> Vec<String> {
    let json = project.cli(["explain", "--format", "json"]);
    let rules: Vec<Value> = serde_json::from_str(&json.stdout).unwrap();
    rules.iter().map(|rule| rule["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_rules_of_the_cli_are_explained_too() {
    let project = Project::empty("explain-cli-rule");
    project.cli(["explain", "version-taken"]).check("explain-cli-rule");
    let json = project.cli(["explain", "no-baseline", "--format", "json"]);
    let explained: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(
        (&explained["id"], &explained["severity"]),
        (&Value::from("no-baseline"), &Value::from("error"))
    );
    assert!(explained["remedy"].is_string());
}

#[test]
fn every_rule_in_a_snapshot_is_listed() {
    let project = Project::empty("explain-shown");
    let listed = listed(&project);
    let mut shown = BTreeSet::new();
    let snapshots = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/snapshots");
    for snapshot in std::fs::read_dir(snapshots).unwrap() {
        let text = std::fs::read_to_string(snapshot.unwrap().path()).unwrap();
        shown.extend(text.lines().flat_map(ids));
    }
    assert!(shown.len() > 10 && shown.contains("no-baseline"), "{shown:?}");
    let unknown: Vec<&String> = shown.iter().filter(|id| !listed.contains(id)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// The ids in a line of a report, whatever its format.
fn ids(line: &str) -> Vec<String> {
    let is_part = |c: char| c.is_ascii_lowercase() || c == '-';
    let starts = ["error[", "warning[", "note[", "allowed[", "\"rule\": \"", "\"ruleId\": \"", "* rule `"];
    let starts = starts.into_iter().chain([",title="]);
    let id = |start: &str| {
        let (_, rest) = line.split_once(start)?;
        let id = rest.split(|c| !is_part(c)).next()?;
        let ends = ["]", "\"", "`", "%3A"].iter().any(|end| rest[id.len()..].starts_with(end));
        (ends && !id.is_empty()).then(|| id.to_owned())
    };
    starts.filter_map(id).collect()
}

#[test]
fn for_an_unknown_rule_the_nearest_one_is_suggested() {
    let project = Project::empty("explain-unknown");
    project.cli(["explain", "reply-variant-aded"]).check("explain-unknown");
    project.cli(["explain", "xyzzy"]).check("explain-unlike-any");
}
