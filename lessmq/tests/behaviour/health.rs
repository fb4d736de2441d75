//! What a process reports of its health.

use lessmq::{App, Bus};

use crate::shop::{ShopEventsClient, ShopService};
use crate::support::on_each_driver;

on_each_driver!(a_process_reports_its_health,);

async fn a_process_reports_its_health(bus: Bus) {
    let health = bus.health();
    assert!(health.is_ready() && health.reason.is_none() && health.refusals.is_empty(), "{health:?}");
    assert_eq!(health.consumers, 0);

    let (server, _probe) = ShopService::server();
    let (subscriber, _subscribed) = ShopService::subscriber();
    let app = App::new(bus.named("shop")).serve(server).publishes::<ShopEventsClient>();
    let app = app.subscribe("shop", subscriber);
    let running = app.start().await.unwrap();
    assert_eq!(bus.health().consumers, 3, "calls, commands and events");
    running.shut_down().await.unwrap();
    assert_eq!(bus.health().consumers, 0);

    bus.close().await.unwrap();
    let closed = bus.health();
    assert!(!closed.is_ready() && closed.since >= health.since, "{closed:?}");
    assert_eq!(closed.reason.as_deref(), Some("closed"));
}
