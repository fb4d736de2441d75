//! Calls within one process: LessMQ on its in-process bus, a bare channel with JSON in both directions, the same with a
//! deadline for each call, which LessMQ always has, and tarpc.

mod bare;
mod ours;
mod tarpc;

use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::{Args, ValueEnum};
use cpu_time::ProcessTime;
use futures_util::future::join_all;
use lessmq::bus::DEFAULT_CALL_TIMEOUT;
use tokio::runtime::{Builder, Runtime};

use crate::figures::{Figures, Turn};
use crate::messages::{Account, Add, CUSTOMER, Customer, Order};
use crate::table;

/// A client of one system.
pub(crate) trait Caller: Clone + Send + Sync + 'static {
    fn add(&self, arguments: Add) -> impl Future<Output = u32> + Send;
    fn find(&self, number: u64) -> impl Future<Output = Customer> + Send;
    fn touch(&self, account: Account) -> impl Future<Output = Account> + Send;
    fn advance(&self, order: Order) -> impl Future<Output = Order> + Send;
}

/// The payload of the calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Payload {
    Numbers,
    Customer,
    Account,
    Order,
}

impl Payload {
    fn name(self) -> &'static str {
        match self {
            Self::Numbers => "two numbers",
            Self::Customer => "a reply of 90 bytes",
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

impl Setting {
    fn title(self) -> String {
        let Self { payload, in_flight, threads } = self;
        let plural = if threads == 1 { "" } else { "s" };
        format!("Calls in process, {}, {in_flight} in flight, {threads} thread{plural}", payload.name())
    }

    fn runtime(self) -> Result<Runtime> {
        Ok(match self.threads {
            1 => Builder::new_current_thread().enable_all().build()?,
            threads => Builder::new_multi_thread().worker_threads(threads).enable_all().build()?,
        })
    }
}

/// Selects the settings of the comparison in process, and the setting of `--profile`.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Selection {
    /// Calls in process with only this payload
    #[arg(long, value_enum)]
    payload: Option<Payload>,
    /// Calls in process with only this number in flight
    #[arg(long)]
    in_flight: Option<usize>,
    /// Calls in process with only this number of threads
    #[arg(long)]
    threads: Option<usize>,
}

/// Compares the systems in the selected settings.
pub(crate) fn compare(calls: usize, turns: usize, selection: Selection) -> Result<()> {
    let payloads = selection.payload.map_or_else(|| Payload::value_variants().to_vec(), |only| vec![only]);
    for threads in selection.threads.map_or_else(|| vec![1, 2], |only| vec![only]) {
        for &payload in &payloads {
            for in_flight in selection.in_flight.map_or_else(|| vec![1, 64], |only| vec![only]) {
                compare_in(Setting { payload, in_flight, threads }, calls / turns, turns)?;
            }
        }
    }
    Ok(())
}

/// Calls in one setting, by default two numbers on one thread with 64 in flight.
pub(crate) fn profile(calls: usize, selection: Selection) -> Result<()> {
    let setting = Setting {
        payload: selection.payload.unwrap_or(Payload::Numbers),
        in_flight: selection.in_flight.unwrap_or(64),
        threads: selection.threads.unwrap_or(1),
    };
    let runtime = setting.runtime()?;
    let ours = runtime.block_on(ours::start())?;
    let mut figures = Figures::new("LessMQ");
    figures.push(measure(&runtime, setting, &ours, calls));
    table::print(&setting.title(), &[figures]);
    Ok(())
}

fn compare_in(setting: Setting, calls: usize, turns: usize) -> Result<()> {
    let runtime = setting.runtime()?;
    let _entered = runtime.enter();
    let (bare, with_deadline) = (bare::start(None), bare::start(Some(DEFAULT_CALL_TIMEOUT)));
    let ours = runtime.block_on(ours::start())?;
    let tarpc = self::tarpc::start();
    let names = ["bare channel and JSON", "the same with deadline", "LessMQ", "tarpc (no encoding)"];
    let mut systems = names.map(Figures::new);
    for turn in 0..=turns {
        let measured = [
            measure(&runtime, setting, &bare, calls),
            measure(&runtime, setting, &with_deadline, calls),
            measure(&runtime, setting, &ours, calls),
            measure(&runtime, setting, &tarpc, calls),
        ];
        // The first turn warms up.
        for (figures, measured) in systems.iter_mut().zip(measured).filter(|_| turn > 0) {
            figures.push(measured);
        }
    }
    table::print(&setting.title(), &systems);
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
                Payload::Numbers => repeat(each, timed, || caller.add(Add { a: 7, b: 35 })).await,
                Payload::Customer => repeat(each, timed, || caller.find(CUSTOMER)).await,
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
