//! Compares contracts and schemas: converts the findings of [`lessmq::compat`] to diagnostics.

use lessmq::compat::{self, SchemaFinding};
use lessmq::contract::Contract;
use lessmq::name::base_and_version;
use serde_json::Value;

use crate::report::{Comparison, Diagnostic, Evidence, Rule, Subject, VersionStep};

/// Whether consumers built against `old` can use a provider of `new`, and what that requires of its version.
pub(crate) fn evolution(old: &Contract, new: &Contract) -> (Comparison, VersionStep) {
    let report = compat::check_evolution(old, new);
    let step = VersionStep::new(report.bump, &old.version, &new.version);
    (comparison(report), step)
}

/// Whether a consumer built against `consumer` can use `provider`.
pub(crate) fn consumer(consumer: &Contract, provider: &Contract) -> Comparison {
    comparison(compat::check_consumer(consumer, provider))
}

/// The types of a contract that cannot read what they write.
pub(crate) fn unreadable(contract: &Contract) -> Vec<Diagnostic> {
    compat::unreadable(contract).into_iter().map(diagnostic).collect()
}

/// An example value of the schema: the counter-example for a reader that rejects every value.
pub(crate) fn example(schema: &Value) -> Option<Value> {
    let comparison = compat::compare_schemas(schema, &Value::Bool(false), &compat::Options::default());
    comparison.findings.into_iter().find_map(|finding| finding.counterexample)
}

/// A finding about two plain schemas, which are called `old` and `new`.
pub(crate) fn schema_diagnostic(finding: SchemaFinding, old: &str, new: &str) -> Diagnostic {
    let sent = format!("{old}#{}", finding.writer_pointer);
    let accepted = format!("{new}#{}", finding.reader_pointer);
    let subject = Subject::Schemas { sent, accepted };
    let evidence = Evidence {
        writer_pointer: finding.writer_pointer,
        reader_pointer: finding.reader_pointer,
        counterexample: finding.counterexample,
        paths: Vec::new(),
        path_tree: Vec::new(),
        fingerprint: None,
    };
    Diagnostic { evidence: Some(evidence), ..Diagnostic::new(&finding.rule.into(), subject, finding.message) }
}

fn comparison(report: compat::Report) -> Comparison {
    Comparison {
        verdict: report.verdict.into(),
        findings: report.findings.into_iter().map(diagnostic).collect(),
    }
}

/// How to fix a finding, with the option that allows this very removal.
fn help(finding: &compat::Finding) -> String {
    let (base, version) = base_and_version(&finding.method);
    let option = format!("--allow-retired {}.{base}@{version}", finding.service);
    finding.remedy.replace("--allow-retired", &option)
}

fn diagnostic(finding: compat::Finding) -> Diagnostic {
    let help = help(&finding);
    let evidence = Evidence {
        fingerprint: Some(finding.fingerprint()),
        path_tree: finding.path_tree(),
        writer_pointer: finding.writer_pointer,
        reader_pointer: finding.reader_pointer,
        counterexample: finding.counterexample,
        paths: finding.paths,
    };
    let subject =
        Subject::Method { kind: finding.kind, method: finding.method, direction: finding.direction };
    Diagnostic {
        evidence: Some(evidence),
        ..Diagnostic::new(&Rule::from(finding.rule), subject, finding.message).with_help(help)
    }
}
