//! `lessmq-cli explain`: what a rule means.

use lessmq::compat::{Rule, rule, rules};

use crate::error::{Error, Result};
use crate::output::Format;

/// Tells what a rule means, with a change that breaks it and the same change made compatibly. Without a rule: all of
/// them.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The rule's id, as findings tell it
    rule: Option<String>,
    /// How to report
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// What is explained.
#[derive(Debug)]
pub(crate) enum Explanation {
    One(&'static Rule),
    All(Vec<&'static Rule>),
}

pub(crate) fn run(arguments: &Arguments) -> Result<Explanation> {
    match &arguments.rule {
        None => Ok(Explanation::All(rules().collect())),
        Some(id) => rule(id).map(Explanation::One).ok_or_else(|| unknown(id)),
    }
}

fn unknown(id: &str) -> Error {
    let likeness = |rule: &&Rule| strsim::jaro_winkler(id, rule.id);
    let nearest =
        rules().max_by(|a, b| likeness(a).total_cmp(&likeness(b))).filter(|rule| likeness(rule) > 0.7);
    let hint = match nearest {
        Some(rule) => format!("did you mean `{}`? `lessmq-cli explain` lists all rules", rule.id),
        None => "`lessmq-cli explain` lists all rules".to_owned(),
    };
    Error::new(format!("there is no rule `{id}`")).hint(hint)
}
