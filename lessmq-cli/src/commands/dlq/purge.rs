//! `lessmq-cli dlq purge`: deletes dead letters.

use std::time::Duration;

use super::{Target, or_explain};
use crate::live::on_bus;
use crate::report::{Error, PurgeReport, Reporter, Result};

/// Deletes all dead letters of a source
///
/// Without --yes, it deletes nothing and says how many there are (exit code 2).
#[derive(Debug, clap::Args)]
#[command(override_usage = "lessmq-cli dlq purge [OPTIONS] [URL] <SOURCE>")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Delete them
    #[arg(long)]
    yes: bool,
}

/// How long deleting may take, apart from what the broker needs to answer.
const TIME: Duration = Duration::from_secs(60);

pub(crate) fn run(arguments: &Arguments, reporter: &dyn Reporter) -> Result<PurgeReport> {
    let Arguments { target, yes } = arguments;
    let ((url, source), yes) = (target.read()?, *yes);
    let name = source.to_string();
    let count = on_bus(target.connection.broker(&url, reporter), TIME, |bus| async move {
        let letters = bus.dead_letters(source.clone());
        let count =
            if yes { letters.purge().await } else { letters.status().await.map(|status| status.waiting) };
        or_explain(&bus, &source, count).await
    })?;
    if yes || count == Some(0) {
        return Ok(PurgeReport { source: name, purged: count });
    }
    let what = match count {
        Some(1) => "1 dead letter".to_owned(),
        Some(count) => format!("{count} dead letters"),
        None => "all dead letters".to_owned(),
    };
    Err(Error::new(format!("a purge of `{name}` deletes {what}, which cannot be undone"))
        .hint(format!("read them with `lessmq-cli dlq show URL {name}`, then purge them with --yes")))
}
