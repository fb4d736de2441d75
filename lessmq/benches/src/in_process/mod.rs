//! Calls within one process: LessMQ on its in-process bus, a bare channel with JSON in both directions, and tarpc.

mod bare;
mod ours;
mod tarpc;

use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::Result;
use cpu_time::ProcessTime;
use futures_util::future::join_all;
use tokio::runtime::{Builder, Runtime};

use crate::figures::{Figures, Turn};
use crate::messages::{Account, Add, Order};
use crate::table;

/// A client of one system.
pub(crate) trait Caller: Clone + Send + Sync + 'static {
    fn add(&self, arguments: Add) -> impl Future<Output = u32> + Send;
    fn touch(&self, account: Account) -> impl Future<Output = Account> + Send;
    fn advance(&self, order: Order) -> impl Future<Output = Order> + Send;
}

/// The payload of the calls.
#[derive(Clone, Copy)]
enum Payload {
    Tiny,
    Account,
    Order,
}

impl Payload {
    fn name(self) -> &'static str {
        match self {
            Self::Tiny => "two numbers",
            Self::Account => "an account of 200 bytes",
            Self::Order => "an order of 1 KB",
        }
    }
}

/// The setting of one comparison.
#[derive(Clone, Copy)]
struct Setting {
    payload: Payload,
    in_flight: usize,
    threads: usize,
}

/// Compares the systems in every setting.
pub(crate) fn compare(calls: usize, turns: usize) -> Result<()> {
    for threads in [1, 2] {
        for payload in [Payload::Tiny, Payload::Account, Payload::Order] {
            for in_flight in [1, 64] {
                compare_in(Setting { payload, in_flight, threads }, calls / turns, turns)?;
            }
        }
    }
    Ok(())
}

/// Calls on one thread, 64 in flight, with two numbers.
pub(crate) fn profile(calls: usize) -> Result<()> {
    let setting = Setting { payload: Payload::Tiny, in_flight: 64, threads: 1 };
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let ours = runtime.block_on(ours::start())?;
    let mut figures = Figures::new("LessMQ");
    figures.push(measure(&runtime, setting, &ours, calls));
    table::print("Calls in process, two numbers, 64 in flight, 1 thread", &[figures]);
    Ok(())
}

fn compare_in(setting: Setting, calls: usize, turns: usize) -> Result<()> {
    let runtime = match setting.threads {
        1 => Builder::new_current_thread().enable_all().build()?,
        threads => Builder::new_multi_thread().worker_threads(threads).enable_all().build()?,
    };
    let _entered = runtime.enter();
    let (bare, tarpc) = (bare::start(), self::tarpc::start());
    let ours = runtime.block_on(ours::start())?;
    let mut systems = ["bare channel and JSON", "LessMQ", "tarpc (no encoding)"].map(Figures::new);
    for turn in 0..=turns {
        let measured = [
            measure(&runtime, setting, &bare, calls),
            measure(&runtime, setting, &ours, calls),
            measure(&runtime, setting, &tarpc, calls),
        ];
        // The first turn warms up.
        for (figures, measured) in systems.iter_mut().zip(measured).filter(|_| turn > 0) {
            figures.push(measured);
        }
    }
    let payload = setting.payload.name();
    let title = format!(
        "Calls in process, {payload}, {} in flight, {} thread{}",
        setting.in_flight,
        setting.threads,
        if setting.threads == 1 { "" } else { "s" }
    );
    table::print(&title, &systems);
    Ok(())
}

/// Measures the throughput, and then the latencies of a tenth of the calls. Reading the clock twice takes a significant
/// part of the time of a call.
fn measure(runtime: &Runtime, setting: Setting, caller: &impl Caller, calls: usize) -> Turn {
    let each = calls.div_ceil(setting.in_flight);
    let (started, processor) = (Instant::now(), ProcessTime::now());
    runtime.block_on(run(setting, caller, each, false));
    let (elapsed, processor) = (started.elapsed(), processor.elapsed());
    let latencies = runtime.block_on(run(setting, caller, each.div_ceil(10), true));
    Turn { messages: each * setting.in_flight, elapsed, processor, latencies }
}

async fn run(setting: Setting, caller: &impl Caller, each: usize, timed: bool) -> Vec<Duration> {
    let callers = (0..setting.in_flight).map(|_| {
        let caller = caller.clone();
        tokio::spawn(async move {
            match setting.payload {
                Payload::Tiny => repeat(each, timed, || caller.add(Add { a: 7, b: 35 })).await,
                Payload::Account => {
                    let account = Account::example();
                    repeat(each, timed, || caller.touch(account.clone())).await
                }
                Payload::Order => {
                    let order = Order::example();
                    repeat(each, timed, || caller.advance(order.clone())).await
                }
            }
        })
    });
    join_all(callers).await.into_iter().flatten().flatten().collect()
}

async fn repeat<F: Future>(times: usize, timed: bool, call: impl Fn() -> F) -> Vec<Duration> {
    let mut latencies = Vec::with_capacity(if timed { times } else { 0 });
    for _ in 0..times {
        if timed {
            let started = Instant::now();
            call().await;
            latencies.push(started.elapsed());
        } else {
            call().await;
        }
    }
    latencies
}
