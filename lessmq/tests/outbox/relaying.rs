//! The relay publishes the messages in the table.

use std::sync::Arc;
use std::time::Duration;

use lessmq::ErrorKind;
use lessmq::outbox::{Database, Outbox};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::ShopEventsClient;
use crate::broker::{Broker, TIMEOUT};
use crate::database::Fresh;

crate::on_each_database!(relaying:
    committed_messages_are_published_in_order,
    a_message_that_is_rolled_back_is_not_published,
    a_stored_message_is_published_soon,
    copies_publish_one_at_a_time_and_in_order,
    no_message_is_lost_while_the_broker_is_unreachable,
    another_copy_takes_over_from_one_that_died,
    a_lease_is_renewed_while_a_message_takes_long,
    a_message_that_can_never_be_published_is_set_aside,
    a_stopped_relay_finishes_the_batch_in_flight,
    messages_are_published_in_batches,
    a_message_that_fails_does_not_keep_its_batch_from_being_published,
    the_messages_of_a_batch_are_removed_together,
    several_copies_can_create_the_tables_at_once,
);

pub async fn outbox<DB: Database>(database: &Fresh<DB>) -> Outbox<DB> {
    let outbox = Outbox::new(&database.pool);
    outbox.migrate().await.expect("the tables are created");
    outbox
}

/// A running relay.
pub struct Relay {
    stop: CancellationToken,
    task: JoinHandle<lessmq::Result<()>>,
}

impl Relay {
    pub fn start<DB: Database>(outbox: &Outbox<DB>, broker: &Arc<Broker>) -> Self
    where
        for<'a> &'a mut DB::Connection: Send,
    {
        let stop = CancellationToken::new();
        let task = tokio::spawn(outbox.clone().relay(broker.bus(), stop.clone()));
        Self { stop, task }
    }

    pub async fn stop(self) {
        self.stop.cancel();
        let ended = tokio::time::timeout(TIMEOUT, self.task).await.expect("a relay stops soon");
        ended.expect("it did not panic").expect("it stops without an error");
    }
}

async fn store<DB: Database>(
    database: &Fresh<DB>,
    broker: &Arc<Broker>,
    numbers: impl IntoIterator<Item = u32>,
) {
    let events = ShopEventsClient::new(&broker.bus());
    for number in numbers {
        let mut tx = database.begin().await;
        events.placed(number).store(&mut *tx).await.expect("it can be stored");
        tx.commit().await.expect("it can be committed");
    }
}

/// Stores messages in one transaction.
async fn store_together<DB: Database>(
    database: &Fresh<DB>,
    broker: &Arc<Broker>,
    numbers: impl IntoIterator<Item = u32>,
) {
    let events = ShopEventsClient::new(&broker.bus());
    let mut tx = database.begin().await;
    for number in numbers {
        events.placed(number).store(&mut *tx).await.expect("it can be stored");
    }
    tx.commit().await.expect("it can be committed");
}

pub fn numbers(count: u32) -> Vec<u32> {
    (0..count).collect()
}

pub async fn committed_messages_are_published_in_order<DB: Database>(database: Arc<Fresh<DB>>) {
    let (outbox, broker) = (outbox(&database).await, Broker::new());
    store(&database, &broker, numbers(30)).await;
    assert!(broker.stored().is_empty(), "storing is not publishing");
    let relay = Relay::start(&outbox, &broker);
    broker.until(|broker| broker.stored().len() == 30).await;
    relay.stop().await;
    assert_eq!(broker.stored(), numbers(30));
    let again = Relay::start(&outbox, &broker);
    store(&database, &broker, [30]).await;
    broker.until(|broker| broker.stored().len() > 30).await;
    again.stop().await;
    assert_eq!(broker.stored(), numbers(31), "published messages were deleted");
}

pub async fn a_message_that_is_rolled_back_is_not_published<DB: Database>(database: Arc<Fresh<DB>>) {
    let (outbox, broker) = (outbox(&database).await, Broker::new());
    let relay = Relay::start(&outbox, &broker);
    let events = ShopEventsClient::new(&broker.bus());
    let mut tx = database.begin().await;
    events.placed(1).store(&mut *tx).await.expect("it can be stored");
    tx.rollback().await.expect("it can be rolled back");
    store(&database, &broker, [2]).await;
    broker.until(|broker| !broker.stored().is_empty()).await;
    relay.stop().await;
    assert_eq!(broker.stored(), [2]);
}

pub async fn a_stored_message_is_published_soon<DB: Database>(database: Arc<Fresh<DB>>) {
    let (outbox, broker) = (outbox(&database).await.poll_every(Duration::from_secs(3600)), Broker::new());
    let relay = Relay::start(&outbox, &broker);
    for number in 0..3 {
        store(&database, &broker, [number]).await;
        broker.until(|broker| broker.stored().contains(&number)).await;
    }
    relay.stop().await;
}

pub async fn copies_publish_one_at_a_time_and_in_order<DB: Database>(database: Arc<Fresh<DB>>) {
    let (outbox, broker) = (outbox(&database).await.poll_every(Duration::from_millis(10)), Broker::new());
    broker.delay(Duration::from_millis(1));
    let relays = [(); 3].map(|()| Relay::start(&outbox, &broker));
    store(&database, &broker, numbers(60)).await;
    broker.until(|broker| broker.stored().len() >= 60).await;
    for relay in relays {
        relay.stop().await;
    }
    assert_eq!(broker.stored(), numbers(60));
    assert!(!broker.overlapped(), "two copies published at once");
}

pub async fn no_message_is_lost_while_the_broker_is_unreachable<DB: Database>(database: Arc<Fresh<DB>>) {
    let (outbox, broker) = (outbox(&database).await, Broker::new());
    broker.fail_requests([ErrorKind::Connection, ErrorKind::DeadlineExceeded, ErrorKind::Topology]);
    let relay = Relay::start(&outbox, &broker);
    store(&database, &broker, numbers(5)).await;
    broker.until(|broker| broker.stored().len() == 5).await;
    relay.stop().await;
    assert_eq!(broker.stored(), numbers(5));
}

pub async fn another_copy_takes_over_from_one_that_died<DB: Database>(database: Arc<Fresh<DB>>) {
    let outbox =
        outbox(&database).await.lease(Duration::from_millis(300)).poll_every(Duration::from_millis(20));
    let broker = Broker::new();
    broker.delay(Duration::from_secs(3600));
    store(&database, &broker, numbers(3)).await;
    let dying = Relay::start(&outbox, &broker);
    broker.until(|broker| broker.is_busy()).await;
    dying.task.abort();
    broker.until(|broker| !broker.is_busy()).await;
    broker.delay(Duration::ZERO);
    let other = Relay::start(&outbox, &broker);
    broker.until(|broker| broker.stored().len() == 3).await;
    other.stop().await;
    assert_eq!(broker.stored(), numbers(3));
}

pub async fn a_lease_is_renewed_while_a_message_takes_long<DB: Database>(database: Arc<Fresh<DB>>) {
    let outbox =
        outbox(&database).await.lease(Duration::from_millis(400)).poll_every(Duration::from_millis(20));
    let broker = Broker::new();
    broker.delay(Duration::from_millis(1500));
    store(&database, &broker, numbers(2)).await;
    let relays = [(); 2].map(|()| Relay::start(&outbox, &broker));
    broker.until(|broker| broker.stored().len() == 2).await;
    for relay in relays {
        relay.stop().await;
    }
    assert_eq!(broker.stored(), numbers(2));
    assert!(!broker.overlapped(), "a lease expired while its holder was publishing");
}

pub async fn a_message_that_can_never_be_published_is_set_aside<DB: Database>(database: Arc<Fresh<DB>>) {
    let (outbox, broker) = (outbox(&database).await, Broker::new());
    broker.fail_message(0, ErrorKind::TooLarge);
    store(&database, &broker, numbers(3)).await;
    let relay = Relay::start(&outbox, &broker);
    broker.until(|broker| broker.stored().len() == 2).await;
    // Message 0 is set aside when the relay has stopped.
    relay.stop().await;
    assert_eq!(broker.stored(), [1, 2]);
    database.run("UPDATE lessmq_outbox SET failed = NULL WHERE failed LIKE '%the test wants it%'").await;
    let relay = Relay::start(&outbox, &broker);
    broker.until(|broker| broker.stored().len() == 3).await;
    relay.stop().await;
    assert_eq!(broker.stored(), [1, 2, 0]);
}

pub async fn a_stopped_relay_finishes_the_batch_in_flight<DB: Database>(database: Arc<Fresh<DB>>) {
    const STORED: u32 = 250;
    let (outbox, broker) = (outbox(&database).await, Broker::new());
    broker.delay(Duration::from_millis(200));
    store_together(&database, &broker, numbers(STORED)).await;
    let relay = Relay::start(&outbox, &broker);
    broker.until(|broker| broker.is_busy()).await;
    relay.stop().await;
    let published = broker.stored().len();
    assert!(published > 0 && published < 250, "only the batch in flight was finished: {published}");
    let other = Relay::start(&outbox, &broker);
    broker.until(|broker| broker.stored().len() == 250).await;
    other.stop().await;
    assert_eq!(broker.stored(), numbers(STORED));
}

pub async fn messages_are_published_in_batches<DB: Database>(database: Arc<Fresh<DB>>) {
    let (outbox, broker) = (outbox(&database).await, Broker::new());
    store_together(&database, &broker, numbers(120)).await;
    let relay = Relay::start(&outbox, &broker);
    broker.until(|broker| broker.stored().len() == 120).await;
    relay.stop().await;
    assert_eq!(broker.batches(), [100, 20]);
    assert_eq!(broker.stored(), numbers(120));
}

pub async fn a_message_that_fails_does_not_keep_its_batch_from_being_published<DB: Database>(
    database: Arc<Fresh<DB>>,
) {
    let (outbox, broker) = (outbox(&database).await, Broker::new());
    broker.fail_message(1, ErrorKind::Connection);
    store_together(&database, &broker, numbers(4)).await;
    let relay = Relay::start(&outbox, &broker);
    broker.until(|broker| broker.stored().len() == 4).await;
    relay.stop().await;
    assert_eq!((broker.stored(), broker.batches()), (vec![0, 2, 3, 1], vec![4, 1]));
}

pub async fn the_messages_of_a_batch_are_removed_together<DB: Database>(database: Arc<Fresh<DB>>) {
    let (outbox, broker) = (outbox(&database).await, Broker::new());
    store_together(&database, &broker, numbers(3)).await;
    // The last message cannot be removed.
    database.run("CREATE TABLE kept (position BIGINT REFERENCES lessmq_outbox (position))").await;
    database.run("INSERT INTO kept SELECT MAX(position) FROM lessmq_outbox").await;
    let relay = Relay::start(&outbox, &broker);
    broker.until(|broker| broker.batches().len() == 2).await;
    database.run("DROP TABLE kept").await;
    store(&database, &broker, [3]).await;
    broker.until(|broker| broker.stored().contains(&3)).await;
    relay.stop().await;
    assert_eq!(broker.batches()[..2], [3, 3], "none was removed, so all were published again");
}

pub async fn several_copies_can_create_the_tables_at_once<DB: Database>(database: Arc<Fresh<DB>>) {
    let outbox = Outbox::new(&database.pool);
    let (a, b, c) = tokio::join!(outbox.migrate(), outbox.migrate(), outbox.migrate());
    a.and(b).and(c).expect("the tables are created once");
}
