//! Asking for contracts and for processes.

use std::time::Duration;

use lessmq::envelope::Frame;
use lessmq::transport::memory::Memory;
use lessmq::transport::{ConsumeOptions, Settlement};
use lessmq::{App, Bus, ErrorKind, WhenAbsent};
use serde_json::json;
use tokio::time::Instant;

use crate::broker::Script;
use crate::shop::{ShopClient, ShopEventsClient, ShopService};
use crate::support::{TIMEOUT, calls, on_each_driver};

on_each_driver!(
    a_service_that_only_publishes_events_is_described,
    interfaces_of_one_service_are_required_together,
);

async fn a_service_that_only_publishes_events_is_described(bus: Bus) {
    let app = App::new(bus.named("shop")).publishes::<ShopEventsClient>();
    let running = app.start().await.unwrap();
    let description = bus.describe("shop", TIMEOUT).await.unwrap();
    assert_eq!(description.instance.id, running.instance().id);
    assert!(description.contract.event("shipped").is_some());
    assert!(description.contract.call("order").is_none());
    running.shut_down().await.unwrap();
}

async fn interfaces_of_one_service_are_required_together(bus: Bus) {
    let absent = WhenAbsent::Ignore;
    let web = App::new(bus.named("web"))
        .requires_or::<ShopClient>(absent)
        .requires_or::<ShopEventsClient>(absent)
        .requires_or::<ShopClient>(absent);
    let running = web.start().await.unwrap();
    let requires = &running.instance().requires;
    assert_eq!(requires.len(), 1, "{requires:?}");
    assert!(["order", "shipped"].iter().all(|method| requires[0].methods.contains_key(*method)));
    running.shut_down().await.unwrap();
}

/// Provides the service `shop` by hand, and answers every call with `reply`.
async fn answer_with(bus: &Bus, reply: &[u8]) {
    let reply = reply.to_owned();
    let mut consumer = bus.transport().consume(&calls().into(), ConsumeOptions::new(1)).await.unwrap();
    tokio::spawn(async move {
        while let Some(delivery) = consumer.next().await {
            let mut delivery = delivery.unwrap();
            let responder = delivery.responder.take().unwrap();
            delivery.settle(Settlement::Acknowledge).await.unwrap();
            responder.send(Frame::bare(reply.clone())).await.unwrap();
        }
    });
}

/// Replies that are not a contract that this version can read.
fn unreadable_replies() -> Vec<Vec<u8>> {
    let instance = json!({ "id": "1", "name": "shop", "provides": [], "requires": [] });
    let newer = json!({ "lessmq": "99", "service": "shop", "version": "1.0.0", "verbs": {} });
    let broken = json!({ "lessmq": "2", "service": "shop", "version": "one", "methods": {} });
    let reply = |contract| json!({ "instance": instance, "contract": contract }).to_string().into_bytes();
    vec![b"garbage".to_vec(), b"".to_vec(), b"[]".to_vec(), reply(newer), reply(broken)]
}

#[tokio::test(start_paused = true)]
async fn an_unreadable_contract_is_an_error_at_once() {
    for reply in unreadable_replies() {
        let bus = Bus::memory();
        answer_with(&bus, &reply).await;
        let started = Instant::now();
        let error = bus.describe("shop", Duration::from_secs(30)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{error:#}");
        assert!(error.to_string().contains("cannot read the contract"), "{error:#}");
        assert!(started.elapsed() < Duration::from_millis(100), "{:?}", started.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_required_provider_with_an_unreadable_contract_stops_the_start() {
    for reply in unreadable_replies() {
        let bus = Bus::memory();
        answer_with(&bus, &reply).await;
        let started = Instant::now();
        let error = App::new(bus.named("web")).requires::<ShopClient>().start().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{error:#}");
        assert!(error.hint().unwrap().contains("newer version"), "{error:#}");
        assert!(started.elapsed() < Duration::from_millis(100), "{:?}", started.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn an_unreadable_contract_names_its_format() {
    let bus = Bus::memory();
    answer_with(&bus, &unreadable_replies()[3]).await;
    let error = bus.describe("shop", Duration::from_secs(30)).await.unwrap_err();
    assert!(format!("{error:#}").contains("contract format `99`"), "{error:#}");
}

#[tokio::test(start_paused = true)]
async fn requests_for_contracts_create_no_queues() {
    let broker = Memory::new();
    let (server, _probe) = ShopService::server();
    let provider = App::new(Bus::new(std::sync::Arc::new(broker.connect())).named("shop")).serve(server);
    let running = provider.start().await.unwrap();

    let (bus, record) = Script::new().bus_over(broker.connect());
    for _ in 0..3 {
        bus.describe("shop", TIMEOUT).await.unwrap();
        bus.describe("nobody", Duration::from_secs(1)).await.unwrap_err();
    }
    assert_eq!(record.consumers(), 0);

    for _ in 0..10 {
        let instances = bus.instances(Duration::from_secs(1)).await.unwrap();
        assert_eq!(instances.len(), 1);
    }
    assert_eq!(record.consumers(), 1, "one control subscription");
    bus.named("copy").with_call_timeout(TIMEOUT).instances(Duration::from_secs(1)).await.unwrap();
    assert_eq!(record.consumers(), 1, "copies of a bus share it");
    running.shut_down().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_process_has_one_control_subscription() {
    let (bus, record) = Script::new().bus();
    let (server, _probe) = ShopService::server();
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
    let instances = bus.instances(Duration::from_secs(1)).await.unwrap();
    assert_eq!(instances.len(), 1);
    assert_eq!(record.consumers_of("lessmq.broadcast"), 1);
    assert_eq!(record.consumers(), 3, "with the queues of calls and of commands");
    running.shut_down().await.unwrap();
}

#[tokio::test]
async fn a_bus_lists_instances_after_its_app_has_stopped() {
    let bus = Bus::memory();
    App::new(bus.named("first")).start().await.unwrap().shut_down().await.unwrap();
    let second = App::new(bus.named("second")).start().await.unwrap();
    let instances = bus.instances(Duration::from_millis(200)).await.unwrap();
    let names: Vec<_> = instances.iter().map(|instance| instance.name.as_str()).collect();
    assert_eq!(names, ["second"]);
    second.shut_down().await.unwrap();
}
