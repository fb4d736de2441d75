//! Purging: what is counted was deleted.

use std::time::Duration;

use lessmq::ErrorKind;
use lessmq::transport::Transport;
use lessmq::transport::leased::Leased;
use lessmq::transport::leased::scripted::{Fault, Operation, Scripted};
use tokio::time::timeout;

use super::harness::*;

/// A request to delete that takes longer than the leases of its messages.
const TOO_SLOW: Fault = Fault::Slow(Duration::from_secs(31));

/// Three commands that wait.
async fn three_commands(broker: &Scripted) -> Leased {
    let bus = connect(broker);
    publish(&bus, &commands(), 0..3).await;
    bus
}

#[tokio::test(start_paused = true)]
async fn a_message_whose_lease_ended_is_purged_later_and_counted_once() {
    let broker = Scripted::new();
    let bus = three_commands(&broker).await;
    broker.script(Operation::Delete, [TOO_SLOW]);
    assert_eq!(bus.purge(&commands().into()).await.unwrap(), Some(3));
    assert_eq!(broker.count(COMMANDS), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_purge_that_deletes_nothing_gives_up() {
    let broker = Scripted::new();
    let bus = three_commands(&broker).await;
    broker.script_always(Operation::Delete, TOO_SLOW);
    let purged = timeout(Duration::from_secs(3_600), bus.purge(&commands().into())).await;
    let error = purged.expect("it ends").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
}
