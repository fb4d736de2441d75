//! Apps that cannot start, whatever the broker does.

use std::time::Duration;

use lessmq::{App, Bus, ErrorKind, External, RetryPolicy};

use crate::broker::Script;
use crate::shop::{LedgerServer, ShopEventsServer, ShopServer, ShopService};

fn shop() -> lessmq::Server {
    ShopServer::new(ShopService::new().0)
}

fn shop_events() -> lessmq::Server {
    ShopEventsServer::new(ShopService::new().0)
}

fn ledger() -> lessmq::Server {
    LedgerServer::new(ShopService::new().0)
}

#[tokio::test]
async fn a_method_cannot_be_served_twice() {
    let error = App::new(Bus::memory()).serve(shop()).serve(shop()).start().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("`shop"), "{error:#}");
}

#[tokio::test]
async fn calls_cannot_be_subscribed_to_and_events_cannot_be_served() {
    let error = App::new(Bus::memory()).subscribe("mail", shop()).start().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let error = App::new(Bus::memory()).serve(shop_events()).start().await.unwrap_err();
    assert!(error.hint().unwrap().contains("subscribe"), "{error:#}");
}

#[tokio::test]
async fn consumer_groups_have_valid_names() {
    let error = App::new(Bus::memory()).subscribe("The Mail", shop_events()).start().await.unwrap_err();
    assert_eq!(error.to_string(), "invalid consumer group name `The Mail`");
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
async fn the_service_name_lessmq_is_reserved() {
    let error = App::new(Bus::memory()).serve(ReservedServer::new(())).start().await.unwrap_err();
    assert!(error.to_string().contains("reserved"), "{error:#}");
}

/// A bus whose driver can do less than the others.
fn limited() -> Bus {
    let mut script = Script::new();
    script.capabilities.ordering = false;
    script.capabilities.external = false;
    script.capabilities.max_delay = Duration::from_secs(15);
    script.bus().0
}

#[tokio::test]
async fn a_missing_capability_is_an_error_at_the_start() {
    let shop = || shop().retry(crate::shop::short_retry());
    let patient = RetryPolicy { max_delay: Duration::from_secs(16), ..RetryPolicy::default() };
    let bound = limited().bind("shop.note", External::queue("notes").unwrap());
    for (app, expected) in [
        (App::new(limited()).serve(ledger()), "ordered interface"),
        (App::new(limited()).serve(shop().retry(patient)), "retry delay of `shop` is 16 s, limit is 15 s"),
        (App::new(bound).serve(shop()), "`shop.note` cannot be bound"),
    ] {
        let error = app.start().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error:#}");
        assert!(error.to_string().contains(expected), "{error:#}");
    }
    assert!(App::new(limited()).serve(shop()).start().await.is_ok());
}

#[tokio::test]
async fn an_ordered_interface_cannot_retry_for_longer_than_a_delivery_can_be_held() {
    let mut script = Script::new();
    script.capabilities.max_hold = Some(Duration::from_secs(3600));
    let (bus, _) = script.bus();
    let endless = RetryPolicy { max_attempts: 1000, ..RetryPolicy::default() };
    let error = App::new(bus.clone()).serve(ledger().retry(endless)).start().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("limit is 3600 s"), "{error:#}");
    assert!(App::new(bus.clone()).serve(shop().retry(endless)).start().await.is_ok());
    assert!(App::new(bus).serve(ledger()).start().await.is_ok());
}

#[tokio::test]
async fn an_external_topic_cannot_be_broadcast() {
    let bus = Bus::memory().bind("shop.shipped", External::topic("shop/out").unwrap());
    let error = App::new(bus).broadcast(shop_events()).start().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("cannot be broadcast"), "{error:#}");
}

#[test]
fn external_names_are_checked() {
    for name in ["", "two\nlines"] {
        let error = External::queue(name).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error:#}");
    }
}
