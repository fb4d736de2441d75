//! A process from its start to its end.

use std::time::Duration;

use lessmq::{App, Bus, Error, ErrorKind};

use crate::shop::{ShopClient, ShopService};
use crate::support::{TIMEOUT, next, on_each_driver};

on_each_driver!(
    a_shutdown_lets_handlers_finish_and_takes_no_more_messages,
    a_shutdown_that_times_out_is_an_error,
    a_process_ends_when_its_bus_is_closed,
);

async fn a_shutdown_lets_handlers_finish_and_takes_no_more_messages(bus: Bus) {
    let (server, mut probe) = ShopService::server();
    let running = App::new(bus.named("shop")).serve(server.concurrency(1)).start().await.unwrap();
    let shop = ShopClient::new(&bus);
    let call = tokio::spawn(shop.wait().timeout(TIMEOUT).into_future());
    assert_eq!(next(&mut probe.reports).await, "waiting");
    shop.note("for the next".to_owned()).await.unwrap();

    let draining = tokio::spawn(running.shut_down());
    probe.permits.add_permits(1);
    assert_eq!(call.await.unwrap().unwrap(), 1, "the running handler finished");
    draining.await.unwrap().unwrap();

    let (server, mut later) = ShopService::server();
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
    let first = probe.reports.try_recv();
    let handled = if let Ok(line) = first { line } else { next(&mut later.reports).await };
    assert_eq!(handled, "for the next", "one of the two handled it, once");
    running.shut_down().await.unwrap();
}

#[tokio::test]
async fn a_shutdown_goes_before_messages_that_are_waiting() {
    const WAITING: u32 = 20_000;
    let (bus, (server, mut probe)) = (Bus::memory(), ShopService::server());
    let shop = ShopClient::new(&bus);
    for number in 0..WAITING {
        shop.note(number.to_string()).await.unwrap();
    }
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
    running.shut_down().await.unwrap();
    let handled = std::iter::from_fn(|| probe.reports.try_recv().ok()).count();
    assert_eq!(handled, 0, "of {WAITING} waiting messages, after the shutdown had started");
}

async fn a_shutdown_that_times_out_is_an_error(bus: Bus) {
    let (server, mut probe) = ShopService::server();
    let app = App::new(bus.named("shop")).serve(server).drain_timeout(Duration::from_millis(50));
    let running = app.start().await.unwrap();
    let call = tokio::spawn(ShopClient::new(&bus).wait().timeout(TIMEOUT).into_future());
    assert_eq!(next(&mut probe.reports).await, "waiting");
    let error = running.shut_down().await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Shutdown, false), "{error:#}");
    probe.permits.add_permits(1);
    assert!(call.await.unwrap().is_ok(), "the handler was not interrupted");
}

async fn a_process_ends_when_its_bus_is_closed(bus: Bus) {
    let (server, _probe) = ShopService::server();
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
    bus.close().await.unwrap();
    let error = running.until(std::future::pending()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed, "{error:#}");
}

#[tokio::test]
async fn a_background_task_that_fails_ends_the_process() {
    let app = App::new(Bus::memory())
        .background("clock", |_stop| async { Err(Error::new(ErrorKind::Handler, "the battery is empty")) });
    let error = app.run_until(std::future::pending()).await.unwrap_err();
    assert_eq!(format!("{error:#}"), "background task `clock` failed: the battery is empty");
}

#[tokio::test]
async fn a_background_task_that_panics_ends_the_process() {
    let app = App::new(Bus::memory()).background("clock", |_stop| async { panic!("the battery is empty") });
    let error = app.run_until(std::future::pending()).await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Internal, false), "{error:#}");
}

#[tokio::test]
async fn a_shutdown_stops_background_tasks() {
    let app = App::new(Bus::memory()).background("clock", |stop| async move {
        stop.cancelled().await;
        Ok(())
    });
    app.run_until(std::future::ready(())).await.unwrap();
    let app = App::new(Bus::memory()).background("clock", |stop| async move {
        stop.cancelled().await;
        Err(Error::new(ErrorKind::Handler, "it failed at the end"))
    });
    let running = app.start().await.unwrap();
    assert!(running.shut_down().await.is_err());
}
