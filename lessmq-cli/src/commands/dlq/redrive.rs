//! `lessmq-cli dlq redrive`: moves dead letters back to their source.

use std::time::Duration;

use lessmq::DeadLetters;
use lessmq::transport::Source;

use super::{Target, or_explain};
use crate::live::on_bus;
use crate::report::{Error, RedriveReport, Reporter, Result};

/// Moves dead letters back to the queue or the consumer group that they came from, the oldest first
///
/// Each is a new message there. Other consumer groups do not get it.
#[derive(Debug, clap::Args)]
#[command(override_usage = "lessmq-cli dlq redrive [OPTIONS] [URL] <SOURCE>")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) target: Target,
    /// How many to move; all of them by default
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
}

/// How many messages one step moves.
const STEP: u64 = 200;
/// How long moving may take. A broker that does not answer is an error much earlier.
const TIME: Duration = Duration::from_secs(24 * 60 * 60);

pub(crate) fn run(arguments: &Arguments, reporter: &dyn Reporter) -> Result<RedriveReport> {
    let target = &arguments.target;
    let (url, source) = target.read()?;
    // Before the broker is asked whether there are any.
    Source::DeadLetters(Box::new(source.clone())).redrive_target()?;
    on_bus(target.connection.broker(&url, reporter), TIME, |bus| async move {
        let letters = bus.dead_letters(source.clone());
        let dead = or_explain(&bus, &source, letters.status().await).await?.waiting;
        let wanted = arguments.limit.unwrap_or(u64::MAX).min(dead.unwrap_or(u64::MAX));
        let moved = redrive(&letters, wanted, reporter).await?;
        let left = letters.status().await?.waiting;
        Ok::<_, Error>(RedriveReport { source: source.to_string(), moved, left })
    })
}

/// Moves `wanted` dead letters, step by step. Messages that become dead letters again in the meantime come after the
/// others.
async fn redrive(letters: &DeadLetters, wanted: u64, reporter: &dyn Reporter) -> lessmq::Result<u64> {
    let steps = usize::try_from(wanted.div_ceil(STEP)).unwrap_or(usize::MAX);
    let progress = reporter.progress("Redriving", steps);
    let mut moved = 0;
    while moved < wanted {
        progress.start(&format!("{moved} moved"));
        let step = letters.redrive().limit(STEP.min(wanted - moved)).await?;
        if step == 0 {
            break;
        }
        moved += step;
    }
    Ok(moved)
}
