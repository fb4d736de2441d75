//! SARIF 2.1.0, the exchange format of static analysis: one run, and a result for each diagnostic.

use std::collections::BTreeMap;

use lessmq::compat::Severity;
use serde_json::{Value, json};
use url::Url;

use super::group::Group;
use super::section::Section;
use crate::report::{Diagnostic, Error, ExitStatus};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// The algorithm of the fingerprints. Another algorithm needs another name.
const FINGERPRINT: &str = "lessmqFinding/v1";

pub(super) fn render(sections: &[Section]) -> serde_json::Result<String> {
    let mut rules: BTreeMap<&str, &Diagnostic> = BTreeMap::new();
    for diagnostic in sections.iter().flat_map(|section| &section.diagnostics) {
        rules.entry(diagnostic.rule).or_insert(diagnostic);
    }
    let ids: Vec<&str> = rules.keys().copied().collect();
    let rules: Vec<Value> = rules.values().map(|diagnostic| rule(diagnostic)).collect();
    let mut results: Vec<Value> = Vec::new();
    for section in sections {
        for diagnostic in &section.diagnostics {
            let index = ids.iter().position(|id| *id == diagnostic.rule);
            results.push(result(section, diagnostic, index));
        }
    }
    let undecided = sections.iter().filter(|section| section.status == ExitStatus::NoAnswer);
    let undecided = undecided.map(|section| {
        let text = format!("{} against {}: no answer", section.subject, section.against);
        json!({"level": "error", "message": {"text": text}})
    });
    let invocation = json!({
        "executionSuccessful": true,
        "exitCode": ExitStatus::worst(sections.iter().map(|section| section.status)).code(),
        "toolExecutionNotifications": undecided.collect::<Vec<_>>(),
    });
    document(&rules, &results, &invocation)
}

pub(super) fn failure(error: &Error) -> serde_json::Result<String> {
    let notification = json!({"level": "error", "message": {"text": error.lines()}});
    let invocation = json!({
        "executionSuccessful": false,
        "exitCode": ExitStatus::NoAnswer.code(),
        "toolExecutionNotifications": [notification],
    });
    document(&[], &[], &invocation)
}

fn document(rules: &[Value], results: &[Value], invocation: &Value) -> serde_json::Result<String> {
    let driver = json!({
        "name": env!("CARGO_PKG_NAME"),
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "informationUri": env!("CARGO_PKG_REPOSITORY"),
        "rules": rules,
    });
    let run = json!({
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [invocation],
        "results": results,
    });
    serde_json::to_string_pretty(&json!({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}))
}

fn rule(diagnostic: &Diagnostic) -> Value {
    json!({
        "id": diagnostic.rule,
        "shortDescription": {"text": diagnostic.rule.replace('-', " ")},
        "fullDescription": {"text": diagnostic.explanation},
        "help": {"text": diagnostic.help},
        "defaultConfiguration": {"level": level(diagnostic.severity)},
    })
}

/// The level of a rule. Each result has its own level, which depends on the exit status that it causes.
fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error | Severity::Warning => "error",
        _ => "note",
    }
}

fn result(section: &Section, diagnostic: &Diagnostic, rule: Option<usize>) -> Value {
    let file = uri(&section.file_of(diagnostic));
    let mut physical = json!({"artifactLocation": {"uri": file, "uriBaseId": "%SRCROOT%"}});
    if let Some(location) = &diagnostic.location {
        physical["region"] = json!({
            "startLine": location.line,
            "startColumn": location.column,
            "endColumn": location.end_column,
            "snippet": {"text": location.text},
        });
    }
    let logical = json!({"fullyQualifiedName": format!("{}: {}", section.service, diagnostic.subject)});
    let mut result = json!({
        "ruleId": diagnostic.rule,
        "level": if diagnostic.status == ExitStatus::Success { "note" } else { "error" },
        "message": {"text": Group::single(diagnostic).lines()},
        "locations": [{"physicalLocation": physical, "logicalLocations": [logical]}],
        "partialFingerprints": {FINGERPRINT: diagnostic.identity(&section.service)},
    });
    if let Some(index) = rule {
        result["ruleIndex"] = index.into();
    }
    let justification = diagnostic.accepted_until().map(|allowance| &allowance.reason);
    if let Some(justification) = justification.or(diagnostic.retired_by.as_ref()) {
        let suppression = json!({"kind": "external", "status": "accepted", "justification": justification});
        result["suppressions"] = json!([suppression]);
    }
    result
}

/// A path as a relative URI.
fn uri(path: &str) -> String {
    let Ok(mut url) = Url::parse("file:///") else { return path.to_owned() };
    url.set_path(path);
    url.path().trim_start_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("services/größe 1/src/lib.rs"), "services/gr%C3%B6%C3%9Fe%201/src/lib.rs");
    }
}
