//! Every rule finds the change of its example, and its compatible change is compatible.

use std::collections::HashSet;

use lessmq::compat::{
    Options, Report, Rule, Severity, Verdict, check_evolution, compare_schemas, rule, rules, unreadable,
};
use lessmq::contract::{Contract, Role};
use serde_json::{Value, json};

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A contract of these methods.
fn contract(mut methods: Value) -> Contract {
    methods["lessmq"] = json!("2");
    methods["service"] = json!("shop");
    methods["version"] = json!("1.0.0");
    Contract::from_json(methods.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}: {methods}"))
}

/// A contract with one message of this schema.
fn with_message(kind: &str, schema: &Value) -> Contract {
    contract(match kind {
        "request" => json!({"methods": {"m": {"kind": "command", "request": {"schema": schema}}}}),
        "reply" => {
            json!({"methods": {"m": {"kind": "call", "request": {"schema": true}, "reply": {"schema": schema}}}})
        }
        "event" => json!({"methods": {"m": {"kind": "event", "payload": {"schema": schema}}}}),
        other => panic!("no messages of kind {other}"),
    })
}

/// Whether the example of the rule is a pair of contracts, not of schemas.
fn is_of_methods(rule: &Rule) -> bool {
    parse(rule.example.before).get("methods").is_some()
}

/// The report of the change from the `before` of the example to `after`.
fn change(rule: &Rule, after: &str) -> Report {
    let (before, after) = (parse(rule.example.before), parse(after));
    if is_of_methods(rule) {
        let (before, after) = (contract(before), contract(after));
        let report = check_evolution(&before, &after);
        if rule.id == "type-unreadable" {
            // It is about one contract, not about a change.
            let findings = unreadable(&after);
            return Report { findings: findings.into_iter().chain(report.findings).collect(), ..report };
        }
        return report;
    }
    let kind = rule.id.split('-').next().filter(|kind| ["request", "reply", "event"].contains(kind));
    let kind = kind.unwrap_or("request");
    check_evolution(&with_message(kind, &before), &with_message(kind, &after))
}

fn ids(report: &Report) -> Vec<&'static str> {
    report.findings.iter().map(|finding| finding.rule.id).collect()
}

#[test]
fn every_rule_finds_the_change_of_its_example() {
    for rule in rules() {
        if has_request_rule(rule) {
            let (before, after) = (parse(rule.example.before), parse(rule.example.after));
            let comparison = compare_schemas(&before, &after, &Options::default());
            assert_eq!(comparison.findings[0].rule.id, rule.id, "{comparison:?}");
        } else {
            let report = change(rule, rule.example.after);
            assert_eq!(ids(&report).first(), Some(&rule.id), "{report}");
        }
    }
}

/// Whether the rule is for plain schemas only, because there is a separate rule for requests.
fn has_request_rule(rule: &Rule) -> bool {
    ["field-required", "field-refused", "type-changed", "value-unknown", "variant-unknown"].contains(&rule.id)
}

#[test]
fn every_example_has_a_compatible_change() {
    for rule in rules() {
        let report = change(rule, rule.example.compatible);
        let fine = matches!(report.verdict, Verdict::Compatible | Verdict::Identical);
        assert!(fine, "{}: {report}", rule.id);
    }
}

#[test]
fn every_incompatibility_of_schemas_points_to_both_sides() {
    for rule in rules().filter(|rule| !is_of_methods(rule) && !has_request_rule(rule)) {
        let report = change(rule, rule.example.after);
        let finding = &report.findings[0];
        let (before, after) = (parse(rule.example.before), parse(rule.example.after));
        let (writer, reader) = match finding.direction {
            Some(Role::Request) => (before, after),
            _ => (after, before),
        };
        assert!(writer.pointer(&finding.writer_pointer).is_some(), "{}: {finding:?}", rule.id);
        assert!(reader.pointer(&finding.reader_pointer).is_some(), "{}: {finding:?}", rule.id);
        assert!(finding.counterexample.is_some(), "{}", rule.id);
    }
}

#[test]
fn rules_are_explained_for_consumers_and_providers() {
    let mut seen = HashSet::new();
    for rule in rules() {
        assert!(seen.insert(rule.id), "{} twice", rule.id);
        for text in [rule.summary, rule.explanation, rule.remedy] {
            assert!(!text.is_empty(), "{} explains nothing", rule.id);
            let insiders = ["reader", "writer", "Reader", "Writer"];
            assert!(!insiders.iter().any(|word| text.contains(word)), "{}: {text}", rule.id);
        }
        let is_sentence = |text: &str| text.ends_with('.') && text.starts_with(char::is_uppercase);
        assert!(is_sentence(rule.explanation) && is_sentence(rule.remedy), "{}", rule.id);
    }
}

#[test]
fn the_rule_depends_on_the_direction_of_the_message() {
    let with = |required: Value| json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": required});
    let (loose, tight) = (with(json!([])), with(json!(["a"])));
    let found = |kind, old, new| ids(&check_evolution(&with_message(kind, old), &with_message(kind, new)));
    assert_eq!(found("request", &loose, &tight), ["request-field-now-required"]);
    assert_eq!(found("request", &tight, &loose), ["message-changed"]);
    assert_eq!(found("reply", &tight, &loose), ["reply-field-now-optional"]);
    assert_eq!(found("reply", &loose, &tight), ["message-changed"]);
    assert_eq!(found("event", &tight, &loose), ["event-field-now-optional"]);
}

#[test]
fn rules_are_found_by_their_ids() {
    assert_eq!(rule("field-required").map(|rule| rule.id), Some("field-required"));
    assert_eq!(rule("reply-variant-added").map(|rule| rule.severity), Some(Severity::Error));
    assert_eq!(rule("no-such-rule"), None);
}
