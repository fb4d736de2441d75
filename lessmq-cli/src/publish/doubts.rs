//! Warnings about types of other crates in a contract crate.

use crate::extract::{Ambiguity, Extracted};
use crate::report::{Diagnostic, ExitStatus, Subject, rule};
use crate::rust_types::Replacements;

/// A warning for each form of values whose type is not certain, unless the settings name the type, and those about what
/// serde writes.
pub(crate) fn warnings(found: &Extracted, replacements: &Replacements) -> Vec<Diagnostic> {
    let doubts = &found.type_doubts;
    let is_open = |ambiguity: &&Ambiguity| replacements.get(ambiguity.wire.name()).is_none();
    let ambiguous = doubts.ambiguous.iter().filter(is_open).map(ambiguous);
    ambiguous.chain(doubts.warnings.iter().cloned()).collect()
}

fn ambiguous(ambiguity: &Ambiguity) -> Diagnostic {
    let Ambiguity { wire, candidates, kind, method, role, pointer, location } = ambiguity;
    let types: Vec<String> = candidates.iter().map(|path| format!("`{path}`")).collect();
    let subject = Subject::Method { kind: *kind, method: method.clone(), direction: Some(*role) };
    let message = format!("a `{}` may be {}", wire.name(), types.join(" or "));
    let mut warning = Diagnostic::new(&rule::AMBIGUOUS_TYPE, subject, message);
    warning.status = ExitStatus::Success;
    warning.note("schema", format!("{role} of `{method}`, `#{pointer}`"));
    warning.location = location.clone();
    warning
}
