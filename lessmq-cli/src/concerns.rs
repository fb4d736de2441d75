//! What can be wrong with a service beside what a comparison finds, as data.

use lessmq::compat::Severity;
use serde::{Serialize, Serializer};

/// One thing that can be wrong.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Concern {
    /// Stable and unique, in kebab-case.
    pub(crate) id: &'static str,
    pub(crate) severity: Severity,
    /// What is wrong, in one line.
    pub(crate) summary: &'static str,
    /// Why that is no good.
    pub(crate) explanation: &'static str,
    /// What to do.
    pub(crate) remedy: &'static str,
}

/// In a report the id is enough.
pub(crate) fn serialize_id<S: Serializer>(
    concern: &&'static Concern,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(concern.id)
}

macro_rules! concerns {
    ($($name:ident $id:literal, $summary:literal, $explanation:literal, $remedy:literal;)*) => {
        $(pub(crate) static $name: Concern = Concern {
            id: $id,
            severity: Severity::Error,
            summary: $summary,
            explanation: $explanation,
            remedy: $remedy,
        };)*

        /// All of them.
        pub(crate) static CONCERNS: &[&Concern] = &[$(&$name),*];
    };
}

concerns! {
    VERSION_TAKEN "version-taken",
        "the contract has changed and its version has not, which was released",
        "What was released stays as it is: consumers who read the version take the contract for the released one.",
        "Give the package that declares the contract the next version: a minor step for a compatible change.";
    INSUFFICIENT_BUMP "insufficient-bump",
        "the version is higher than the released one, and not high enough for the change",
        "Consumers see from the version alone what a release has: a minor step says that something compatible has \
         changed, a patch that nothing has. Before 1.0.0 a minor step says that something breaks, and a patch that \
         something compatible has changed.",
        "Give the package that declares the contract the version that the report names, or a later one.";
    VERSION_LOWER "version-lower",
        "the version is lower than the one that it follows",
        "Consumers take the higher version for the newer one, and go on with what is not served any more.",
        "Give the package that declares the contract the version that the report names, or a later one. An older line \
         of releases, such as 1.x beside 2.x, goes on from its own newest release.";
    NO_BASELINE "no-baseline",
        "there is nothing to check the service against",
        "Without an earlier contract nobody can say whether a change breaks anybody, so the answer is none, and not \
         that all is well.",
        "Write the contract with `lessmq-cli contract --write` and commit it. A service that is new to a git revision or \
         a registry is fine once its contract is committed.";
    CONTRACT_STALE "contract-stale",
        "the committed contract, or the source of its crate, differs from what the code says",
        "Others are checked and built against what is committed. This is told with --deny-stale.",
        "Write it anew with `lessmq-cli contract --write`, or `lessmq-cli publish` where there is a crate, and commit \
         that.";
    SERVICE_UNDECLARED "service-undeclared",
        "a contract is committed of a service that no package declares any more",
        "Consumers may still be built against it, and nothing says that it ends.",
        "Bring its interfaces back; or, if the service is gone or is not of this workspace, delete its directory in \
         contracts/.";
    COPIES_DIFFER "copies-differ",
        "live copies of the service have different contracts",
        "A consumer is answered now by the one and now by the other copy.",
        "Finish the roll-out, or undo it, so that all copies run one version.";
    LIVE_CONTRACT_UNKNOWN "live-contract-unknown",
        "a contract is live that was never committed",
        "What runs was built from source that nobody here has, so no change can be checked against it.",
        "Deploy what is committed; or fetch the branch that it was built from, if it is only not here.";
}

#[cfg(test)]
mod tests {
    use super::CONCERNS;

    #[test]
    fn no_concern_has_the_id_of_another_one_or_of_a_rule() {
        for (index, concern) in CONCERNS.iter().enumerate() {
            assert!(lessmq::compat::rule(concern.id).is_none(), "{}", concern.id);
            assert!(CONCERNS[..index].iter().all(|other| other.id != concern.id), "{}", concern.id);
        }
    }
}
