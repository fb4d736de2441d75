//! SARIF 2.1.0, the exchange format of static analysis: one run, and a result for each remark.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use url::Url;

use super::section::{Remark, Section};
use crate::commands::Exit;
use crate::error::Error;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// What the fingerprints are made by; another way of making them has another name.
const FINGERPRINT: &str = "lessmqFinding/v1";

pub(super) fn render(sections: &[Section]) -> serde_json::Result<String> {
    let mut rules: BTreeMap<&str, &Remark> = BTreeMap::new();
    for remark in sections.iter().flat_map(|section| &section.remarks) {
        rules.entry(remark.rule).or_insert(remark);
    }
    let ids: Vec<&str> = rules.keys().copied().collect();
    let rules: Vec<Value> = rules.values().map(|remark| rule(remark)).collect();
    let mut results: Vec<Value> = Vec::new();
    for section in sections {
        for remark in &section.remarks {
            let index = ids.iter().position(|id| *id == remark.rule);
            results.push(result(section, remark, index));
        }
    }
    let undecided = sections.iter().filter(|section| section.exit == Exit::NoAnswer);
    let undecided = undecided.map(|section| {
        let text = format!("{} against {}: there is no answer", section.subject, section.against);
        json!({"level": "error", "message": {"text": text}})
    });
    let invocation = json!({
        "executionSuccessful": true,
        "exitCode": exit_code(sections),
        "toolExecutionNotifications": undecided.collect::<Vec<_>>(),
    });
    document(&rules, &results, &invocation)
}

pub(super) fn failure(error: &Error) -> serde_json::Result<String> {
    let notification = json!({"level": "error", "message": {"text": error.lines()}});
    let invocation = json!({
        "executionSuccessful": false,
        "exitCode": 2,
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

fn exit_code(sections: &[Section]) -> u8 {
    match sections.iter().map(|section| section.exit).max() {
        None | Some(Exit::Fine) => 0,
        Some(Exit::Findings) => 1,
        Some(Exit::NoAnswer) => 2,
    }
}

fn rule(remark: &Remark) -> Value {
    let explanation = if remark.explanation.is_empty() { &remark.remedy } else { &remark.explanation };
    json!({
        "id": remark.rule,
        "shortDescription": {"text": remark.rule.replace('-', " ")},
        "fullDescription": {"text": explanation},
        "help": {"text": remark.remedy},
        "defaultConfiguration": {"level": "error"},
    })
}

fn result(section: &Section, remark: &Remark, rule: Option<usize>) -> Value {
    let mut physical = json!({"artifactLocation": {"uri": uri(&section.file), "uriBaseId": "%SRCROOT%"}});
    if let Some(place) = &remark.place {
        physical = json!({
            "artifactLocation": {"uri": uri(&place.file), "uriBaseId": "%SRCROOT%"},
            "region": {
                "startLine": place.line,
                "startColumn": place.column,
                "endColumn": place.end_column,
                "snippet": {"text": place.text},
            },
        });
    }
    let logical = json!({"fullyQualifiedName": format!("{}: {}", section.service, remark.part)});
    let mut result = json!({
        "ruleId": remark.rule,
        "level": if remark.exit == Exit::Fine { "note" } else { "error" },
        "message": {"text": remark.lines()},
        "locations": [{"physicalLocation": physical, "logicalLocations": [logical]}],
        "partialFingerprints": {FINGERPRINT: remark.identity(&section.service)},
    });
    if let Some(index) = rule {
        result["ruleIndex"] = index.into();
    }
    if let Some(allowed) = &remark.allowed {
        let suppression = json!({"kind": "external", "status": "accepted", "justification": allowed.reason});
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
