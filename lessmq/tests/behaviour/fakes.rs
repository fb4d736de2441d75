//! Generated fakes.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use lessmq::transport::Source;
use lessmq::{App, Bus, CallError, Client, Context, HandlerResult, RetryPolicy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::unbounded_channel;

use crate::support::{next, on_each_driver};

on_each_driver!(
    a_fake_does_what_the_test_sets,
    a_method_without_a_behaviour_fails,
    an_event_without_a_behaviour_is_ignored,
    a_behaviour_may_wait_and_has_the_context,
);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
enum BoardError {
    Full,
}

/// A notice board.
#[lessmq::interface(service = "board")]
trait Board {
    async fn pin(&self, ctx: &Context, text: String, behaviour: Option<u32>) -> Result<u32, BoardError>;

    async fn count(&self) -> u32;

    #[command]
    async fn clear(&self, since: Option<u64>) -> HandlerResult;
}

/// What happens on it.
#[lessmq::interface(service = "board", events)]
trait BoardEvents {
    async fn pinned(&self, event: String) -> HandlerResult;

    async fn cleared(&self, event: ()) -> HandlerResult;
}

async fn a_fake_does_what_the_test_sets(bus: Bus) {
    let pinned = Arc::new(Mutex::new(Vec::new()));
    let (clearings, mut probe) = unbounded_channel();
    let fake = {
        let pinned = Arc::clone(&pinned);
        BoardFake::new()
            .on_pin(move |text, _| {
                let mut pinned = pinned.lock().expect("no one panics");
                let is_full = pinned.len() == 1;
                pinned.push(text);
                async move { if is_full { Err(BoardError::Full) } else { Ok(7) } }
            })
            .on_clear(move |since| {
                clearings.send(format!("since {since:?}")).expect("the test listens");
                async { Ok(()) }
            })
    };
    let app = App::new(bus.named("board")).serve(BoardServer::new(fake)).start().await.unwrap();
    let client = BoardClient::new(&bus);
    assert_eq!(client.pin("one".to_owned(), None).await.unwrap(), 7);
    let full = client.pin("two".to_owned(), None).await;
    assert!(matches!(full, Err(CallError::Rejected(BoardError::Full))), "{full:?}");
    assert_eq!(*pinned.lock().expect("no one panics"), ["one", "two"]);
    client.clear(Some(3)).await.unwrap();
    assert_eq!(next(&mut probe).await, "since Some(3)");
    app.shut_down().await.unwrap();
}

async fn a_method_without_a_behaviour_fails(bus: Bus) {
    let fake = BoardFake::new().on_count(|| async { 3 }).on_count(|| async { 4 });
    assert!(format!("{fake:?}").starts_with("BoardFake"));
    let app = App::new(bus.named("board")).serve(BoardServer::new(fake)).start().await.unwrap();
    let client = BoardClient::new(&bus);
    assert_eq!(client.count().await.unwrap(), 4, "the later behaviour replaces the earlier one");
    let Err(CallError::Failed(error)) = client.pin("one".to_owned(), None).await else {
        panic!("nothing was set for it");
    };
    // The panic says which behaviour is missing. The caller learns that the handler failed.
    assert_eq!(error.kind(), lessmq::ErrorKind::Handler, "{error:#}");
    app.shut_down().await.unwrap();
}

async fn an_event_without_a_behaviour_is_ignored(bus: Bus) {
    let (events, mut probe) = unbounded_channel();
    let fake = BoardEventsFake::default().on_pinned(move |event| {
        events.send(event).expect("the test listens");
        async { Ok(()) }
    });
    let retry = RetryPolicy { initial_delay: Duration::from_millis(1), ..RetryPolicy::default() };
    let server = BoardEventsServer::new(fake).retry(retry).concurrency(1);
    let subscriber = App::new(bus.named("reader")).subscribe("reader", server).start().await.unwrap();
    let publisher = BoardEventsClient::new(&bus);
    publisher.cleared(()).await.unwrap();
    publisher.pinned("one".to_owned()).await.unwrap();
    assert_eq!(next(&mut probe).await, "one");
    subscriber.shut_down().await.unwrap();
    let source: Source = "board.events.reader".parse().unwrap();
    assert_eq!(bus.dead_letters(source).look(1).await.unwrap().len(), 0);
}

async fn a_behaviour_may_wait_and_has_the_context(bus: Bus) {
    let fake = BoardFake::new().on_pin(|text, length| async move {
        tokio::task::yield_now().await;
        let context = Context::current().expect("a handler runs");
        assert_eq!((context.method(), text.as_str()), ("board.pin", "one"));
        length.ok_or(BoardError::Full)
    });
    let fake: &'static BoardFake = Box::leak(Box::new(fake));
    let app = App::new(bus.named("board")).serve(BoardServer::new(fake)).start().await.unwrap();
    assert_eq!(BoardClient::on(&bus).pin("one".to_owned(), Some(5)).await.unwrap(), 5);
    app.shut_down().await.unwrap();
}
