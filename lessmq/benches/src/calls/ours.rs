//! Calls with LessMQ.

use anyhow::Result;
use lessmq::App;
use lessmq::app::Running;

use super::Caller;
use crate::broker;
use crate::messages::{Add, BenchClient, BenchServer, Service};

/// Starts a server, which runs until it is dropped.
pub(crate) async fn serve(url: &str) -> Result<Running> {
    let bus = broker::bus(url).await?;
    Ok(App::new(bus).serve(BenchServer::new(Service)).start().await?)
}

#[derive(Clone)]
pub(super) struct Client(BenchClient);

impl Client {
    pub(super) async fn connect(url: &str) -> Result<Self> {
        Ok(Self(BenchClient::new(&broker::bus(url).await?)))
    }
}

impl Caller for Client {
    async fn add(&self, Add { a, b }: Add) -> u32 {
        self.0.add(a, b).await.expect("the server replies")
    }
}
