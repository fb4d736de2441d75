//! Messages that were handled before.

use std::sync::Arc;
use std::time::Duration;

use lessmq::outbox::{Database, Inbox};
use lessmq::{App, Bus, Context, HandlerResult};
use tokio::sync::mpsc;

use crate::broker::TIMEOUT;
use crate::database::Fresh;
use crate::{ShopEvents, ShopEventsClient, ShopEventsServer};

crate::on_each_database!(inbox:
    a_message_is_new_once,
    a_message_whose_handling_was_rolled_back_is_new_again,
    messages_are_forgotten_by_age,
);

/// Sends the contexts of its messages to the test.
struct Contexts(mpsc::UnboundedSender<Context>);

impl ShopEvents for Contexts {
    async fn placed(&self, _: u32) -> HandlerResult {
        let context = Context::current().expect("a handler has one");
        Ok(self.0.send(context)?)
    }
}

/// The contexts of two messages.
async fn contexts() -> (Context, Context) {
    let (bus, (sender, mut receiver)) = (Bus::memory(), mpsc::unbounded_channel());
    let running =
        App::new(bus.clone()).subscribe("test", ShopEventsServer::new(Contexts(sender))).start().await;
    let _until_handled = running.expect("the bus is open");
    let events = ShopEventsClient::new(&bus);
    let mut next = async |number| {
        events.placed(number).await.expect("the bus is open");
        let received = tokio::time::timeout(TIMEOUT, receiver.recv()).await;
        received.expect("the event arrives in time").expect("the handler is running")
    };
    (next(1).await, next(2).await)
}

async fn prepare<DB: Database>(database: &Fresh<DB>) -> Inbox {
    let mut connection = database.pool.acquire().await.expect("the database is available");
    Inbox::migrate(&mut *connection).await.expect("the table is created");
    Inbox::new("mailer")
}

/// Remembers a message and commits.
async fn remember<DB: Database>(database: &Fresh<DB>, inbox: &Inbox, context: &Context) -> bool {
    let mut tx = database.begin().await;
    let new = inbox.remember(context, &mut *tx).await.expect("it can be remembered");
    tx.commit().await.expect("it can be committed");
    new
}

pub async fn a_message_is_new_once<DB: Database>(database: Arc<Fresh<DB>>) {
    let (inbox, (first, second)) = (prepare(&database).await, contexts().await);
    assert!(remember(&database, &inbox, &first).await);
    assert!(!remember(&database, &inbox, &first).await);
    assert!(remember(&database, &inbox, &second).await);
    assert!(remember(&database, &Inbox::new("ledger"), &first).await, "each consumer has a separate inbox");
}

pub async fn a_message_whose_handling_was_rolled_back_is_new_again<DB: Database>(database: Arc<Fresh<DB>>) {
    let (inbox, (first, _)) = (prepare(&database).await, contexts().await);
    let mut tx = database.begin().await;
    assert!(inbox.remember(&first, &mut *tx).await.expect("it can be remembered"));
    tx.rollback().await.expect("it can be rolled back");
    assert!(remember(&database, &inbox, &first).await);
}

pub async fn messages_are_forgotten_by_age<DB: Database>(database: Arc<Fresh<DB>>) {
    let (inbox, (first, second)) = (prepare(&database).await, contexts().await);
    remember(&database, &inbox, &first).await;
    database.run("UPDATE lessmq_inbox SET handled_at = handled_at - 7200000").await;
    remember(&database, &inbox, &second).await;
    let mut connection = database.pool.acquire().await.expect("the database is available");
    let forgotten = inbox.forget(Duration::from_secs(3600), &mut *connection).await;
    assert_eq!(forgotten.expect("it can be forgotten"), 1);
    drop(connection);
    assert!(remember(&database, &inbox, &first).await);
    assert!(!remember(&database, &inbox, &second).await);
}
