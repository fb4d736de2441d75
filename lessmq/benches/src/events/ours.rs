//! Events with LessMQ.

use anyhow::Result;
use lessmq::app::Running;
use lessmq::{App, HandlerResult};

use super::Publisher;
use crate::broker;
use crate::messages::{BenchEvents, BenchEventsClient, BenchEventsServer, Happened};
use crate::role::Handled;

struct Count(Handled);

impl BenchEvents for Count {
    async fn happened(&self, event: Happened) -> HandlerResult {
        self.0.count(&event);
        Ok(())
    }
}

/// A consumer. It runs until it is dropped.
pub(crate) async fn consume(url: &str, handled: Handled) -> Result<Running> {
    let bus = broker::bus(url).await?;
    Ok(App::new(bus).subscribe("bench", BenchEventsServer::new(Count(handled))).start().await?)
}

#[derive(Clone)]
pub(super) struct Client(BenchEventsClient);

impl Client {
    pub(super) async fn connect(url: &str) -> Result<Self> {
        Ok(Self(BenchEventsClient::new(&broker::bus(url).await?)))
    }
}

impl Publisher for Client {
    async fn happened(&self, event: Happened) {
        self.0.happened(event).await.expect("the broker stores it");
    }
}
