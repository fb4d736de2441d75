//! The rules that diagnostics name.

use lessmq::compat::{self, Example, Severity};
use serde::Serialize;

/// A kind of diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Rule {
    /// Stable and unique, in kebab-case.
    pub(crate) id: &'static str,
    pub(crate) severity: Severity,
    /// What is wrong, in one line.
    pub(crate) summary: &'static str,
    /// Why a break of the rule is a problem.
    pub(crate) explanation: &'static str,
    /// How to fix the problem.
    pub(crate) remedy: &'static str,
    /// A change that breaks the rule; only of rules about messages and methods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) example: Option<Example>,
}

/// Every rule: those of the comparison, then those of the CLI.
pub(crate) fn rules() -> impl Iterator<Item = Rule> {
    compat::rules().map(Rule::from).chain(CLI_RULES.iter().map(|rule| **rule))
}

/// The comparison's rule for what it cannot decide.
pub(crate) fn undecided() -> Rule {
    compat::rule("undecided").map(Rule::from).expect("the comparison has this rule")
}

impl From<&'static compat::Rule> for Rule {
    fn from(rule: &'static compat::Rule) -> Self {
        let compat::Rule { id, severity, summary, explanation, remedy, example, .. } = *rule;
        Self { id, severity, summary, explanation, remedy, example: Some(example) }
    }
}

macro_rules! cli_rules {
    ($($name:ident {
        id: $id:literal,
        severity: $severity:ident,
        summary: $summary:literal,
        explanation: $explanation:literal,
        remedy: $remedy:literal,
    })*) => {
        $(pub(crate) static $name: Rule = Rule {
            id: $id,
            severity: Severity::$severity,
            summary: $summary,
            explanation: $explanation,
            remedy: $remedy,
            example: None,
        };)*

        static CLI_RULES: &[&Rule] = &[$(&$name),*];
    };
}

cli_rules! {
    VERSION_TAKEN {
        id: "version-taken",
        severity: Error,
        summary: "the contract changed, but its version is already released",
        explanation: "A release never changes. Consumers that see the version would take the new contract for the \
                      released one.",
        remedy: "Raise the version of the package that declares the contract: a minor step for a compatible change.",
    }
    INSUFFICIENT_BUMP {
        id: "insufficient-bump",
        severity: Error,
        summary: "the version is higher than the released one, but not high enough for the change",
        explanation: "The version tells consumers what a release changes: a major step something incompatible, a minor \
                      step something compatible, a patch nothing. Before 1.0.0, a minor step may be incompatible and a \
                      patch compatible.",
        remedy: "Set the version of the package that declares the contract to the version in the report, or a later one.",
    }
    VERSION_LOWER {
        id: "version-lower",
        severity: Error,
        summary: "the version is lower than the version before it",
        explanation: "Consumers take the higher version for the newer one and keep using a contract that is no longer \
                      served.",
        remedy: "Set the version of the package that declares the contract to the version in the report, or a later one. \
                 An older release line, such as 1.x next to 2.x, continues from its own newest release.",
    }
    NO_BASELINE {
        id: "no-baseline",
        severity: Error,
        summary: "there is no contract to check the service against",
        explanation: "Without an earlier contract, a change cannot be checked. That is reported as no answer, not as \
                      success. Reported for a service that was named on the command line, with --require-baseline, and on a \
                      live bus.",
        remedy: "Write the contract with `lessmq-cli contract --write`, or with `lessmq-cli publish` if the workspace has \
                 contract crates, and commit it.",
    }
    NOT_PUBLISHED {
        id: "not-published",
        severity: Info,
        summary: "the service has no contract yet, so there is nothing to check",
        explanation: "Its changes are checked as soon as its contract is committed.",
        remedy: "Write the contract with `lessmq-cli contract --write`, or with `lessmq-cli publish` if the workspace has \
                 contract crates, and commit it. With --require-baseline, such a service is an error.",
    }
    CONTRACT_STALE {
        id: "contract-stale",
        severity: Error,
        summary: "the committed contract or its crate is not up to date with the code",
        explanation: "Consumers are checked and built against the committed files. Reported only with --deny-stale.",
        remedy: "Write the contract with `lessmq-cli contract --write`, or with `lessmq-cli publish` if the workspace has \
                 contract crates, and commit it.",
    }
    SERVICE_UNDECLARED {
        id: "service-undeclared",
        severity: Error,
        summary: "a contract is committed for a service that no package declares",
        explanation: "Consumers may still be built against the contract, and nothing tells them that the service is gone.",
        remedy: "Declare the interfaces of the service again. If the service is gone or belongs to another workspace, \
                 delete its directory in contracts/.",
    }
    OPAQUE_TYPE {
        id: "opaque-type",
        severity: Warning,
        summary: "a type becomes arbitrary JSON in the contract crate",
        explanation: "No Rust type has the same schema. So consumers get a `serde_json::Value` in a newtype, without \
                      fields, and no compile error when it changes. Reported by publish, which does not fail.",
        remedy: "Use a type whose schema is derived, or give the field a schema that a Rust type has: \
                 `#[schemars(with = \"…\")]`. If any JSON is meant, use `serde_json::Value`.",
    }
    AMBIGUOUS_TYPE {
        id: "ambiguous-type",
        severity: Warning,
        summary: "the crate of a date, an id or a decimal number is not certain",
        explanation: "The package depends on several crates with types that look like this in JSON, and the source code does not \
                      say which one it is. So the contract crate does not use the type of the service, but the usual one. The \
                      keys of a map are text in JSON, so only the source code can name their type, and not from inside a macro. \
                      Reported by publish, which does not fail.",
        remedy: "If all values of this form have one type, choose it in lessmq.toml: under `[types]`, write \
                 `date = \"chrono::NaiveDate\"`. If only this field has it, annotate the field: \
                 `#[schemars(extend(\"x-rust-type\" = {\"crate\": \"chrono\", \"version\": \"0.4\", \"path\": \
                 \"chrono::NaiveDate\"}))]`.",
    }
    DECIMAL_FORM {
        id: "decimal-form",
        severity: Warning,
        summary: "decimal numbers do not look in JSON as the contract says",
        explanation: "The schema of a decimal says that it is written as text and read from text or a number. A feature of its \
                      crate changes that in the whole program, and numbers lose digits. Consumers that read text get a number.",
        remedy: "Disable the feature, here and in the crates that enable it. For a field that must be a number, use \
                 `#[serde(with = \"rust_decimal::serde::float\")]`, which needs the feature `serde-with-float`, and \
                 `#[schemars(with = \"f64\")]`.",
    }
    CODE_CHANGE {
        id: "code-change",
        severity: Warning,
        summary: "a compatible change needs a change of the code that uses the contract crate",
        explanation: "The messages stay compatible, so no major step is needed. But the contract crate has other types or \
                      signatures, so Rust code that uses them has to be changed when it upgrades the crate. Reported by \
                      check and publish, which do not fail.",
        remedy: "Nothing has to be done: the changelog of the contract crate lists the change. For arguments that will grow, \
                 use one `#[payload]` argument, a struct of optional fields.",
    }
    COPIES_DIFFER {
        id: "copies-differ",
        severity: Error,
        summary: "live copies of the service have different contracts",
        explanation: "A consumer gets its answers from one or the other copy at random.",
        remedy: "Finish the roll-out or undo it, so that all copies run one version.",
    }
    LIVE_CONTRACT_UNKNOWN {
        id: "live-contract-unknown",
        severity: Error,
        summary: "a live contract was never committed",
        explanation: "The live copies were built from source that is not in this repository, so changes cannot be checked \
                      against it.",
        remedy: "Deploy a committed version. If the live version was built from a branch, fetch that branch.",
    }
}

#[cfg(test)]
mod tests {
    use super::rules;

    #[test]
    fn every_rule_has_its_own_id() {
        let mut ids: Vec<&str> = rules().map(|rule| rule.id).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}
