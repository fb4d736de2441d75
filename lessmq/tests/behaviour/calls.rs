use std::sync::atomic::Ordering;
use std::time::Duration;

use lessmq::{App, Bus, CallError, Error, ErrorKind};

use crate::shop::{Keeper, Order, OrderError, ShopClient};
use crate::support::{PATIENCE, next, on_both};

on_both!(
    a_call_is_answered_by_a_reply_or_by_a_typed_error,
    a_handler_sees_who_calls_with_what,
    a_call_to_nobody_is_unavailable,
    a_call_fails_at_its_deadline_and_its_handler_is_dropped,
    calls_of_a_handler_inherit_its_deadline_and_its_trace,
    a_caller_that_leaves_cancels_the_handler,
    a_panic_of_the_handler_is_told_without_its_text,
    no_more_handlers_run_than_were_asked_for,
    a_layer_stands_before_the_handlers,
);

async fn served(bus: &Bus) -> (ShopClient, lessmq::app::Running, crate::shop::Ends) {
    let (server, ends) = Keeper::serve();
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
    (ShopClient::new(bus), running, ends)
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
    let (shop, running, _ends) = served(&bus).await;
    let order = shop.order("book".to_owned(), Some("wrapped".to_owned())).await.unwrap();
    assert_eq!(order, Order { number: 7, note: Some("wrapped".to_owned()) });
    assert_eq!(shop.order("book".to_owned(), None).await.unwrap().note, None);
    let Err(CallError::Rejected(error)) = shop.order("unicorn".to_owned(), None).await else {
        panic!("refused")
    };
    assert_eq!(error, OrderError::SoldOut { article: "unicorn".to_owned() });
    running.shut_down().await.unwrap();
}

async fn a_handler_sees_who_calls_with_what(bus: Bus) {
    let (_, running, _ends) = served(&bus).await;
    let shop = ShopClient::new(&bus.named("web"));
    let seen = shop.introspect().metadata("tenant", "acme").timeout(PATIENCE).await.unwrap();
    assert_eq!((seen.caller.as_str(), seen.method.as_str()), ("web", "shop.introspect"));
    assert_eq!(seen.tenant.as_deref(), Some("acme"));
    assert_eq!(seen.id.len(), 36);
    assert!(seen.trace_parent.unwrap().starts_with(&format!("00-{}", seen.id.replace('-', ""))));
    let patience = u64::try_from(PATIENCE.as_millis()).unwrap();
    assert!((patience / 2..=patience).contains(&seen.remaining_ms.unwrap()));
    let error = failure(shop.introspect().metadata("Tenant!", "acme").await);
    assert_eq!(error.kind(), ErrorKind::Config);
    running.shut_down().await.unwrap();
}

async fn a_call_to_nobody_is_unavailable(bus: Bus) {
    let shop = ShopClient::new(&bus);
    assert_eq!(kind(shop.order("book".to_owned(), None).await), ErrorKind::Unavailable);
}

async fn a_call_fails_at_its_deadline_and_its_handler_is_dropped(bus: Bus) {
    let (shop, running, mut ends) = served(&bus).await;
    let error = failure(shop.wait().timeout(Duration::from_millis(300)).await);
    assert_eq!(error.kind(), ErrorKind::DeadlineExceeded, "{error:#}");
    assert_eq!(next(&mut ends.told).await, "waiting");
    tokio::time::timeout(PATIENCE, ends.dropped.notified()).await.expect("the handler is dropped");
    running.shut_down().await.unwrap();
}

/// Calls the shop from within a handler of its own.
#[lessmq::interface(service = "front")]
pub(crate) trait Front {
    async fn relay(&self) -> crate::shop::Seen;
}

struct Relay(ShopClient);

impl Front for Relay {
    async fn relay(&self) -> crate::shop::Seen {
        self.0.introspect().timeout(PATIENCE * 2).await.expect("the shop is open")
    }
}

async fn calls_of_a_handler_inherit_its_deadline_and_its_trace(bus: Bus) {
    let (shop, running, _ends) = served(&bus).await;
    let front = App::new(bus.named("front")).serve(FrontServer::new(Relay(shop))).start().await.unwrap();
    let seen = FrontClient::new(&bus).relay().timeout(PATIENCE).await.unwrap();
    assert!(seen.remaining_ms.unwrap() <= u64::try_from(PATIENCE.as_millis()).unwrap());
    let trace = seen.trace_parent.unwrap();
    assert!(!trace.contains(&seen.id.replace('-', "")), "the trace is the caller's: {trace}");
    front.shut_down().await.unwrap();
    running.shut_down().await.unwrap();
}

async fn a_caller_that_leaves_cancels_the_handler(bus: Bus) {
    let (shop, running, mut ends) = served(&bus).await;
    let call = tokio::spawn(async move { shop.wait().timeout(PATIENCE * 2).await });
    assert_eq!(next(&mut ends.told).await, "waiting");
    call.abort();
    tokio::time::timeout(PATIENCE, ends.dropped.notified()).await.expect("the handler is dropped");
    assert_eq!(ends.running.load(Ordering::SeqCst), 0);
    running.shut_down().await.unwrap();
}

async fn a_panic_of_the_handler_is_told_without_its_text(bus: Bus) {
    let (shop, running, _ends) = served(&bus).await;
    let error = failure(shop.panic().await);
    assert_eq!(error.kind(), ErrorKind::Handler);
    assert!(!format!("{error:#}").contains("secret"), "{error:#}");
    assert!(shop.order("book".to_owned(), None).await.is_ok(), "the service goes on");
    running.shut_down().await.unwrap();
}

async fn no_more_handlers_run_than_were_asked_for(bus: Bus) {
    let (keeper, mut ends) = Keeper::new();
    let server = crate::shop::ShopServer::new(keeper).concurrency(2);
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
    let shop = ShopClient::new(&bus);
    let calls: Vec<_> = (0..5).map(|_| tokio::spawn(shop.wait().timeout(PATIENCE).into_future())).collect();
    for _ in 0..2 {
        assert_eq!(next(&mut ends.told).await, "waiting");
    }
    ends.go_on.add_permits(5);
    for call in calls {
        let running_then = call.await.unwrap().unwrap();
        assert!(running_then <= 2, "{running_then} ran at a time");
    }
    running.shut_down().await.unwrap();
}

async fn a_layer_stands_before_the_handlers(bus: Bus) {
    let (server, _ends) = Keeper::serve();
    let refuse = tower::util::MapRequestLayer::new(|request: lessmq::server::Request| {
        assert_ne!(request.context.metadata().get("tenant").map(String::as_str), Some("nobody"));
        request
    });
    let limit = tower::timeout::TimeoutLayer::new(Duration::from_millis(200));
    let running = App::new(bus.named("shop")).serve(server.layer(limit).layer(refuse)).start().await.unwrap();
    let shop = ShopClient::new(&bus);
    assert!(shop.order("book".to_owned(), None).await.is_ok());
    let error = failure(shop.wait().timeout(PATIENCE).await);
    assert_eq!(error.kind(), ErrorKind::Handler, "the layer's timeout: {error:#}");
    running.shut_down().await.unwrap();
}
