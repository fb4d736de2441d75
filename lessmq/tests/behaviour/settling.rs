//! Settlements and replies that wait for the broker do not hold up other messages. The clock is paused: time passes
//! only while every task waits.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use lessmq::envelope::Envelope;
use lessmq::transport::Source;
use lessmq::{App, Bus, ErrorKind};
use tokio::time::Instant;

use crate::broker::{Record, Script};
use crate::shop::{ShopClient, ShopServer, ShopService};
use crate::support::{commands, next, publish};

/// How many settlements and replies may be in flight; see `server/settlements.rs`.
const MAX_IN_FLIGHT: usize = 1024;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Returns when `record` has `count` settlements and replies in flight.
async fn until_in_flight(record: &Arc<Record>, count: usize) {
    while record.in_flight() < count {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn calls_do_not_wait_for_the_settlements_of_others() {
    let round_trip = Duration::from_millis(100);
    let script = Script { acknowledge: round_trip, reply: round_trip, ..Script::new() };
    let (bus, _) = script.bus();
    let server = ShopServer::new(ShopService::new().0).concurrency(64);
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
    let shop = ShopClient::new(&bus);

    let started = Instant::now();
    let replies = join_all((0..100).map(|_| shop.text(1).into_future())).await;
    assert!(replies.iter().all(|reply| reply.as_ref().unwrap() == "x"));
    let took = started.elapsed();
    assert!(took >= 2 * round_trip, "the driver is slow: {took:?}");
    assert!(took < 6 * round_trip, "100 calls with 64 handlers need 2 rounds of 2 round trips: {took:?}");
    running.shut_down().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_reply_in_flight_does_not_hold_the_slot_of_a_handler() {
    let round_trip = Duration::from_millis(100);
    let (bus, _) = Script { reply: round_trip, ..Script::new() }.bus();
    let (server, mut probe) = ShopService::server();
    let running = App::new(bus.named("shop")).serve(server.concurrency(1)).start().await.unwrap();
    let shop = ShopClient::new(&bus);

    let started = Instant::now();
    let calling = tokio::spawn(join_all((0..10).map(|_| shop.wait().into_future())));
    for _ in 0..10 {
        assert_eq!(next(&mut probe.reports).await, "waiting");
        probe.permits.add_permits(1);
    }
    assert!(calling.await.unwrap().iter().all(|reply| *reply.as_ref().unwrap() == 1), "one at a time");
    assert!(
        started.elapsed() < 2 * round_trip,
        "the replies were sent at the same time: {:?}",
        started.elapsed()
    );
    running.shut_down().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn cancelled_calls_do_not_wait_for_each_other() {
    let round_trip = Duration::from_millis(100);
    let (bus, _) = Script { acknowledge: round_trip, ..Script::new() }.bus();
    let (server, mut probe) = ShopService::server();
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
    let shop = ShopClient::new(&bus);
    let calling = tokio::spawn(join_all((0..10).map(|_| shop.wait().into_future())));
    for _ in 0..10 {
        assert_eq!(next(&mut probe.reports).await, "waiting");
    }

    let started = Instant::now();
    calling.abort();
    while probe.running.load(Ordering::SeqCst) > 0 {
        probe.dropped.notified().await;
    }
    assert!(started.elapsed() < 2 * round_trip, "{:?}", started.elapsed());
    running.shut_down().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn messages_do_not_wait_for_a_rejected_one() {
    let (bus, _) = Script { dead_letter: seconds(30), ..Script::new() }.bus();
    let (server, mut probe) = ShopService::server();
    let app = App::new(bus.named("shop")).serve(server).drain_timeout(seconds(60));
    let running = app.start().await.unwrap();

    let started = Instant::now();
    publish(&bus, commands(), Envelope::new("other", "shop.burn", "{}")).await;
    publish(&bus, commands(), Envelope::new("other", "shop.note", "not JSON")).await;
    for line in ["first", "second"] {
        ShopClient::new(&bus).note(line.to_owned()).await.unwrap();
        assert_eq!(next(&mut probe.reports).await, line);
    }
    assert!(started.elapsed() < seconds(1), "{:?}", started.elapsed());
    running.shut_down().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_waits_for_settlements_in_flight() {
    let (bus, record) = Script { dead_letter: seconds(10), ..Script::new() }.bus();
    let (server, _probe) = ShopService::server();
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
    publish(&bus, commands(), Envelope::new("other", "shop.burn", "{}")).await;
    until_in_flight(&record, 1).await;

    let started = Instant::now();
    running.shut_down().await.unwrap();
    assert_eq!((record.in_flight(), started.elapsed().as_secs()), (0, 10));
    let status = bus.transport().status(&Source::from(commands())).await.unwrap();
    assert_eq!((status.waiting, status.in_flight, status.dead), (Some(0), Some(0), Some(1)));
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_does_not_wait_longer_than_its_timeout_for_settlements() {
    let (bus, record) = Script { dead_letter: seconds(3600), ..Script::new() }.bus();
    let (server, _probe) = ShopService::server();
    let app = App::new(bus.named("shop")).serve(server).drain_timeout(seconds(5));
    let running = app.start().await.unwrap();
    publish(&bus, commands(), Envelope::new("other", "shop.burn", "{}")).await;
    until_in_flight(&record, 1).await;

    let started = Instant::now();
    let error = running.shut_down().await.unwrap_err();
    assert_eq!((error.kind(), started.elapsed().as_secs()), (ErrorKind::Shutdown, 5), "{error:#}");
}

/// A bus whose replies hang, with `count` calls of a fast handler.
async fn with_hanging_replies(count: usize) -> (Bus, Arc<Record>, lessmq::Running) {
    let (bus, record) = Script { reply: seconds(3600), ..Script::new() }.bus();
    let server = ShopServer::new(ShopService::new().0);
    let app = App::new(bus.named("shop")).serve(server).drain_timeout(seconds(5));
    let running = app.start().await.unwrap();
    let shop = ShopClient::new(&bus);
    for _ in 0..count {
        tokio::spawn(shop.text(1).timeout(seconds(60)).into_future());
    }
    (bus, record, running)
}

#[tokio::test(start_paused = true)]
async fn a_limited_number_of_replies_is_in_flight() {
    let (_bus, record, running) = with_hanging_replies(2 * MAX_IN_FLIGHT).await;
    until_in_flight(&record, MAX_IN_FLIGHT).await;
    // The clock moves when nothing else can happen.
    tokio::time::sleep(seconds(1)).await;
    assert_eq!(record.most_in_flight(), MAX_IN_FLIGHT);
    let error = running.shut_down().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Shutdown, "{error:#}");
}

/// The loop that takes deliveries waits when the limit is reached, and a shutdown wakes it.
#[tokio::test(start_paused = true)]
async fn a_shutdown_does_not_wait_for_replies_over_the_limit() {
    let (_bus, record, running) = with_hanging_replies(MAX_IN_FLIGHT + 1).await;
    until_in_flight(&record, MAX_IN_FLIGHT).await;
    let started = Instant::now();
    running.shut_down().await.unwrap_err();
    assert_eq!(started.elapsed().as_secs(), 5, "the drain timeout");
    assert_eq!(record.most_in_flight(), MAX_IN_FLIGHT);
}

/// A call that may be handled twice.
#[lessmq::interface(service = "shop")]
trait Stock {
    /// Hangs the first time, and then returns how often it was called.
    #[idempotent]
    async fn count(&self) -> u32;
}

struct Shelf(AtomicU32);

impl Stock for Shelf {
    async fn count(&self) -> u32 {
        let calls = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        if calls == 1 {
            pending::<()>().await;
        }
        calls
    }
}

/// The first delivery is dropped unsettled, so the broker delivers the call again.
#[tokio::test(start_paused = true)]
async fn an_idempotent_call_whose_lease_ended_is_not_settled() {
    let (bus, record) = Script { lease: Some(seconds(30)), ..Script::new() }.bus();
    let server = StockServer::new(Shelf(AtomicU32::new(0)));
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();

    let calls = StockClient::new(&bus).count().timeout(seconds(45)).await;
    assert_eq!(calls.unwrap(), 2);
    running.shut_down().await.unwrap();
    assert_eq!(record.settled(), 1);
}
