//! `explain`: the rules.

use lessmq::compat::rules;
use serde_json::Value;

use crate::support::Project;

#[test]
fn a_rule_is_explained_with_the_change_that_breaks_it_and_the_one_that_does_not() {
    let project = Project::empty("explain-rule");
    project.cli(["explain", "reply-value-added"]).check("explain-rule");
    project.cli(["explain", "call-removed"]).check("explain-rule-of-methods");
    let json = project.cli(["explain", "reply-value-added", "--format", "json"]);
    let told: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(told["id"], "reply-value-added");
    assert!(told["example"]["mended"].is_string());
}

#[test]
fn without_a_rule_all_are_listed() {
    let project = Project::empty("explain-all");
    let output = project.cli(["explain"]);
    assert_eq!(output.exit, 0);
    assert!(rules().all(|rule| output.stdout.contains(rule.summary)));
    let json = project.cli(["explain", "--format", "json"]);
    let told: Vec<Value> = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(told.len(), rules().count());
}

#[test]
fn an_unknown_rule_is_answered_with_the_nearest_one() {
    let project = Project::empty("explain-unknown");
    project.cli(["explain", "reply-variant-aded"]).check("explain-unknown");
    project.cli(["explain", "xyzzy"]).check("explain-unlike-any");
}
