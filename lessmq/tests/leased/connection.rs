//! Whether the broker counts as reachable.

use std::time::Duration;

use lessmq::transport::Transport;
use lessmq::transport::leased::scripted::{Fault, Operation, Scripted};
use tokio::time::sleep;

use super::harness::*;

#[tokio::test(start_paused = true)]
async fn a_broker_whose_requests_fail_for_long_is_unreachable_until_one_succeeds() {
    let broker = Scripted::new();
    let bus = connect(&broker);
    let mut consumer =
        bus.consume(&commands().into(), lessmq::transport::ConsumeOptions::new(1)).await.unwrap();
    let waiting = tokio::spawn(async move { consumer.next().await });
    broker.script_always(Operation::Receive, Fault::Throttle);
    // Only requests that receive something fail.
    bus.publish(vec![outgoing(commands(), 1)]).await;
    sleep(Duration::from_secs(60)).await;
    let status = bus.connection_status();
    assert!(!status.connected && status.reason.is_some(), "{status:?}");
    broker.clear();
    sleep(Duration::from_secs(60)).await;
    assert!(bus.connection_status().connected);
    bus.close().await.unwrap();
    assert!(!bus.connection_status().connected);
    assert!(waiting.await.unwrap().is_some(), "the message arrives at last");
}
