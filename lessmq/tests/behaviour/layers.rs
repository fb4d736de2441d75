//! Layers of `tower` around handlers.

use std::task::{Context, Poll};
use std::time::Duration;

use lessmq::server::{MethodService, Request, Response};
use lessmq::transport::Source;
use lessmq::{App, Bus, HandlerResult};
use tower::{BoxError, Layer, Service};

use crate::shop::{ShopClient, ShopService};
use crate::support::{commands, next, on_each_driver};

on_each_driver!(
    a_layer_that_is_not_ready_holds_up_its_interface_only,
    a_shutdown_returns_messages_that_wait_for_a_layer,
);

/// A layer that is never ready.
struct NeverReady;

struct NeverReadyService;

impl Layer<MethodService> for NeverReady {
    type Service = NeverReadyService;

    fn layer(&self, _: MethodService) -> NeverReadyService {
        NeverReadyService
    }
}

impl Service<Request> for NeverReadyService {
    type Response = Response;
    type Error = BoxError;
    type Future = std::future::Pending<Result<Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Pending
    }

    fn call(&mut self, _: Request) -> Self::Future {
        std::future::pending()
    }
}

/// Another interface of the service `shop`.
#[lessmq::interface(service = "shop")]
pub(crate) trait Counter {
    async fn add(&self, a: u32, b: u32) -> u32;

    #[command]
    async fn count(&self) -> HandlerResult;
}

struct Adder(tokio::sync::mpsc::UnboundedSender<()>);

impl Counter for Adder {
    async fn add(&self, a: u32, b: u32) -> u32 {
        a + b
    }

    async fn count(&self) -> HandlerResult {
        Ok(self.0.send(())?)
    }
}

/// How many of twelve commands a server takes from its queue before it settles one.
async fn taken(change: impl FnOnce(lessmq::Server) -> lessmq::Server) -> Option<u64> {
    let bus = Bus::memory();
    let (server, _probe) = ShopService::server();
    let shop = ShopClient::new(&bus);
    for number in 0..12 {
        shop.note(number.to_string()).await.unwrap();
    }
    let server = change(server.concurrency(2)).layer(NeverReady);
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
    // The clock moves when no task can do anything more.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let status = bus.transport().status(&Source::from(commands())).await.unwrap();
    running.shut_down().await.unwrap();
    status.in_flight
}

#[tokio::test(start_paused = true)]
async fn more_commands_are_taken_than_handlers_run() {
    assert_eq!(taken(|server| server).await, Some(8), "four times the concurrency");
    assert_eq!(taken(|server| server.prefetch(3)).await, Some(3));
}

async fn a_layer_that_is_not_ready_holds_up_its_interface_only(bus: Bus) {
    let (server, mut probe) = ShopService::server();
    let (counted, mut counts) = tokio::sync::mpsc::unbounded_channel();
    let app = App::new(bus.named("shop")).serve(server.layer(NeverReady));
    let app = app.serve(CounterServer::new(Adder(counted)));
    let running = app.start().await.unwrap();
    let (shop, counter) = (ShopClient::new(&bus), CounterClient::new(&bus));

    let waiting = tokio::spawn(shop.text(1).timeout(Duration::from_secs(60)).into_future());
    shop.note("not ready".to_owned()).await.unwrap();
    for number in 0..10 {
        assert_eq!(counter.add(number, 1).await.unwrap(), number + 1);
        counter.count().await.unwrap();
        next(&mut counts).await;
    }
    assert!(!waiting.is_finished());
    waiting.abort();
    running.shut_down().await.unwrap();
    assert!(probe.reports.try_recv().is_err());
}

async fn a_shutdown_returns_messages_that_wait_for_a_layer(bus: Bus) {
    let (server, _probe) = ShopService::server();
    let app = App::new(bus.named("shop")).serve(server.layer(NeverReady));
    let running = app.start().await.unwrap();
    ShopClient::new(&bus).note("waiting".to_owned()).await.unwrap();
    running.shut_down().await.unwrap();

    let (server, mut probe) = ShopService::server();
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
    assert_eq!(next(&mut probe.reports).await, "waiting");
    running.shut_down().await.unwrap();
}
