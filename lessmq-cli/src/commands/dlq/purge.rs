//! `lessmq-cli dlq purge`: deletes dead letters.

use std::time::Duration;

use super::Target;
use crate::live::on_bus;
use crate::report::{Error, PurgeReport, Result};

/// Deletes all dead letters of a source
///
/// Without --yes, it deletes nothing and says how many there are (exit code 2).
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Delete them
    #[arg(long)]
    yes: bool,
}

/// How long deleting may take, apart from what the broker needs to answer.
const TIME: Duration = Duration::from_secs(60);

pub(crate) fn run(arguments: &Arguments) -> Result<PurgeReport> {
    let Target { url, connection, .. } = &arguments.target;
    let source = arguments.target.source()?;
    let name = source.to_string();
    let yes = arguments.yes;
    let count = on_bus(url, connection, TIME, |bus| async move {
        let letters = bus.dead_letters(source);
        if yes { letters.purge().await } else { Ok(letters.status().await?.waiting) }
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
