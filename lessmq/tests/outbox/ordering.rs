//! The order of messages of ordered interfaces.

use std::sync::Arc;
use std::time::Duration;

use lessmq::ErrorKind;
use lessmq::outbox::Database;

use crate::StockEventsClient;
use crate::broker::Broker;
use crate::database::Fresh;
use crate::relaying::{Relay, numbers, outbox};

crate::on_each_database!(ordering:
    a_message_waits_for_earlier_ones_of_its_key,
    messages_without_a_key_keep_their_order,
    messages_of_different_keys_are_published_together,
    a_copy_that_lost_its_lease_does_not_publish_what_another_has_published,
);

/// Stores one message for each key, numbered from `first`, in one transaction.
async fn store<DB: Database>(database: &Fresh<DB>, broker: &Arc<Broker>, first: u32, keys: &[Option<&str>]) {
    let events = StockEventsClient::new(&broker.bus());
    let mut tx = database.begin().await;
    for (number, key) in (first..).zip(keys) {
        let mut event = events.moved(number);
        if let Some(key) = key {
            event = event.partition_key(key);
        }
        event.store(&mut *tx).await.expect("it can be stored");
    }
    tx.commit().await.expect("it can be committed");
}

/// The numbers that the broker stores when message 1 fails once.
async fn stored_after_a_failure<DB: Database>(
    database: &Fresh<DB>,
    broker: &Arc<Broker>,
    keys: &[Option<&str>],
) -> Vec<u32> {
    let outbox = outbox(database).await;
    broker.fail_message(1, ErrorKind::Connection);
    store(database, broker, 0, keys).await;
    let relay = Relay::start(&outbox, broker);
    broker.until(|broker| broker.stored().len() == keys.len()).await;
    relay.stop().await;
    broker.stored()
}

pub async fn a_message_waits_for_earlier_ones_of_its_key<DB: Database>(database: Arc<Fresh<DB>>) {
    let broker = Broker::new();
    let stored = stored_after_a_failure(&database, &broker, &[Some("a"); 5]).await;
    assert_eq!(stored, numbers(5));
}

pub async fn messages_without_a_key_keep_their_order<DB: Database>(database: Arc<Fresh<DB>>) {
    let broker = Broker::new();
    let stored = stored_after_a_failure(&database, &broker, &[None; 5]).await;
    assert_eq!(stored, numbers(5));
}

pub async fn messages_of_different_keys_are_published_together<DB: Database>(database: Arc<Fresh<DB>>) {
    let broker = Broker::new();
    let keys = ["a", "b", "c", "a", "b", "c"].map(Some);
    let stored = stored_after_a_failure(&database, &broker, &keys).await;
    assert_eq!(broker.batches()[0], 3, "one message of each key");
    let position = |number| stored.iter().position(|stored| *stored == number);
    for (earlier, later) in [(0, 3), (1, 4), (2, 5)] {
        assert!(position(earlier) < position(later), "{earlier} before {later} in {stored:?}");
    }
}

pub async fn a_copy_that_lost_its_lease_does_not_publish_what_another_has_published<DB: Database>(
    database: Arc<Fresh<DB>>,
) {
    let lease = Duration::from_millis(300);
    let outbox = outbox(&database).await.lease(lease).poll_every(Duration::from_millis(20));
    let broker = Broker::new();
    broker.delay(lease);
    store(&database, &broker, 0, &[Some("a"); 3]).await;
    let relay = Relay::start(&outbox, &broker);
    broker.until(|broker| broker.is_busy()).await;
    // As after another copy that took the lease, published all messages and gave the lease back.
    database.run("DELETE FROM lessmq_outbox").await;
    database.run("DELETE FROM lessmq_outbox_lease").await;
    broker.delay(Duration::ZERO);
    store(&database, &broker, 3, &[Some("a")]).await;
    broker.until(|broker| broker.stored().contains(&3)).await;
    relay.stop().await;
    let stored = broker.stored();
    assert!(!stored.contains(&1) && !stored.contains(&2), "{stored:?}");
}
