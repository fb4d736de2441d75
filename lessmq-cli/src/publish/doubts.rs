//! Warnings about types of other crates in a contract crate.

use crate::extract::{Ambiguity, Extracted, Uncertain};
use crate::report::{Diagnostic, ExitStatus, Subject, rule};
use crate::rust_types::Replacements;

/// A warning for each form of values and each map whose type is not certain, unless the settings name the type, and those
/// about what serde writes.
pub(crate) fn warnings(found: &Extracted, replacements: &Replacements) -> Vec<Diagnostic> {
    let doubts = &found.type_doubts;
    let is_open = |ambiguity: &&Ambiguity| match ambiguity.uncertain {
        Uncertain::Values(wire) => replacements.get(wire.name()).is_none(),
        Uncertain::Keys => true,
    };
    let ambiguous = doubts.ambiguous.iter().filter(is_open).map(ambiguous);
    ambiguous.chain(doubts.warnings.iter().cloned()).collect()
}

const KEYS_HELP: &str = "Declare the type with the map outside of a macro, with the type of the keys under its own name. Or name \
                         it at the field: `#[schemars(extend(\"x-rust-key-type\" = {\"crate\": \"uuid\", \"version\": \"1\", \
                         \"path\": \"uuid::Uuid\"}))]`.";

fn ambiguous(ambiguity: &Ambiguity) -> Diagnostic {
    let Ambiguity { uncertain, candidates, kind, method, role, pointer, location } = ambiguity;
    let types: Vec<String> = candidates.iter().map(|path| format!("`{path}`")).collect();
    let subject = Subject::Method { kind: *kind, method: method.clone(), direction: Some(*role) };
    let message = match uncertain {
        Uncertain::Values(wire) => format!("a `{}` may be {}", wire.name(), types.join(" or ")),
        Uncertain::Keys => format!("the keys of a map become text, but may be {}", types.join(" or ")),
    };
    let mut warning = Diagnostic::new(&rule::AMBIGUOUS_TYPE, subject, message);
    warning.status = ExitStatus::Success;
    if *uncertain == Uncertain::Keys {
        warning.help = KEYS_HELP.to_owned();
    }
    warning.note("schema", format!("{role} of `{method}`, `#{pointer}`"));
    warning.location = location.clone();
    warning
}
