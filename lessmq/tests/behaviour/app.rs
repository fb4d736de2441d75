//! A process from its start to its end.

use std::sync::Arc;
use std::time::Duration;

use lessmq::envelope::{Envelope, Reply};
use lessmq::transport::{Address, Capabilities, ConsumeOptions, Consumer, Source, Transport};
use lessmq::{App, Bus, Error, ErrorKind, Existing, RetryPolicy};
use tokio::time::Instant;

use crate::shop::{Keeper, ShopClient, ShopEventsServer, ShopServer};
use crate::support::{PATIENCE, next, on_both};

on_both!(
    draining_lets_handlers_end_and_takes_nothing_new,
    a_drain_that_takes_too_long_is_an_error,
    a_process_ends_when_its_bus_is_closed,
);

async fn draining_lets_handlers_end_and_takes_nothing_new(bus: Bus) {
    let (server, mut ends) = Keeper::serve();
    let running = App::new(bus.named("shop")).serve(server.concurrency(1)).start().await.unwrap();
    let shop = ShopClient::new(&bus);
    let call = tokio::spawn(shop.wait().timeout(PATIENCE).into_future());
    assert_eq!(next(&mut ends.told).await, "waiting");
    shop.note("for the next".to_owned()).await.unwrap();

    let draining = tokio::spawn(running.shut_down());
    ends.go_on.add_permits(1);
    assert_eq!(call.await.unwrap().unwrap(), 1, "the handler that ran came to its end");
    draining.await.unwrap().unwrap();

    let (server, mut later) = Keeper::serve();
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
    let first = ends.told.try_recv();
    let handled = if let Ok(line) = first { line } else { next(&mut later.told).await };
    assert_eq!(handled, "for the next", "it was handled once, by one of the two");
    running.shut_down().await.unwrap();
}

#[tokio::test]
async fn a_stop_is_heard_although_messages_are_there() {
    const WAITING: u32 = 20_000;
    let (bus, (server, mut ends)) = (Bus::memory(), Keeper::serve());
    let shop = ShopClient::new(&bus);
    for number in 0..WAITING {
        shop.note(number.to_string()).await.unwrap();
    }
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
    running.shut_down().await.unwrap();
    let handled = std::iter::from_fn(|| ends.told.try_recv().ok()).count();
    assert_eq!(handled, 0, "of {WAITING} messages that were there; all of them came after the stop");
}

async fn a_drain_that_takes_too_long_is_an_error(bus: Bus) {
    let (server, mut ends) = Keeper::serve();
    let app = App::new(bus.named("shop")).serve(server).drain_timeout(Duration::from_millis(50));
    let running = app.start().await.unwrap();
    let call = tokio::spawn(ShopClient::new(&bus).wait().timeout(PATIENCE).into_future());
    assert_eq!(next(&mut ends.told).await, "waiting");
    assert_eq!(running.shut_down().await.unwrap_err().kind(), ErrorKind::DeadlineExceeded);
    ends.go_on.add_permits(1);
    assert!(call.await.unwrap().is_ok(), "the handler was not interrupted all the same");
}

async fn a_process_ends_when_its_bus_is_closed(bus: Bus) {
    let (server, _ends) = Keeper::serve();
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
    bus.close().await.unwrap();
    let error = running.until(std::future::pending()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed, "{error:#}");
}

#[tokio::test]
async fn a_background_task_that_fails_ends_the_process() {
    let app = App::new(Bus::memory())
        .background("clock", |_stop| async { Err(Error::new(ErrorKind::Handler, "it stands still")) });
    let error = app.run_until(std::future::pending()).await.unwrap_err();
    assert_eq!(format!("{error:#}"), "the background task `clock` failed: it stands still");
}

#[tokio::test]
async fn a_background_task_is_told_to_stop() {
    let app = App::new(Bus::memory()).background("clock", |stop| async move {
        stop.cancelled().await;
        Ok(())
    });
    app.run_until(std::future::ready(())).await.unwrap();
    let app = App::new(Bus::memory()).background("clock", |stop| async move {
        stop.cancelled().await;
        Err(Error::new(ErrorKind::Handler, "it broke at the end"))
    });
    let running = app.start().await.unwrap();
    assert!(running.shut_down().await.is_err());
}

#[tokio::test]
async fn one_method_cannot_be_served_twice() {
    let (first, second) = (Keeper::new().0, Keeper::new().0);
    let app = App::new(Bus::memory()).serve(ShopServer::new(first)).serve(ShopServer::new(second));
    let error = app.start().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().starts_with("service `shop` has two methods `"), "{error:#}");
}

#[tokio::test]
async fn calls_are_not_subscribed_to_and_groups_have_names() {
    let app = App::new(Bus::memory()).subscribe("mail", ShopServer::new(Keeper::new().0));
    assert_eq!(app.start().await.unwrap_err().kind(), ErrorKind::Config);
    let app = App::new(Bus::memory()).serve(ShopEventsServer::new(Keeper::new().0));
    let error = app.start().await.unwrap_err();
    assert!(error.hint().unwrap().contains("subscribe"), "{error:#}");
    let app = App::new(Bus::memory()).subscribe("The Mail", ShopEventsServer::new(Keeper::new().0));
    let error = app.start().await.unwrap_err();
    assert!(error.to_string().contains("consumer group `The Mail`"), "{error:#}");
}

#[lessmq::interface(service = "lessmq")]
pub(crate) trait Reserved {
    async fn ping(&self) -> bool;
}

impl Reserved for () {
    async fn ping(&self) -> bool {
        true
    }
}

#[tokio::test]
async fn the_name_of_the_bus_itself_is_taken() {
    let error = App::new(Bus::memory()).serve(ReservedServer::new(())).start().await.unwrap_err();
    assert!(error.to_string().contains("reserved"), "{error:#}");
}

/// A driver that can do less than the others.
#[derive(Debug)]
struct Poor(Arc<dyn Transport>);

#[async_trait::async_trait]
impl Transport for Poor {
    fn capabilities(&self) -> Capabilities {
        let max_retry_delay = Duration::from_secs(15);
        Capabilities { ordered: false, existing: false, max_retry_delay, ..self.0.capabilities() }
    }

    async fn publish(&self, to: &Address, message: Arc<Envelope>) -> lessmq::Result<()> {
        self.0.publish(to, message).await
    }

    async fn request(
        &self,
        to: &Address,
        message: Arc<Envelope>,
        deadline: Instant,
    ) -> lessmq::Result<Reply> {
        self.0.request(to, message, deadline).await
    }

    async fn consume(&self, source: &Source, options: ConsumeOptions) -> lessmq::Result<Consumer> {
        self.0.consume(source, options).await
    }

    async fn close(&self) -> lessmq::Result<()> {
        self.0.close().await
    }
}

#[tokio::test]
async fn what_the_driver_cannot_do_is_an_error_at_the_start() {
    let bus = || Bus::new(Arc::new(Poor(Bus::memory().transport().clone())));
    let server = || ShopServer::new(Keeper::new().0).retry(crate::shop::soon());
    let patient = RetryPolicy { longest: Duration::from_secs(16), ..RetryPolicy::default() };
    let bound = bus().bind("shop.note", Existing::Queue("notes".to_owned()));
    for (app, expected) in [
        (App::new(bus()).serve(server().ordered()), "in order"),
        (App::new(bus()).serve(server().retry(patient)), "wants to wait 16 s"),
        (App::new(bound).serve(server()), "`shop.note` cannot be bound"),
    ] {
        let error = app.start().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error:#}");
        assert!(error.to_string().contains(expected), "{error:#}");
    }
    assert!(App::new(bus()).serve(server()).start().await.is_ok());
}

#[tokio::test]
async fn what_makes_no_sense_together_is_refused() {
    let endless = RetryPolicy { attempts: 1000, ..RetryPolicy::default() };
    let bus = Bus::memory();
    let error =
        App::new(bus.clone()).serve(ShopServer::new(Keeper::new().0).ordered().retry(endless)).start().await;
    assert!(error.unwrap_err().to_string().contains("keep the later ones waiting"));
    let existing = Existing::Exchange { exchange: "shop".to_owned(), routing_key: "out".to_owned() };
    let app = App::new(bus.bind("shop.shipped", existing)).broadcast(ShopEventsServer::new(Keeper::new().0));
    assert!(app.start().await.unwrap_err().to_string().contains("cannot reach every process"));
}
