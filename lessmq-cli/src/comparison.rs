//! Whether two contracts fit. The only module that knows [`lessmq::compat`].

use lessmq::compat;
use lessmq::contract::Contract;
use serde::Serialize;
use serde_json::Value;

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    Identical,
    Compatible,
    Incompatible,
    Undecided,
}

impl Verdict {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Identical => "identical",
            Self::Compatible => "compatible",
            Self::Incompatible => "incompatible",
            Self::Undecided => "undecided",
        }
    }
}

/// The part of a version that a change asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Bump {
    Patch,
    Minor,
    Major,
}

impl Bump {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }
}

/// What a comparison found.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Comparison {
    pub(crate) verdict: Verdict,
    pub(crate) bump: Option<Bump>,
    pub(crate) findings: Vec<Finding>,
}

/// One thing that was found.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Finding {
    /// The rule's id.
    pub(crate) rule: String,
    pub(crate) severity: String,
    pub(crate) method: String,
    pub(crate) kind: String,
    pub(crate) direction: String,
    pub(crate) writer_pointer: String,
    pub(crate) reader_pointer: String,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) counterexample: Option<Value>,
    pub(crate) remedy: String,
    /// Stays the same from commit to commit.
    pub(crate) fingerprint: String,
}

/// Whether consumers that were built against `old` get on with a provider of `new`.
pub(crate) fn evolution(old: &Contract, new: &Contract) -> Comparison {
    consumer(old, new)
}

/// Whether a consumer that was built against `consumer` gets on with `provider`.
pub(crate) fn consumer(consumer: &Contract, provider: &Contract) -> Comparison {
    let report = compat::check_consumer(consumer, provider);
    let (verdict, bump) = match report.verdict {
        compat::Verdict::Identical => (Verdict::Identical, Some(Bump::Patch)),
        _ => (Verdict::Undecided, None),
    };
    Comparison { verdict, bump, findings: Vec::new() }
}
