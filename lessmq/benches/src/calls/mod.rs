//! Calls over RabbitMQ, with client and server in separate processes: LessMQ against a hand-written twin.

pub(crate) mod ours;
pub(crate) mod twin;

use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::Result;
use cpu_time::ProcessTime;
use futures_util::future::join_all;
use tokio::runtime::Runtime;

use crate::figures::{Figures, Turn};
use crate::messages::Add;
use crate::role::{Peer, Role};
use crate::{broker, table};

/// A client over RabbitMQ.
pub(crate) trait Caller: Clone + Send + Sync + 'static {
    fn add(&self, arguments: Add) -> impl Future<Output = u32> + Send;
}

/// Compares with 64 calls in flight, and with one.
pub(crate) fn compare(url: &str, calls: usize, turns: usize) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut servers = [Peer::start(Role::TwinServer)?, Peer::start(Role::OurServer)?];
    let twin = runtime.block_on(twin::Client::connect(url))?;
    let ours = runtime.block_on(ours::Client::connect(url))?;
    for in_flight in [64, 1] {
        let each = (calls / turns / in_flight / if in_flight == 1 { 10 } else { 1 }).max(1);
        let mut systems = ["lapin by hand", "LessMQ"].map(Figures::new);
        for turn in 0..=turns {
            let measured = [
                measure(&runtime, &mut servers[0], &twin, in_flight, each)?,
                measure(&runtime, &mut servers[1], &ours, in_flight, each)?,
            ];
            // The first turn warms up.
            for (figures, measured) in systems.iter_mut().zip(measured).filter(|_| turn > 0) {
                figures.push(measured);
            }
        }
        table::print(&format!("Calls over RabbitMQ, {in_flight} in flight"), &systems);
    }
    drop(servers);
    runtime.block_on(broker::delete_queues(url, &["bench.calls"]))
}

fn measure(
    runtime: &Runtime,
    server: &mut Peer,
    client: &impl Caller,
    in_flight: usize,
    each: usize,
) -> Result<Turn> {
    let before = server.report_after(0)?.processor;
    let (started, processor) = (Instant::now(), ProcessTime::now());
    let callers = (0..in_flight).map(|_| runtime.spawn(repeat(client.clone(), each)));
    let latencies = runtime.block_on(join_all(callers.collect::<Vec<_>>()));
    let (elapsed, processor) = (started.elapsed(), processor.elapsed());
    let processor = processor + server.report_after(0)?.processor.saturating_sub(before);
    let latencies = latencies.into_iter().flatten().flatten().collect();
    Ok(Turn { messages: each * in_flight, elapsed, processor, latencies })
}

async fn repeat(client: impl Caller, times: usize) -> Vec<Duration> {
    let mut latencies = Vec::with_capacity(times);
    for _ in 0..times {
        let started = Instant::now();
        assert_eq!(client.add(Add { a: 7, b: 35 }).await, 42);
        latencies.push(started.elapsed());
    }
    latencies
}
