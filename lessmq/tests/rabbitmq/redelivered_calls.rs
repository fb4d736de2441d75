//! Calls that a provider did not handle.

use std::collections::BTreeSet;
use std::future::IntoFuture;
use std::sync::Arc;
use std::time::Duration;

use lessmq::envelope::Frame;
use lessmq::transport::{Queue, Settlement, Transport};
use lessmq::{App, Bus, ErrorKind};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::support::*;

/// Sends a call in a task that waits for the reply.
async fn send_call(bus: &Arc<dyn Transport>, to: &Queue, text: &str) -> JoinHandle<()> {
    let (bus, to, message) = (Arc::clone(bus), to.clone(), message(text));
    let calling = tokio::spawn(async move {
        let _ = call(&bus, &to, message, soon()).await;
    });
    tokio::task::yield_now().await;
    calling
}

#[tokio::test]
async fn a_call_that_was_delivered_when_its_connection_broke_is_not_delivered_again() {
    scoped(|scope| async move {
        let (to, source) = scope.calls("once");
        let (client, one, two) = (scope.connect().await, scope.connect().await, scope.connect().await);
        let mut first = one.consume(&source, prefetch(1)).await.unwrap();
        let calling = send_call(&client, &to, "in doubt").await;
        let in_doubt = next(&mut first).await;
        // The broker sees the same as when a process dies.
        one.close().await.unwrap();
        assert!(in_doubt.settle(Settlement::Acknowledge).await.is_err());
        let mut second = two.consume(&source, prefetch(1)).await.unwrap();
        let _other = send_call(&client, &to, "new").await;
        let delivery = next(&mut second).await;
        assert_eq!(text(&delivery), "new");
        acknowledge(delivery).await;
        let (channel, queue) = (scope.channel().await, scope.queue("once.calls"));
        assert_eq!(ready(&channel, &queue).await, 0);
        calling.abort();
    })
    .await;
}

#[tokio::test]
async fn a_call_that_is_released_goes_to_another_provider_and_still_expires() {
    scoped(|scope| async move {
        let (to, source) = scope.calls("passed-on");
        let (client, one, two) = (scope.connect().await, scope.connect().await, scope.connect().await);
        let mut first = one.consume(&source, prefetch(1)).await.unwrap();
        let asking = call(&client, &to, message("hello"), soon());
        let answering = async {
            let released = next(&mut first).await;
            drop(first);
            released.settle(Settlement::Release).await.unwrap();
            let mut second = two.consume(&source, prefetch(1)).await.unwrap();
            let mut delivery = next(&mut second).await;
            assert_eq!((text(&delivery), delivery.attempt), ("hello", 1));
            delivery.responder.take().unwrap().send(Frame::bare("answered")).await.unwrap();
            acknowledge(delivery).await;
        };
        let (reply, ()) = within("a reply", futures_util::future::join(asking, answering)).await;
        assert_eq!(reply.unwrap().data, "answered");

        let mut first = two.consume(&source, prefetch(1)).await.unwrap();
        let briefly = Instant::now() + Duration::from_millis(300);
        let (expired, released) = tokio::join!(call(&client, &to, message("late"), briefly), async {
            let released = next(&mut first).await;
            drop(first);
            released.settle(Settlement::Release).await
        });
        released.unwrap();
        assert_eq!(expired.unwrap_err().kind(), ErrorKind::DeadlineExceeded);
        let (channel, queue) = (scope.channel().await, scope.queue("passed-on.calls"));
        until("the call is gone", || async { ready(&channel, &queue).await == 0 }).await;
    })
    .await;
}

#[tokio::test]
async fn buffered_calls_of_a_dropped_consumer_go_to_another_one() {
    scoped(|scope| async move {
        let (to, source) = scope.calls("leaving");
        let (client, one, two) = (scope.connect().await, scope.connect().await, scope.connect().await);
        let mut first = one.consume(&source, prefetch(8)).await.unwrap();
        let mut calling = Vec::new();
        for text in ["0", "1", "2"] {
            calling.push(send_call(&client, &to, text).await);
        }
        let handed_out = next(&mut first).await;
        drop(first);
        // Closing waits for the calls that are published again.
        acknowledge(handed_out).await;
        one.close().await.unwrap();
        let mut second = two.consume(&source, prefetch(8)).await.unwrap();
        let mut seen = BTreeSet::new();
        for _ in 0..2 {
            let delivery = next(&mut second).await;
            seen.insert(text(&delivery).to_owned());
            acknowledge(delivery).await;
        }
        assert!(seen.is_subset(&["0", "1", "2"].map(String::from).into()) && seen.len() == 2, "{seen:?}");
    })
    .await;
}

/// Works.
#[lessmq::interface(service = "repeated")]
trait Repeated {
    /// Returns the name of the provider.
    #[idempotent]
    async fn work(&self) -> String;
}

/// A provider with a name. One without a name never answers.
struct Provider(Option<String>, Arc<Notify>);

impl Repeated for Provider {
    async fn work(&self) -> String {
        self.1.notify_one();
        match &self.0 {
            Some(name) => name.clone(),
            None => std::future::pending().await,
        }
    }
}

#[tokio::test]
async fn an_idempotent_call_whose_provider_dies_is_handled_by_another_one() {
    scoped(|scope| async move {
        let _ = scope.calls("repeated");
        let [client, one, two] =
            [scope.connect().await, scope.connect().await, scope.connect().await].map(Bus::new);
        let started = Arc::new(Notify::new());
        let hanging = App::new(one.clone()).serve(RepeatedServer::new(Provider(None, Arc::clone(&started))));
        let _hanging = hanging.start().await.unwrap();
        let calling = tokio::spawn(RepeatedClient::new(&client).work().timeout(PATIENCE).into_future());
        within("the first provider", started.notified()).await;
        let other =
            App::new(two).serve(RepeatedServer::new(Provider(Some("two".to_owned()), Arc::default())));
        let other = other.start().await.unwrap();
        // The broker sees the same as when a process dies.
        one.close().await.unwrap();
        assert_eq!(within("the reply", calling).await.unwrap().unwrap(), "two");
        other.shut_down().await.unwrap();
    })
    .await;
}
