//! State that all parts of the driver share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::capabilities::CAPABILITIES;
use super::dial::Dialer;
use super::endpoint::Endpoint;
use super::link::Link;
use super::publisher::Publisher;
use crate::error::Result;
use crate::transport::kit::{NameStyle, Names};
use crate::transport::{ConnectOptions, ConnectionStatus, Queue, Source, closed_error};

/// The connections, and the publisher on one of them.
pub(super) struct Shared {
    pub(super) names: Arc<Names>,
    dialer: Dialer,
    /// The connection for publishing and calls.
    pub(super) link: Arc<Link>,
    /// The connection for consumers of commands and events.
    consumer_link: OnceCell<Arc<Link>>,
    pub(super) publisher: Publisher,
    /// Whether the transport rejects new operations.
    refusing: AtomicBool,
    pub(super) closing: CancellationToken,
}

impl Shared {
    /// Connects, for as long as it takes.
    pub(super) async fn connect(url: &Url, options: ConnectOptions) -> Result<Self> {
        let endpoint = Arc::new(Endpoint::parse(url)?);
        let names = Arc::new(Names::new(&options.namespace, NameStyle::new(CAPABILITIES.max_name)));
        let dialer = Dialer { endpoint, client_name: options.client_name };
        let closing = CancellationToken::new();
        let link = Arc::new(Link::connect(dialer.clone(), closing.clone(), "main").await?);
        let (broker, vhost) = (&dialer.endpoint, &dialer.endpoint.uri.vhost);
        tracing::info!(%broker, vhost, namespace = %options.namespace, "connected to the broker");
        let publisher = Publisher::new(Arc::clone(&link), Arc::clone(&names));
        let (consumer_link, refusing) = (OnceCell::new(), AtomicBool::new(false));
        Ok(Self { names, dialer, link, consumer_link, publisher, refusing, closing })
    }

    pub(super) fn check_open(&self) -> Result<()> {
        if self.refusing.load(Ordering::Relaxed) { Err(closed_error()) } else { Ok(()) }
    }

    /// The connection that `source` is consumed over.
    pub(super) async fn link_for(&self, source: &Source, deadline: Instant) -> Result<Arc<Link>> {
        if matches!(source, Source::Queue(Queue::Calls { .. })) {
            return Ok(Arc::clone(&self.link));
        }
        let connecting = self.consumer_link.get_or_try_init(|| async {
            Link::connect(self.dialer.clone(), self.closing.clone(), "consumers").await.map(Arc::new)
        });
        timeout_at(deadline, connecting).await.unwrap_or_else(|_| Err(self.link.unreachable_error())).cloned()
    }

    /// The status of all connections together.
    pub(super) fn status(&self) -> ConnectionStatus {
        let main = self.link.status();
        match self.consumer_link.get() {
            Some(consumers) => main.and(consumers.status()),
            None => main,
        }
    }

    /// Rejects new operations from now on.
    pub(super) fn refuse(&self) {
        self.refusing.store(true, Ordering::Relaxed);
    }

    /// Closes the connections, after queued messages were written.
    pub(super) async fn close(&self) {
        self.closing.cancel();
        self.link.closed().await;
        if let Some(consumer_link) = self.consumer_link.get() {
            consumer_link.closed().await;
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.closing.cancel();
    }
}
