//! Whole programs over a leased broker.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use lessmq::transport::leased::scripted::{Fault, Operation, Scripted};
use lessmq::{App, Bus, Context, HandlerResult, RetryPolicy};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{sleep, timeout};
use tower::Layer;
use tower::limit::ConcurrencyLimit;

use super::harness::*;

/// Works.
#[lessmq::interface(service = "user")]
trait Users {
    /// The sum of two numbers.
    async fn add(&self, a: u32, b: u32) -> u32;

    /// Hangs at the first attempt.
    #[command]
    async fn work(&self, ctx: &Context) -> HandlerResult;
}

struct Worker(UnboundedSender<String>);

/// Reports when it is dropped.
struct Attempt(UnboundedSender<String>, u32);

impl Drop for Attempt {
    fn drop(&mut self) {
        let _ = self.0.send(format!("attempt {} ends", self.1));
    }
}

impl Users for Worker {
    async fn add(&self, a: u32, b: u32) -> u32 {
        a + b
    }

    async fn work(&self, ctx: &Context) -> HandlerResult {
        let attempt = ctx.attempt();
        self.0.send(format!("attempt {attempt} starts"))?;
        let _reported = Attempt(self.0.clone(), attempt);
        if attempt == 1 {
            pending::<()>().await;
        }
        Ok(())
    }
}

async fn next_report(reports: &mut UnboundedReceiver<String>) -> String {
    timeout(SOON, reports.recv()).await.expect("a report arrives").expect("the worker is running")
}

#[tokio::test(start_paused = true)]
async fn a_handler_whose_lease_ended_is_stopped_before_the_message_is_handled_again() {
    let broker = Scripted::new();
    let bus = Bus::new(Arc::new(connect(&broker)));
    let (sender, mut reports) = unbounded_channel();
    let app = App::new(bus.clone()).serve(UsersServer::new(Worker(sender))).start().await.unwrap();
    UsersClient::new(&bus).work().await.unwrap();
    assert_eq!(next_report(&mut reports).await, "attempt 1 starts");
    broker.script_always(Operation::Extend, Fault::Throttle);
    sleep(LEASE * 2).await;
    broker.clear();
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(next_report(&mut reports).await);
    }
    assert_eq!(seen, ["attempt 1 ends", "attempt 2 starts", "attempt 2 ends"]);
    app.shut_down().await.unwrap();
}

/// Fails in order.
#[lessmq::interface(service = "user", ordered)]
trait Ledger {
    /// Fails at the first attempt.
    #[command]
    async fn book(&self, ctx: &Context) -> HandlerResult;
}

impl Ledger for Worker {
    async fn book(&self, ctx: &Context) -> HandlerResult {
        self.0.send(format!("attempt {} starts", ctx.attempt()))?;
        if ctx.attempt() == 1 { Err("not now".into()) } else { Ok(()) }
    }
}

#[tokio::test(start_paused = true)]
async fn an_ordered_message_whose_lease_ended_between_two_attempts_is_left_alone() {
    let broker = Scripted::new();
    let bus = Bus::new(Arc::new(connect(&broker)));
    let (sender, mut reports) = unbounded_channel();
    let retry = RetryPolicy { initial_delay: 4 * LEASE, max_delay: 4 * LEASE, ..RetryPolicy::default() };
    let server = LedgerServer::new(Worker(sender)).retry(retry);
    let app = App::new(bus.clone()).serve(server).start().await.unwrap();
    LedgerClient::new(&bus).book().partition_key("account").await.unwrap();
    assert_eq!(next_report(&mut reports).await, "attempt 1 starts");
    broker.script_always(Operation::Extend, Fault::Throttle);
    sleep(2 * LEASE).await;
    broker.clear();
    assert_eq!(next_report(&mut reports).await, "attempt 2 starts", "the broker delivered it again");
    sleep(8 * LEASE).await;
    assert!(reports.try_recv().is_err(), "no one else handles it");
    app.shut_down().await.unwrap();
}

/// Lets one message in at a time.
struct OneAtATime;

impl<S> Layer<S> for OneAtATime {
    type Service = ConcurrencyLimit<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ConcurrencyLimit::new(inner, 1)
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_whose_lease_ended_before_its_handler_started_is_left_alone() {
    let broker = Scripted::new();
    let bus = Bus::new(Arc::new(connect(&broker)));
    let (sender, mut reports) = unbounded_channel();
    let users = UsersClient::new(&bus);
    // Their leases begin and end together.
    users.work().await.unwrap();
    users.work().await.unwrap();
    let server = UsersServer::new(Worker(sender)).layer(OneAtATime);
    let app = App::new(bus.clone()).serve(server).start().await.unwrap();
    assert_eq!(next_report(&mut reports).await, "attempt 1 starts");
    broker.script_always(Operation::Extend, Fault::Throttle);
    sleep(2 * LEASE).await;
    broker.clear();
    sleep(8 * LEASE).await;
    let starts = std::iter::from_fn(|| reports.try_recv().ok()).filter(|report| report.ends_with("starts"));
    assert_eq!(starts.collect::<Vec<_>>(), ["attempt 2 starts"; 2], "each is handled again, once");
    app.shut_down().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_app_serves_calls_and_leaves_nothing_temporary_behind() {
    let broker = Scripted::new();
    let (bus, caller) = (Bus::new(Arc::new(connect(&broker))), Bus::new(Arc::new(connect(&broker))));
    let (sender, _reports) = unbounded_channel();
    let app = App::new(bus.clone()).serve(UsersServer::new(Worker(sender))).start().await.unwrap();
    assert_eq!(UsersClient::new(&caller).add(1, 2).await.unwrap(), 3);
    app.shut_down().await.unwrap();
    caller.close().await.unwrap();
    bus.close().await.unwrap();
    sleep(Duration::from_secs(1)).await;
    let left: Vec<_> = broker.queues();
    assert!(left.iter().all(|name| !name.contains("replies") && !name.contains("broadcast")), "{left:?}");
}
