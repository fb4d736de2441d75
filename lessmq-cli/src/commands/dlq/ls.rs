//! `lessmq-cli dlq ls`: the sources that have dead letters.

use std::collections::BTreeMap;
use std::time::Duration;

use lessmq::transport::{Queue, Source};
use lessmq::{Bus, ErrorKind};

use super::or_explain;
use crate::commands::query::Query;
use crate::live::on_bus;
use crate::report::{DeadLetterCount, DeadLettersListReport, Error, Reporter, Result};

/// Lists the sources that have dead letters
///
/// It asks the processes on the bus what they consume. Name the sources of other processes with --source.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Another source to look at: `user.commands`, `user.events.GROUP`, `external:QUEUE`. May be repeated
    #[arg(long = "source", value_name = "SOURCE")]
    sources: Vec<String>,
    #[command(flatten)]
    pub(crate) query: Query,
}

pub(crate) fn run(arguments: &Arguments, reporter: &dyn Reporter) -> Result<DeadLettersListReport> {
    let named = arguments.sources.iter().map(|text| text.parse()).collect::<lessmq::Result<Vec<Source>>>()?;
    let Query { options, .. } = &arguments.query;
    let (url, wait) = (arguments.query.url()?, options.access.wait());
    on_bus(options.access.connection.broker(&url, reporter), wait, |bus| async move {
        let sources = sources(&consumed(&bus, wait).await?, &named);
        let mut counts = Vec::new();
        for (source, is_named) in sources.into_values() {
            counts.extend(count(&bus, source, is_named).await?);
        }
        Ok::<_, Error>(DeadLettersListReport { waited_ms: options.access.wait_ms, sources: counts })
    })
}

/// What the processes on the bus consume.
pub(super) async fn consumed(bus: &Bus, wait: Duration) -> lessmq::Result<Vec<String>> {
    let instances = bus.instances(wait).await?.into_iter();
    Ok(instances.flat_map(|instance| instance.consumes).collect())
}

/// The sources to look at, by their names, and whether the user named them. Calls are never dead letters of ours.
pub(super) fn sources(consumed: &[String], named: &[Source]) -> BTreeMap<String, (Source, bool)> {
    // A newer version may consume what this one cannot read.
    let consumed = consumed.iter().filter_map(|text| text.parse::<Source>().ok());
    let consumed = consumed.filter(|source| !matches!(source, Source::Queue(Queue::Calls { .. })));
    let named = named.iter().map(|source| (source.origin().clone(), true));
    let all = consumed.map(|source| (source, false)).chain(named);
    all.map(|(source, is_named)| (source.to_string(), (source, is_named))).collect()
}

/// The number of dead letters; `None` if there are none and the user did not ask for this source.
async fn count(bus: &Bus, source: Source, is_named: bool) -> Result<Option<DeadLetterCount>> {
    let name = source.to_string();
    match bus.dead_letters(source.clone()).status().await {
        Ok(status) if is_named || status.waiting != Some(0) => {
            Ok(Some(DeadLetterCount { source: name, dead: status.waiting }))
        }
        // It may have been deleted in the meantime.
        Err(error) if is_named || error.kind() != ErrorKind::Topology => {
            or_explain(bus, &source, Err(error)).await
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "an error fails the test")]
mod tests {
    use super::*;

    #[test]
    fn every_consumed_or_named_source_is_looked_at_once_and_calls_are_not() {
        let consumed =
            ["user.calls", "user.commands", "user.events.mailer", "user.commands", "from:the:future"];
        let named = ["user.commands.dead".parse().unwrap(), "external:orders".parse().unwrap()];
        let found: Vec<(String, bool)> = sources(&consumed.map(str::to_owned), &named)
            .into_iter()
            .map(|(name, (_, is_named))| (name, is_named))
            .collect();
        let expected = [("external:orders", true), ("user.commands", true), ("user.events.mailer", false)];
        assert_eq!(found, expected.map(|(name, is_named)| (name.to_owned(), is_named)));
    }
}
