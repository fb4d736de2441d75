//! The service under test: it tells what its handlers see, and does what it is asked to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use lessmq::{Context, HandlerError, HandlerResult, RetryPolicy, Server};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Notify, Semaphore};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Order {
    pub(crate) number: u32,
    #[serde(default)]
    pub(crate) note: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum OrderError {
    SoldOut { article: String },
}

/// Orders and what becomes of them.
#[lessmq::interface(service = "shop")]
pub(crate) trait Shop {
    /// Places an order.
    async fn order(&self, article: String, note: Option<String>) -> Result<Order, OrderError>;

    /// What the handler knows of its message.
    #[idempotent]
    async fn introspect(&self, ctx: &Context) -> Seen;

    /// Answers when the test says so.
    async fn wait(&self) -> u32;

    /// Panics.
    async fn panic(&self) -> u32;

    /// A text of so many bytes.
    async fn text(&self, length: u32) -> String;

    /// Fails so many times.
    #[command]
    async fn fail(&self, ctx: &Context, times: u32, terminal: bool) -> lessmq::HandlerResult;

    /// Is handled.
    #[command]
    async fn note(&self, ctx: &Context, line: String) -> lessmq::HandlerResult;
}

#[lessmq::interface(service = "shop", events)]
pub(crate) trait ShopEvents {
    async fn shipped(&self, ctx: &Context, event: Order) -> lessmq::HandlerResult;

    async fn cancelled(&self, event: Order) -> lessmq::HandlerResult;
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Seen {
    pub(crate) id: String,
    pub(crate) caller: String,
    pub(crate) method: String,
    pub(crate) trace_parent: Option<String>,
    pub(crate) remaining_ms: Option<u64>,
    pub(crate) tenant: Option<String>,
}

/// The implementation.
pub(crate) struct Keeper {
    pub(crate) told: UnboundedSender<String>,
    pub(crate) go_on: Arc<Semaphore>,
    pub(crate) dropped: Arc<Notify>,
    pub(crate) running: Arc<AtomicU32>,
}

/// The test's ends of a [`Keeper`].
pub(crate) struct Ends {
    pub(crate) told: UnboundedReceiver<String>,
    pub(crate) go_on: Arc<Semaphore>,
    pub(crate) dropped: Arc<Notify>,
    pub(crate) running: Arc<AtomicU32>,
}

impl Keeper {
    pub(crate) fn new() -> (Self, Ends) {
        let (sender, told) = unbounded_channel();
        let (go_on, dropped, running) = (Arc::new(Semaphore::new(0)), Arc::default(), Arc::default());
        let ends = Ends {
            told,
            go_on: Arc::clone(&go_on),
            dropped: Arc::clone(&dropped),
            running: Arc::clone(&running),
        };
        (Self { told: sender, go_on, dropped, running }, ends)
    }

    /// A server of the shop whose retries come soon.
    pub(crate) fn serve() -> (Server, Ends) {
        let (keeper, ends) = Self::new();
        (ShopServer::new(keeper).retry(soon()), ends)
    }

    /// A subscriber to the shop's events.
    pub(crate) fn subscribe() -> (Server, Ends) {
        let (keeper, ends) = Self::new();
        (ShopEventsServer::new(keeper).retry(soon()), ends)
    }

    fn tell(&self, what: String) {
        self.told.send(what).expect("the test listens");
    }
}

pub(crate) fn soon() -> RetryPolicy {
    RetryPolicy { attempts: 3, first: Duration::from_millis(5), longest: Duration::from_millis(20) }
}

/// Tells when a handler is dropped before its end.
struct Dropped(Arc<Notify>, Arc<AtomicU32>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Ordering::SeqCst);
        self.0.notify_one();
    }
}

impl Shop for Keeper {
    async fn order(&self, article: String, note: Option<String>) -> Result<Order, OrderError> {
        if article == "unicorn" {
            Err(OrderError::SoldOut { article })
        } else {
            Ok(Order { number: 7, note })
        }
    }

    async fn introspect(&self, ctx: &Context) -> Seen {
        Seen {
            id: ctx.message_id().to_string(),
            caller: ctx.caller().to_owned(),
            method: ctx.method().to_owned(),
            trace_parent: ctx.trace_parent().map(|parent| parent.to_string()),
            remaining_ms: ctx.remaining().map(|left| left.as_millis().try_into().unwrap()),
            tenant: ctx.metadata().get("tenant").cloned(),
        }
    }

    async fn wait(&self) -> u32 {
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        let _dropped = Dropped(Arc::clone(&self.dropped), Arc::clone(&self.running));
        self.tell("waiting".to_owned());
        self.go_on.acquire().await.expect("it is never closed").forget();
        running
    }

    async fn panic(&self) -> u32 {
        panic!("a secret of the handler");
    }

    async fn text(&self, length: u32) -> String {
        "x".repeat(length as usize)
    }

    async fn fail(&self, ctx: &Context, times: u32, terminal: bool) -> HandlerResult {
        self.tell(format!("attempt {} of {}", ctx.attempt(), ctx.message_id()));
        match (ctx.attempt() <= times, terminal) {
            (false, _) => Ok(()),
            (true, true) => Err(HandlerError::terminal("no use")),
            (true, false) => Err("not now".into()),
        }
    }

    async fn note(&self, ctx: &Context, line: String) -> HandlerResult {
        assert!(!ctx.message_id().is_empty());
        self.tell(line);
        Ok(())
    }
}

impl ShopEvents for Keeper {
    async fn shipped(&self, ctx: &Context, event: Order) -> HandlerResult {
        self.tell(format!("shipped {}, attempt {}", event.number, ctx.attempt()));
        match (event.note.as_deref(), ctx.attempt()) {
            (Some("fail once"), 1) => Err("not now".into()),
            _ => Ok(()),
        }
    }
}
