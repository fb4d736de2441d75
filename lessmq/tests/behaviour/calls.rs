//! Calls.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use lessmq::envelope::Envelope;
use lessmq::transport::Queue;
use lessmq::{App, Bus, CallError, Error, ErrorKind, Running};
use tokio::time::Instant;

use crate::shop::{Order, OrderError, Probe, ShopClient, ShopServer, ShopService};
use crate::support::{TIMEOUT, in_time, next, on_each_driver, service};

on_each_driver!(
    a_call_is_answered_by_a_reply_or_by_a_typed_error,
    a_handler_sees_its_caller_and_the_metadata,
    a_call_without_a_provider_is_unavailable,
    a_call_fails_at_its_deadline_and_its_handler_is_dropped,
    calls_of_a_handler_inherit_its_deadline_and_its_trace,
    without_a_span_a_handler_passes_on_the_trace_of_its_caller,
    a_caller_that_leaves_cancels_the_handler,
    a_panic_of_the_handler_is_an_error_without_its_text,
    no_more_handlers_run_than_allowed,
    a_layer_wraps_the_handlers,
    a_call_that_expires_before_a_slot_is_free_is_not_started,
    a_call_that_is_cancelled_before_a_slot_is_free_is_not_started,
    a_panic_of_a_layer_is_contained,
    a_call_can_have_an_unlimited_timeout,
);

async fn served(bus: &Bus) -> (ShopClient, Running, Probe) {
    let (server, probe) = ShopService::server();
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
    (ShopClient::new(bus), running, probe)
}

fn kind<T: std::fmt::Debug, E: std::fmt::Debug>(result: Result<T, CallError<E>>) -> ErrorKind {
    failure(result).kind()
}

fn failure<T: std::fmt::Debug, E: std::fmt::Debug>(result: Result<T, CallError<E>>) -> Error {
    match result {
        Err(CallError::Failed(error)) => error,
        other => panic!("a failure was expected: {other:?}"),
    }
}

async fn a_call_is_answered_by_a_reply_or_by_a_typed_error(bus: Bus) {
    let (shop, running, _probe) = served(&bus).await;
    let order = shop.order("book".to_owned(), Some("wrapped".to_owned())).await.unwrap();
    assert_eq!(order, Order { number: 7, note: Some("wrapped".to_owned()) });
    assert_eq!(shop.order("book".to_owned(), None).await.unwrap().note, None);
    let Err(CallError::Rejected(error)) = shop.order("unicorn".to_owned(), None).await else {
        panic!("it is rejected")
    };
    assert_eq!(error, OrderError::SoldOut { article: "unicorn".to_owned() });
    running.shut_down().await.unwrap();
}

async fn a_handler_sees_its_caller_and_the_metadata(bus: Bus) {
    let (_, running, _probe) = served(&bus).await;
    let shop = ShopClient::new(&bus.named("web"));
    let seen = shop.introspect().metadata("tenant", "acme").timeout(TIMEOUT).await.unwrap();
    assert_eq!((seen.caller.as_str(), seen.method.as_str()), ("web", "shop.introspect"));
    assert_eq!(seen.tenant.as_deref(), Some("acme"));
    assert_eq!(seen.id.len(), 36);
    assert!(seen.trace_parent.unwrap().starts_with(&format!("00-{}", seen.id.replace('-', ""))));
    let patience = u64::try_from(TIMEOUT.as_millis()).unwrap();
    assert!((patience / 2..=patience).contains(&seen.remaining_ms.unwrap()));
    let error = failure(shop.introspect().metadata("Tenant!", "acme").await);
    assert_eq!(error.kind(), ErrorKind::Config);
    running.shut_down().await.unwrap();
}

async fn a_call_without_a_provider_is_unavailable(bus: Bus) {
    let shop = ShopClient::new(&bus);
    assert_eq!(kind(shop.order("book".to_owned(), None).await), ErrorKind::Unavailable);
}

async fn a_call_fails_at_its_deadline_and_its_handler_is_dropped(bus: Bus) {
    let (shop, running, mut probe) = served(&bus).await;
    let error = failure(shop.wait().timeout(Duration::from_secs(3)).await);
    assert_eq!(error.kind(), ErrorKind::DeadlineExceeded, "{error:#}");
    assert_eq!(next(&mut probe.reports).await, "waiting");
    tokio::time::timeout(TIMEOUT, probe.dropped.notified()).await.expect("the handler is dropped");
    running.shut_down().await.unwrap();
}

/// A service whose handler calls the shop.
#[lessmq::interface(service = "front")]
pub(crate) trait Front {
    async fn relay(&self) -> crate::shop::Seen;
}

struct Relay(ShopClient);

impl Front for Relay {
    async fn relay(&self) -> crate::shop::Seen {
        self.0.introspect().timeout(TIMEOUT * 2).await.expect("the shop is open")
    }
}

async fn calls_of_a_handler_inherit_its_deadline_and_its_trace(bus: Bus) {
    let (shop, running, _probe) = served(&bus).await;
    let front = App::new(bus.named("front")).serve(FrontServer::new(Relay(shop))).start().await.unwrap();
    let seen = FrontClient::new(&bus).relay().timeout(TIMEOUT).await.unwrap();
    assert!(seen.remaining_ms.unwrap() <= u64::try_from(TIMEOUT.as_millis()).unwrap());
    let trace = seen.trace_parent.unwrap();
    assert!(!trace.contains(&seen.id.replace('-', "")), "the trace is the caller's: {trace}");
    front.shut_down().await.unwrap();
    running.shut_down().await.unwrap();
}

async fn without_a_span_a_handler_passes_on_the_trace_of_its_caller(bus: Bus) {
    let (shop, running, _probe) = served(&bus).await;
    let front = App::new(bus.named("front")).serve(FrontServer::new(Relay(shop))).start().await.unwrap();
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let mut call = Envelope::new("web", "front.relay", "{}");
    call.trace_parent = Some(parent.parse().unwrap());
    let calls = Queue::Calls { service: service("front") };
    let reply = bus.transport().call(&calls, Arc::new(call), Instant::now() + TIMEOUT).only().await.unwrap();
    let seen: crate::shop::Seen = serde_json::from_slice(&reply.data).unwrap();
    assert_eq!(seen.trace_parent.as_deref(), Some(parent), "no one records another span");
    front.shut_down().await.unwrap();
    running.shut_down().await.unwrap();
}

async fn a_caller_that_leaves_cancels_the_handler(bus: Bus) {
    let (shop, running, mut probe) = served(&bus).await;
    let call = tokio::spawn(async move { shop.wait().timeout(TIMEOUT * 2).await });
    assert_eq!(next(&mut probe.reports).await, "waiting");
    call.abort();
    tokio::time::timeout(TIMEOUT, probe.dropped.notified()).await.expect("the handler is dropped");
    assert_eq!(probe.running.load(Ordering::SeqCst), 0);
    running.shut_down().await.unwrap();
}

async fn a_panic_of_the_handler_is_an_error_without_its_text(bus: Bus) {
    let (shop, running, _probe) = served(&bus).await;
    let error = failure(shop.panic().await);
    assert_eq!(error.kind(), ErrorKind::Handler);
    assert!(!format!("{error:#}").contains("secret"), "{error:#}");
    assert!(shop.order("book".to_owned(), None).await.is_ok(), "the service continues");
    running.shut_down().await.unwrap();
}

async fn no_more_handlers_run_than_allowed(bus: Bus) {
    let (keeper, mut probe) = ShopService::new();
    let server = ShopServer::new(keeper).concurrency(2);
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
    let shop = ShopClient::new(&bus);
    let calls: Vec<_> = (0..5).map(|_| tokio::spawn(shop.wait().timeout(TIMEOUT).into_future())).collect();
    for _ in 0..2 {
        assert_eq!(next(&mut probe.reports).await, "waiting");
    }
    probe.permits.add_permits(5);
    for call in calls {
        let running_then = call.await.unwrap().unwrap();
        assert!(running_then <= 2, "{running_then} ran at a time");
    }
    running.shut_down().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn in_one_process_two_consumers_share_the_calls_and_the_concurrency() {
    for (concurrency, consumers) in [(1, 1), (2, 2), (3, 2), (64, 2)] {
        let bus = Bus::memory();
        let server = ShopService::server().0.concurrency(concurrency);
        let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
        assert_eq!(bus.health().consumers, consumers + 1, "of calls, and one of commands");
        running.shut_down().await.unwrap();
    }
    in_time(no_more_handlers_run_than_allowed(Bus::memory())).await;
}

async fn a_layer_wraps_the_handlers(bus: Bus) {
    let (server, _probe) = ShopService::server();
    let check = tower::util::MapRequestLayer::new(|request: lessmq::server::Request| {
        assert_ne!(request.context.metadata().get("tenant").map(String::as_str), Some("evil"));
        request
    });
    let limit = tower::timeout::TimeoutLayer::new(Duration::from_millis(200));
    let running = App::new(bus.named("shop")).serve(server.layer(limit).layer(check)).start().await.unwrap();
    let shop = ShopClient::new(&bus);
    assert!(shop.order("book".to_owned(), None).await.is_ok());
    let error = failure(shop.wait().timeout(TIMEOUT).await);
    assert_eq!(error.kind(), ErrorKind::Handler, "the layer's timeout: {error:#}");
    running.shut_down().await.unwrap();
}

async fn with_one_slot(bus: &Bus) -> (ShopClient, Running, Probe) {
    let (keeper, probe) = ShopService::new();
    let server = ShopServer::new(keeper).concurrency(1);
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
    (ShopClient::new(bus), running, probe)
}

async fn a_call_that_expires_before_a_slot_is_free_is_not_started(bus: Bus) {
    let (shop, running, mut probe) = with_one_slot(&bus).await;
    let first = tokio::spawn(shop.wait().timeout(TIMEOUT).into_future());
    assert_eq!(next(&mut probe.reports).await, "waiting");
    let late = failure(shop.wait().timeout(Duration::from_millis(100)).await);
    assert_eq!(late.kind(), ErrorKind::DeadlineExceeded, "{late:#}");
    assert!(late.to_string().contains("`shop.wait`"), "{late:#}");
    probe.permits.add_permits(2);
    assert!(first.await.unwrap().is_ok());
    // Calls are handled one after another, so the late one would have reported by now.
    assert!(shop.order("book".to_owned(), None).await.is_ok());
    assert!(probe.reports.try_recv().is_err(), "it was not started");
    running.shut_down().await.unwrap();
}

async fn a_call_that_is_cancelled_before_a_slot_is_free_is_not_started(bus: Bus) {
    let (shop, running, mut probe) = with_one_slot(&bus).await;
    let first = tokio::spawn(shop.wait().timeout(TIMEOUT).into_future());
    assert_eq!(next(&mut probe.reports).await, "waiting");
    let second = tokio::time::timeout(Duration::from_millis(200), shop.wait().timeout(TIMEOUT * 2)).await;
    assert!(second.is_err(), "it waited for the slot");
    // The answer comes after the cancellation: a process handles its control messages one after another.
    bus.instances(Duration::from_secs(1)).await.unwrap();
    probe.permits.add_permits(2);
    assert!(first.await.unwrap().is_ok());
    assert!(shop.order("book".to_owned(), None).await.is_ok());
    assert!(probe.reports.try_recv().is_err(), "it was not started");
    running.shut_down().await.unwrap();
}

async fn a_panic_of_a_layer_is_contained(bus: Bus) {
    let (server, _probe) = ShopService::server();
    let panics = tower::util::MapRequestLayer::new(|request: lessmq::server::Request| {
        assert_ne!(request.context.caller(), "mallory");
        request
    });
    let running = App::new(bus.named("shop")).serve(server.layer(panics)).start().await.unwrap();
    let mallory = ShopClient::new(&bus.named("mallory"));
    assert_eq!(kind(mallory.order("book".to_owned(), None).await), ErrorKind::Handler);
    assert!(ShopClient::new(&bus).order("book".to_owned(), None).await.is_ok(), "the service continues");
    running.shut_down().await.unwrap();
}

async fn a_call_can_have_an_unlimited_timeout(bus: Bus) {
    let (shop, running, _probe) = served(&bus).await;
    assert!(shop.order("book".to_owned(), None).timeout(Duration::MAX).await.is_ok());
    running.shut_down().await.unwrap();
}
