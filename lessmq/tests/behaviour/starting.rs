//! A process that waits for what it requires.

use std::time::Duration;

use lessmq::{App, Bus, ErrorKind, WhenAbsent};

use crate::broker::Script;
use crate::shop::{LedgerClient, LedgerServer, Probe, ShopClient, ShopService};
use crate::support::{TIMEOUT, next, on_each_driver};

on_each_driver!(
    a_waiting_process_answers_what_it_provides,
    a_waiting_process_leaves_calls_to_other_copies,
    a_process_that_does_not_start_returns_its_calls,
);

/// A copy of the shop that waits for the ledger.
fn waiting_shop(bus: &Bus, patience: Duration) -> (App, Probe) {
    let (server, probe) = ShopService::server();
    let app = App::new(bus.named("shop")).requires_or::<LedgerClient>(WhenAbsent::Wait(patience));
    (app.serve(server), probe)
}

async fn start_ledger(bus: &Bus) -> lessmq::Running {
    App::new(bus.named("ledger")).serve(LedgerServer::new(ShopService::new().0)).start().await.unwrap()
}

async fn a_waiting_process_answers_what_it_provides(bus: Bus) {
    let (app, mut probe) = waiting_shop(&bus, TIMEOUT * 2);
    let starting = tokio::spawn(app.start());
    let description = bus.describe("shop", TIMEOUT).await.unwrap();
    assert!(description.contract.call("order").is_some());
    ShopClient::new(&bus).note("later".to_owned()).await.unwrap();
    assert!(!starting.is_finished());
    assert!(probe.reports.try_recv().is_err(), "it handles nothing yet");

    let ledger = start_ledger(&bus).await;
    let shop = starting.await.unwrap().unwrap();
    assert_eq!(next(&mut probe.reports).await, "later");
    assert!(ShopClient::new(&bus).text(1).await.is_ok());
    shop.shut_down().await.unwrap();
    ledger.shut_down().await.unwrap();
}

async fn a_waiting_process_leaves_calls_to_other_copies(bus: Bus) {
    let (app, _probe) = waiting_shop(&bus, TIMEOUT * 2);
    let starting = tokio::spawn(app.start());
    bus.describe("shop", TIMEOUT).await.unwrap();
    let (server, _probe) = ShopService::server();
    let copy = App::new(bus.named("shop")).serve(server).start().await.unwrap();

    let shop = ShopClient::new(&bus);
    let calls = futures_util::future::join_all((0..20).map(|_| shop.text(1).timeout(TIMEOUT).into_future()));
    for reply in calls.await {
        assert_eq!(reply.unwrap(), "x");
    }
    assert!(!starting.is_finished());

    let ledger = start_ledger(&bus).await;
    starting.await.unwrap().unwrap().shut_down().await.unwrap();
    copy.shut_down().await.unwrap();
    ledger.shut_down().await.unwrap();
}

async fn a_process_that_does_not_start_returns_its_calls(bus: Bus) {
    let (app, _probe) = waiting_shop(&bus, Duration::from_millis(600));
    let starting = tokio::spawn(app.start());
    bus.describe("shop", TIMEOUT).await.unwrap();
    let call = tokio::spawn(ShopClient::new(&bus).text(1).timeout(TIMEOUT).into_future());
    assert_eq!(starting.await.unwrap().unwrap_err().kind(), ErrorKind::Unavailable);

    let (server, _probe) = ShopService::server();
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
    assert_eq!(call.await.unwrap().unwrap(), "x");
    running.shut_down().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_waiting_process_consumes_nothing_but_calls() {
    let (bus, record) = Script::new().bus();
    let (app, _probe) = waiting_shop(&bus, Duration::from_secs(30));
    let error = app.start().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!((record.consumers_of("shop.calls"), record.consumers_of("shop.commands")), (1, 0));
}
