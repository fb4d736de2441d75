//! `lessmq-cli explain`: what a rule means.

use crate::report::{Error, ExplainReport, Format, Result, rules};

/// Explains a rule: what it finds, why that is a problem, and what to do. Without a rule: lists all of them.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The id of the rule, which reports show in brackets
    rule: Option<String>,
    /// The format of the report
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// How similar a rule's id must be to an unknown one to be suggested, from 0 to 1.
const MIN_SIMILARITY: f64 = 0.7;

pub(crate) fn run(arguments: &Arguments) -> Result<ExplainReport> {
    match &arguments.rule {
        None => Ok(ExplainReport::All(rules().collect())),
        Some(id) => {
            rules().find(|rule| rule.id == id).map(ExplainReport::One).ok_or_else(|| unknown_rule_error(id))
        }
    }
}

fn unknown_rule_error(id: &str) -> Error {
    let similarity = |rule: &str| strsim::jaro_winkler(id, rule);
    let ids = rules().map(|rule| rule.id);
    let nearest = ids.max_by(|a, b| similarity(a).total_cmp(&similarity(b)));
    let hint = match nearest.filter(|nearest| similarity(nearest) > MIN_SIMILARITY) {
        Some(nearest) => format!("did you mean `{nearest}`? `lessmq-cli explain` lists all rules"),
        None => "`lessmq-cli explain` lists all rules".to_owned(),
    };
    Error::new(format!("no rule `{id}`")).hint(hint)
}
