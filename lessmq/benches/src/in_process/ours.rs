//! LessMQ on its in-process bus.

use std::sync::Arc;

use anyhow::Result;
use lessmq::app::Running;
use lessmq::{App, Bus};

use super::Caller;
use crate::messages::{Account, Add, BenchClient, BenchServer, Customer, Order, Service};

#[derive(Clone)]
pub(super) struct Ours {
    client: BenchClient,
    _running: Arc<Running>,
}

pub(super) async fn start() -> Result<Ours> {
    let bus = Bus::memory();
    let running = App::new(bus.clone()).serve(BenchServer::new(Service)).start().await?;
    Ok(Ours { client: BenchClient::new(&bus), _running: Arc::new(running) })
}

impl Caller for Ours {
    async fn add(&self, Add { a, b }: Add) -> u32 {
        self.client.add(a, b).await.expect("the server replies")
    }

    async fn find(&self, number: u64) -> Customer {
        self.client.find(number).await.expect("the server replies")
    }

    async fn touch(&self, account: Account) -> Account {
        self.client.touch(account).await.expect("the server replies")
    }

    async fn advance(&self, order: Order) -> Order {
        self.client.advance(order).await.expect("the server replies")
    }
}
