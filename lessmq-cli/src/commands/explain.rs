//! `lessmq-cli explain`: what a finding means.

use lessmq::compat::{Rule, rules};
use serde::Serialize;

use crate::concerns::{CONCERNS, Concern};
use crate::error::{Error, Result};
use crate::output::Format;

/// Tells what a finding means: a rule with a change that breaks it and the same change made compatibly, or what else
/// `check` and `publish` find. Without an id: all of them.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The id, as findings tell it between brackets
    rule: Option<String>,
    /// How to report
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// What is explained.
#[derive(Debug)]
pub(crate) enum Explanation {
    One(Entry),
    All(Vec<Entry>),
}

/// One kind of finding.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Entry {
    /// Found by comparing messages.
    Rule(&'static Rule),
    /// Found beside that.
    Concern(&'static Concern),
}

impl Entry {
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Rule(rule) => rule.id,
            Self::Concern(concern) => concern.id,
        }
    }

    pub(crate) fn summary(self) -> &'static str {
        match self {
            Self::Rule(rule) => rule.summary,
            Self::Concern(concern) => concern.summary,
        }
    }
}

/// All that a report can name.
fn entries() -> impl Iterator<Item = Entry> {
    rules().map(Entry::Rule).chain(CONCERNS.iter().copied().map(Entry::Concern))
}

pub(crate) fn run(arguments: &Arguments) -> Result<Explanation> {
    match &arguments.rule {
        None => Ok(Explanation::All(entries().collect())),
        Some(id) => entries().find(|entry| entry.id() == id).map(Explanation::One).ok_or_else(|| unknown(id)),
    }
}

fn unknown(id: &str) -> Error {
    let likeness = |entry: &Entry| strsim::jaro_winkler(id, entry.id());
    let nearest =
        entries().max_by(|a, b| likeness(a).total_cmp(&likeness(b))).filter(|entry| likeness(entry) > 0.7);
    let hint = match nearest {
        Some(entry) => format!("did you mean `{}`? `lessmq-cli explain` lists all rules", entry.id()),
        None => "`lessmq-cli explain` lists all rules".to_owned(),
    };
    Error::new(format!("there is no rule `{id}`")).hint(hint)
}
