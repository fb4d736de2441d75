//! The broker of all systems. Names of LessMQ start with `bench.`, names of the hand-written programs
//! with `bench-twin.` and `bench-rival.`.

use anyhow::Result;
use lapin::options::{ExchangeDeleteOptions, QueueDeleteOptions};
use lapin::{Connection, ConnectionProperties};
use lessmq::Bus;
use lessmq::transport::{self, ConnectOptions};

pub(crate) async fn bus(url: &str) -> Result<Bus> {
    let mut options = ConnectOptions::default();
    options.namespace = "bench".parse()?;
    Ok(Bus::new(transport::connect(url, options).await?))
}

pub(crate) async fn connection(url: &str) -> Result<Connection> {
    Ok(Connection::connect(url, ConnectionProperties::default()).await?)
}

/// Deletes the queues with these names of all systems, and their exchanges.
pub(crate) async fn delete_queues(url: &str, names: &[&str]) -> Result<()> {
    let connection = connection(url).await?;
    let channel = connection.create_channel().await?;
    for system in ["bench", "bench-twin", "bench-rival"] {
        for name in names {
            channel.queue_delete(format!("{system}.{name}").into(), QueueDeleteOptions::default()).await?;
        }
        channel.exchange_delete(format!("{system}.events").into(), ExchangeDeleteOptions::default()).await?;
    }
    Ok(connection.close(200, "done".into()).await?)
}
