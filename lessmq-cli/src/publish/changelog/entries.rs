//! The entries in the section of one release.

use lessmq::compat::Severity;
use lessmq::contract::schema::{RUST_KEY_TYPE, RUST_TYPE};
use lessmq::contract::{Contract, Method, MethodKind};
use serde_json::Value;

use super::ReleasedChange;
use crate::report::{Change, Detail, Diagnostic, MethodChange, Subject};
use crate::{changes, comparison};

/// The longest counter-example that is shown, in bytes.
const MAX_EXAMPLE_BYTES: usize = 200;

// The headings, the most important first.
const BREAKING: &str = "Breaking";
const CODE: &str = "Code changes";
const ADDED: &str = "Added";
const CHANGED: &str = "Changed";
const REMOVED: &str = "Removed";
const DEPRECATED: &str = "Deprecated";
const DOCUMENTATION: &str = "Documentation";

/// The rule for an older version of a method that was removed.
const RETIRED: &str = "version-retired";

/// The characters that end a line in Markdown.
const LINE_BREAKS: [char; 2] = ['\n', '\r'];

/// One line of a changelog, under its heading.
type Entry = (&'static str, String);

/// The text below the title of the section.
pub(super) fn entries(release: ReleasedChange<'_>) -> String {
    let ReleasedChange { old, new, code_changes } = release;
    let mut entries = match old {
        None => new.methods_by_kind().map(|(name, method)| added(name, method)).collect(),
        Some(old) => between(old, new),
    };
    entries.extend(code_changes.iter().map(|change| (CODE, format!("- {}", change.text))));
    let mut text = match old {
        None => "\nThe first release.\n".to_owned(),
        Some(_) if entries.is_empty() => "\nNothing changed for consumers.\n".to_owned(),
        Some(_) => String::new(),
    };
    for heading in [BREAKING, CODE, ADDED, CHANGED, DEPRECATED, REMOVED, DOCUMENTATION] {
        let lines: Vec<String> =
            entries.iter().filter(|(own, _)| *own == heading).map(|(_, line)| one_line(line)).collect();
        if !lines.is_empty() {
            text += &format!("\n### {heading}\n\n{}\n", lines.join("\n"));
        }
    }
    text
}

/// A text in one line: further lines could form a heading.
fn one_line(text: &str) -> String {
    text.replace(LINE_BREAKS, " ")
}

fn between(old: &Contract, new: &Contract) -> Vec<Entry> {
    let (comparison, _) = comparison::evolution(old, new);
    let breaks: Vec<&Diagnostic> =
        comparison.findings.iter().filter(|finding| finding.severity < Severity::Info).collect();
    let mut entries: Vec<Entry> = breaks.iter().map(|finding| broken_or_retired(finding, new)).collect();
    for change in changes::between(old, new) {
        let is_breaking = breaks.iter().any(|finding| is_about(finding, &change.method));
        entries.extend(changed(&change, new, is_breaking));
    }
    let text = |contract: &Contract| {
        let text = contract.clone().without_rust_types().to_json();
        text.replace(&contract.version.to_string(), "")
    };
    if entries.is_empty() && text(old) != text(new) {
        entries.push((DOCUMENTATION, "- descriptions of types and fields".to_owned()));
    }
    entries
}

fn is_about(finding: &Diagnostic, name: &str) -> bool {
    matches!(&finding.subject, Subject::Method { method, .. } if method == name)
}

/// A break. An older version of a method that was removed is not listed as one, because its successor was there before.
fn broken_or_retired(finding: &Diagnostic, new: &Contract) -> Entry {
    match &finding.subject {
        Subject::Method { kind, method, .. } if finding.rule == RETIRED => {
            let newer = new.newer_version(method).unwrap_or_default();
            (REMOVED, format!("- {kind} `{method}`, an older version of `{newer}`"))
        }
        _ => (BREAKING, broken(finding)),
    }
}

fn broken(finding: &Diagnostic) -> String {
    let subject = match &finding.subject {
        Subject::Method { kind, method, direction: Some(direction) } => {
            format!("{kind} `{method}`, {direction}")
        }
        subject => subject.to_string(),
    };
    let unsure = if finding.severity == Severity::Warning { "may break: " } else { "" };
    let mut line = format!("- {subject}: {unsure}{} (`{}`)", finding.message, finding.rule);
    let example = finding.evidence.as_ref().and_then(|evidence| evidence.counterexample.as_ref());
    let example = example.map(Value::to_string);
    if let Some(example) = example.filter(|example| example.len() <= MAX_EXAMPLE_BYTES) {
        line += &format!(", for example `{example}`");
    }
    line
}

fn changed(change: &MethodChange, new: &Contract, is_breaking: bool) -> Vec<Entry> {
    let MethodChange { kind, method, change, details, .. } = change;
    match change {
        Change::Removed => Vec::new(),
        Change::Added => new.methods.get(method).map(|found| added(method, found)).into_iter().collect(),
        Change::Changed => {
            let says_more = |detail: &&Detail| !is_list_of_new_fields(detail, details);
            let lines = details.iter().filter(says_more);
            let mut lines: Vec<Entry> =
                lines.filter_map(|detail| line(*kind, method, detail, is_breaking)).collect();
            lines.dedup();
            lines
        }
    }
}

fn line(kind: MethodKind, method: &str, detail: &Detail, is_breaking: bool) -> Option<Entry> {
    let head = format!("- {kind} `{method}`");
    let entry = match (detail.part, &detail.before, &detail.after) {
        ("docs", ..) => (DOCUMENTATION, head),
        ("deprecated", _, Some(Value::String(reason))) => {
            let reason = reason.trim().split(LINE_BREAKS).next().unwrap_or_default();
            (DEPRECATED, [head.as_str(), reason].join(if reason.is_empty() { "" } else { ": " }))
        }
        ("deprecated", ..) => (CHANGED, format!("{head} is no longer deprecated")),
        ("idempotent", _, Some(Value::Bool(true))) => (CHANGED, format!("{head} is idempotent")),
        (part, Some(Value::String(before)), Some(Value::String(after)))
            if rust_type(&detail.pointer).is_some() =>
        {
            let (place, what) = rust_type(&detail.pointer)?;
            let place = shown(place);
            (
                CHANGED,
                format!("{head}, {part}: the Rust type of {what}`{place}` is `{after}`, not `{before}`"),
            )
        }
        // The entries under "Breaking" cover the other changes of the method.
        _ if is_breaking => return None,
        (part, None, Some(_)) if field(&detail.pointer).is_some() => {
            (ADDED, format!("{head}, {part}: `{}`", field(&detail.pointer).unwrap_or_default()))
        }
        (part, ..) => (CHANGED, format!("{head}, {part}: `{}`", shown(&detail.pointer))),
    };
    Some(entry)
}

/// The place whose Rust type a pointer names, and what of it has the type.
fn rust_type(pointer: &str) -> Option<(&str, &'static str)> {
    let (place, keyword) = pointer.rsplit_once('/')?;
    match keyword {
        RUST_TYPE => Some((place, "")),
        RUST_KEY_TYPE => Some((place, "the keys of ")),
        _ => None,
    }
}

/// Whether only the list of required fields changed, and only by fields that were added or removed.
fn is_list_of_new_fields(detail: &Detail, all: &[Detail]) -> bool {
    let Some(object) = detail.pointer.strip_suffix("/required") else { return false };
    let names = [&detail.before, &detail.after].into_iter().flatten().filter_map(Value::as_array).flatten();
    let is_added_or_removed = |name: &Value| {
        let pointer = format!("{object}/properties/{}", name.as_str().unwrap_or_default());
        all.iter().any(|other| other.pointer == pointer && other.before.is_some() != other.after.is_some())
    };
    let names: Vec<&Value> = names.collect();
    !names.is_empty() && names.into_iter().all(is_added_or_removed)
}

/// The field that a pointer into a schema names: `reason` for `/properties/reason`.
fn field(pointer: &str) -> Option<&str> {
    let (before, name) = pointer.rsplit_once('/')?;
    before.ends_with("/properties").then_some(name)
}

fn shown(pointer: &str) -> &str {
    if pointer.is_empty() { "/" } else { pointer }
}

fn added(name: &str, method: &Method) -> Entry {
    let kind = method.kind();
    let first = method.docs().description.as_deref().and_then(|text| text.lines().next()).unwrap_or_default();
    let line =
        if first.is_empty() { format!("- {kind} `{name}`") } else { format!("- {kind} `{name}`: {first}") };
    (ADDED, line)
}
