//! The service under test. Its handlers report their messages, and do what a test requests.

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

/// Orders.
#[lessmq::interface(service = "shop")]
pub(crate) trait Shop {
    /// Places an order.
    async fn order(&self, article: String, note: Option<String>) -> Result<Order, OrderError>;

    /// Returns what the handler knows of its message.
    #[idempotent]
    async fn introspect(&self, ctx: &Context) -> Seen;

    /// Returns when the test permits it.
    async fn wait(&self) -> u32;

    /// Panics.
    async fn panic(&self) -> u32;

    /// Returns a text of `length` bytes.
    async fn text(&self, length: u32) -> String;

    /// Fails `times` times.
    #[command]
    async fn fail(&self, ctx: &Context, times: u32, terminal: bool) -> HandlerResult;

    /// Reports `line`.
    #[command]
    async fn note(&self, ctx: &Context, line: String) -> HandlerResult;
}

#[lessmq::interface(service = "shop", events)]
pub(crate) trait ShopEvents {
    async fn shipped(&self, ctx: &Context, event: Order) -> HandlerResult;

    async fn cancelled(&self, event: Order) -> HandlerResult;
}

/// An ordered interface.
#[lessmq::interface(service = "ledger", ordered)]
pub(crate) trait Ledger {
    async fn balance(&self) -> u32;

    /// Fails `times` times.
    #[command]
    async fn book(&self, ctx: &Context, number: u32, times: u32) -> HandlerResult;
}

#[lessmq::interface(service = "ledger", events, ordered)]
pub(crate) trait LedgerEvents {
    async fn booked(&self, ctx: &Context, event: Order) -> HandlerResult;
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

/// The implementation of all interfaces.
pub(crate) struct ShopService {
    reports: UnboundedSender<String>,
    permits: Arc<Semaphore>,
    dropped: Arc<Notify>,
    running: Arc<AtomicU32>,
}

/// The test's view of a [`ShopService`].
pub(crate) struct Probe {
    pub(crate) reports: UnboundedReceiver<String>,
    /// Each lets one `wait` return.
    pub(crate) permits: Arc<Semaphore>,
    /// Notified when a handler of `wait` is dropped.
    pub(crate) dropped: Arc<Notify>,
    /// How many handlers of `wait` are running.
    pub(crate) running: Arc<AtomicU32>,
}

impl ShopService {
    pub(crate) fn new() -> (Self, Probe) {
        let (sender, reports) = unbounded_channel();
        let service = Self {
            reports: sender,
            permits: Arc::new(Semaphore::new(0)),
            dropped: Arc::default(),
            running: Arc::default(),
        };
        let probe = Probe {
            reports,
            permits: Arc::clone(&service.permits),
            dropped: Arc::clone(&service.dropped),
            running: Arc::clone(&service.running),
        };
        (service, probe)
    }

    /// A server of the shop with short retries.
    pub(crate) fn server() -> (Server, Probe) {
        let (service, probe) = Self::new();
        (ShopServer::new(service).retry(short_retry()), probe)
    }

    /// A subscriber to the shop's events.
    pub(crate) fn subscriber() -> (Server, Probe) {
        let (service, probe) = Self::new();
        (ShopEventsServer::new(service).retry(short_retry()), probe)
    }

    fn report(&self, what: String) {
        self.reports.send(what).expect("the test listens");
    }
}

pub(crate) fn short_retry() -> RetryPolicy {
    RetryPolicy {
        max_attempts: 3,
        initial_delay: Duration::from_millis(5),
        max_delay: Duration::from_millis(20),
    }
}

/// Notices that a handler is dropped.
struct DropGuard(Arc<Notify>, Arc<AtomicU32>);

impl Drop for DropGuard {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Ordering::SeqCst);
        self.0.notify_one();
    }
}

impl Shop for ShopService {
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
        let _guard = DropGuard(Arc::clone(&self.dropped), Arc::clone(&self.running));
        self.report("waiting".to_owned());
        self.permits.acquire().await.expect("it is never closed").forget();
        running
    }

    async fn panic(&self) -> u32 {
        panic!("a secret of the handler");
    }

    async fn text(&self, length: u32) -> String {
        "x".repeat(length as usize)
    }

    async fn fail(&self, ctx: &Context, times: u32, terminal: bool) -> HandlerResult {
        self.report(format!("attempt {} of {}", ctx.attempt(), ctx.message_id()));
        match (ctx.attempt() <= times, terminal) {
            (false, _) => Ok(()),
            (true, true) => Err(HandlerError::terminal("no use")),
            (true, false) => Err("not now".into()),
        }
    }

    async fn note(&self, ctx: &Context, line: String) -> HandlerResult {
        assert!(!ctx.message_id().is_empty());
        self.report(line);
        Ok(())
    }
}

impl ShopEvents for ShopService {
    async fn shipped(&self, ctx: &Context, event: Order) -> HandlerResult {
        self.report(format!("shipped {}, attempt {}", event.number, ctx.attempt()));
        match (event.note.as_deref(), ctx.attempt()) {
            (Some("fail once"), 1) => Err("not now".into()),
            _ => Ok(()),
        }
    }
}

impl Ledger for ShopService {
    async fn balance(&self) -> u32 {
        7
    }

    async fn book(&self, ctx: &Context, number: u32, times: u32) -> HandlerResult {
        self.report(format!("book {number}, attempt {}", ctx.attempt()));
        if ctx.attempt() <= times { Err("not now".into()) } else { Ok(()) }
    }
}

impl LedgerEvents for ShopService {
    async fn booked(&self, ctx: &Context, event: Order) -> HandlerResult {
        ShopEvents::shipped(self, ctx, event).await
    }
}
