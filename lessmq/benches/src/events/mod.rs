//! Events of 256 bytes over RabbitMQ, persistent and confirmed, to a quorum queue that another process consumes: LessMQ
//! against a hand-written twin.

pub(crate) mod ours;
pub(crate) mod twin;

use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::Result;
use cpu_time::ProcessTime;
use futures_util::{StreamExt, stream};
use tokio::runtime::Runtime;

use crate::figures::{Figures, Turn};
use crate::messages::Happened;
use crate::role::{Peer, Role};
use crate::{broker, table};

/// How many events wait for their confirms.
const IN_FLIGHT: usize = 256;

/// A publisher over RabbitMQ.
pub(crate) trait Publisher: Clone + Send + Sync + 'static {
    fn happened(&self, event: Happened) -> impl Future<Output = ()> + Send;
}

/// Compares.
pub(crate) fn compare(url: &str, events: usize, turns: usize) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut consumers = [Peer::start(Role::TwinConsumer)?, Peer::start(Role::OurConsumer)?];
    let twin = runtime.block_on(twin::Client::connect(url))?;
    let ours = runtime.block_on(ours::Client::connect(url))?;
    let mut systems = ["lapin by hand", "LessMQ"].map(Figures::new);
    let each = (events / turns).max(1);
    for turn in 0..=turns {
        let so_far = turn * each;
        let measured = [
            measure(&runtime, &mut consumers[0], &twin, so_far, each)?,
            measure(&runtime, &mut consumers[1], &ours, so_far, each)?,
        ];
        // The first turn warms up.
        for (figures, measured) in systems.iter_mut().zip(measured).filter(|_| turn > 0) {
            figures.push(measured);
        }
    }
    table::print("Events over RabbitMQ, published until consumed; latency until confirmed", &systems);
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
    let before = consumer.processor_after(so_far)?;
    let (started, processor) = (Instant::now(), ProcessTime::now());
    let publishing = runtime.spawn(publish(publisher.clone(), each));
    let latencies = runtime.block_on(publishing)?;
    let own = processor.elapsed();
    let processor = own + consumer.processor_after(so_far + each)?.saturating_sub(before);
    Ok(Turn { messages: each, elapsed: started.elapsed(), processor, latencies })
}

async fn publish(publisher: impl Publisher, events: usize) -> Vec<Duration> {
    let publishing = stream::iter(0..events as u64).map(|number| {
        let publisher = &publisher;
        async move {
            let started = Instant::now();
            publisher.happened(Happened::new(number)).await;
            started.elapsed()
        }
    });
    publishing.buffer_unordered(IN_FLIGHT).collect().await
}
