//! Events of 256 bytes over RabbitMQ, persistent and confirmed, to a quorum queue that another process consumes: LessMQ
//! against two hand-written programs. The rival shares its guarantees, and is as fast as it can be; the twin also
//! shares its settings.

pub(crate) mod ours;
pub(crate) mod rival;
pub(crate) mod twin;

use std::future::Future;
use std::time::Instant;

use anyhow::Result;
use cpu_time::ProcessTime;
use futures_util::{StreamExt, stream};
use tokio::runtime::Runtime;

use crate::figures::{Figures, Turn};
use crate::messages::Happened;
use crate::role::{Peer, Role};
use crate::{broker, table};

/// How many events wait for their confirms.
const IN_FLIGHT: usize = 1000;

/// A publisher over RabbitMQ.
pub(crate) trait Publisher: Clone + Send + Sync + 'static {
    fn happened(&self, event: Happened) -> impl Future<Output = ()> + Send;
}

/// Compares.
pub(crate) fn compare(url: &str, events: usize, turns: usize) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let roles = [Role::RivalConsumer, Role::TwinConsumer, Role::OurConsumer];
    let mut consumers = roles.into_iter().map(Peer::start).collect::<Result<Vec<_>>>()?;
    let rival = runtime.block_on(rival::connect(url))?;
    let twin = runtime.block_on(twin::Client::connect(url))?;
    let ours = runtime.block_on(ours::Client::connect(url))?;
    let mut systems = ["lapin, the fastest way", "lapin, as LessMQ", "LessMQ"].map(Figures::new);
    let each = (events / turns).max(1);
    for turn in 0..=turns {
        let so_far = turn * each;
        let measured = [
            measure(&runtime, &mut consumers[0], &rival, so_far, each)?,
            measure(&runtime, &mut consumers[1], &twin, so_far, each)?,
            measure(&runtime, &mut consumers[2], &ours, so_far, each)?,
        ];
        // The first turn warms up.
        for (figures, measured) in systems.iter_mut().zip(measured).filter(|_| turn > 0) {
            figures.push(measured);
        }
    }
    table::print("Events over RabbitMQ, 1000 in flight; latency from publish to handled", &systems);
    drop(consumers);
    runtime.block_on(broker::delete_queues(url, &["bench.events.bench", "bench.events.bench.dead"]))
}

fn measure(
    runtime: &Runtime,
    consumer: &mut Peer,
    publisher: &impl Publisher,
    so_far: usize,
    each: usize,
) -> Result<Turn> {
    let before = consumer.report_after(so_far)?;
    let (started, processor) = (Instant::now(), ProcessTime::now());
    runtime.block_on(runtime.spawn(publish(publisher.clone(), each)))?;
    let own = processor.elapsed();
    let after = consumer.report_after(so_far + each)?;
    let processor = own + after.processor.saturating_sub(before.processor);
    Ok(Turn { messages: each, elapsed: started.elapsed(), processor, latencies: after.latencies })
}

async fn publish(publisher: impl Publisher, events: usize) {
    let publishing = stream::iter(0..events as u64).map(|number| publisher.happened(Happened::new(number)));
    publishing.buffer_unordered(IN_FLIGHT).collect().await
}
