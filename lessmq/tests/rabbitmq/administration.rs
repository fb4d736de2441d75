//! Counting, purging and deleting, and operations that fail again and again.

use futures_util::{StreamExt, stream};
use lapin::options::QueueDeclareOptions;
use lapin::types::FieldTable;
use lessmq::ErrorKind;
use lessmq::transport::{DeadLetter, DeadLetterReason, Outgoing, Settlement, Source};
use tokio::time::Instant;

use crate::support::*;

#[tokio::test]
async fn the_status_counts_waiting_messages_and_dead_letters() {
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let bus = scope.connect().await;
        for text in ["0", "1", "2"] {
            publish(&bus, &to, message(text)).await.unwrap();
        }
        let mut consumer = bus.consume(&source, prefetch(1)).await.unwrap();
        let letter = DeadLetter { reason: DeadLetterReason::Terminal, detail: "no".into(), attempts: 1 };
        next(&mut consumer).await.settle(Settlement::DeadLetter(letter)).await.unwrap();
        let unsettled = next(&mut consumer).await;
        let status = bus.status(&source).await.unwrap();
        assert_eq!((status.waiting, status.dead), (Some(1), Some(1)));
        assert_eq!((status.in_flight, status.oldest), (None, None));
        let dead = bus.status(&Source::DeadLetters(source.into())).await.unwrap();
        assert_eq!((dead.waiting, dead.dead), (Some(1), Some(0)));
        acknowledge(unsettled).await;
    })
    .await;
}

#[tokio::test]
async fn the_status_creates_nothing_and_names_a_missing_source() {
    scoped(|scope| async move {
        let (_, source) = scope.commands("user");
        let bus = scope.connect().await;
        for _ in 0..2 {
            let error = bus.status(&source).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Topology);
            assert!(error.to_string().contains("user.commands"), "{error}");
            assert_eq!(bus.purge(&source).await.unwrap_err().kind(), ErrorKind::Topology);
        }
        let error = bus.status(&broadcast("user", "registered")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    })
    .await;
}

#[tokio::test]
async fn a_purge_drops_waiting_messages_and_counts_them() {
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let bus = scope.connect().await;
        for text in ["0", "1", "2"] {
            publish(&bus, &to, message(text)).await.unwrap();
        }
        assert_eq!(bus.purge(&source).await.unwrap(), Some(3));
        assert_eq!(bus.status(&source).await.unwrap().waiting, Some(0));
        publish(&bus, &to, message("later")).await.unwrap();
        let delivery = next(&mut bus.consume(&source, prefetch(8)).await.unwrap()).await;
        assert_eq!(text(&delivery), "later");
        acknowledge(delivery).await;
    })
    .await;
}

#[tokio::test]
async fn a_deleted_source_is_gone_with_its_dead_letters_and_can_be_used_again() {
    scoped(|scope| async move {
        let (to, source) = scope.commands("user");
        let bus = scope.connect().await;
        let mut consumer = bus.consume(&source, prefetch(1)).await.unwrap();
        publish(&bus, &to, message("x")).await.unwrap();
        acknowledge(next(&mut consumer).await).await;
        drop(consumer);
        bus.delete(&source).await.unwrap();
        // A source that does not exist is not an error.
        bus.delete(&source).await.unwrap();
        let channel = scope.channel().await;
        for suffix in ["", ".dead"] {
            let queue = scope.queue(&format!("user.commands{suffix}"));
            let passive = QueueDeclareOptions { passive: true, ..Default::default() };
            let channel = scope.channel().await;
            let found = channel.queue_declare(queue.as_str().into(), passive, FieldTable::default()).await;
            assert!(found.is_err(), "`{queue}` still exists");
        }
        publish(&bus, &to, message("again")).await.unwrap();
        assert_eq!(ready(&channel, &scope.queue("user.commands")).await, 1);
    })
    .await;
}

#[tokio::test]
async fn external_queues_are_not_purged_or_deleted() {
    scoped(|scope| async move {
        let queue = scope.queue("orders");
        let channel = scope.channel().await;
        declare(&channel, &queue).await;
        let bus = scope.connect().await;
        for source in [external_queue(&queue).into(), broadcast("user", "registered")] {
            assert_eq!(bus.purge(&source).await.unwrap_err().kind(), ErrorKind::Unsupported);
            assert_eq!(bus.delete(&source).await.unwrap_err().kind(), ErrorKind::Unsupported);
        }
        assert_eq!(bus.status(&external_queue(&queue).into()).await.unwrap().waiting, Some(0));
    })
    .await;
}

/// More operations than a connection has channels.
const MANY: usize = 5_000;

#[tokio::test]
async fn operations_that_fail_thousands_of_times_leave_nothing_behind() {
    scoped(|scope| async move {
        let bus = scope.connect().await;
        let (absent, _) = scope.calls("absent");
        let missing = external_queue("no-such-queue").into();
        let topic = lessmq::transport::Topic::External { name: "no-such-exchange/x".parse().unwrap() }.into();
        let squatted = scope.queue("squatted.commands");
        let channel = scope.channel().await;
        declare(&channel, &squatted).await;
        let (other_arguments, source) = scope.commands("squatted");
        // This consumer is started before the failures, and has to work after them.
        let (to, own_source) = scope.calls("own");
        let mut callee = bus.consume(&own_source, prefetch(8)).await.unwrap();
        let failing = stream::iter(0..MANY).map(|n| {
            let (bus, absent, missing, topic) = (&bus, &absent, &missing, &topic);
            let (other_arguments, source) = (&other_arguments, &source);
            async move {
                let deadline = Instant::now() + PATIENCE;
                let error = call(bus, absent, message(""), deadline).await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Unavailable, "{n}: {error:#}");
                let error = publish(bus, missing, message("")).await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Topology, "{n}: {error:#}");
                if n % 4 > 0 {
                    return;
                }
                let error = publish(bus, topic, message("")).await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Topology, "{n}: {error:#}");
                let error = publish(bus, other_arguments, message("")).await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Topology, "{n}: {error:#}");
                let error = bus.consume(source, prefetch(1)).await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Topology, "{n}: {error:#}");
            }
        });
        failing.buffer_unordered(16).collect::<Vec<()>>().await;

        let asking = call(&bus, &to, message("?"), Instant::now() + PATIENCE);
        let answering = async {
            let mut delivery = next(&mut callee).await;
            delivery.responder.take().unwrap().send(lessmq::envelope::Frame::bare("!")).await.unwrap();
            acknowledge(delivery).await;
        };
        let (reply, ()) = within("a reply", futures_util::future::join(asking, answering)).await;
        assert_eq!(reply.unwrap().data, "!");
        let (to, source) = scope.commands("user");
        let results = bus.publish(vec![Outgoing::new(to, message("works"))]).await;
        assert!(results.iter().all(Result::is_ok), "{results:?}");
        acknowledge(next(&mut bus.consume(&source, prefetch(1)).await.unwrap()).await).await;
        bus.close().await.unwrap();
    })
    .await;
}
