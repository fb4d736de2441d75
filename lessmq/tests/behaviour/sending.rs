//! Publishing messages that were made before.

use lessmq::envelope::Envelope;
use lessmq::transport::Outgoing;
use lessmq::{App, Bus, ErrorKind};

use crate::shop::{Order, ShopClient, ShopEventsClient, ShopService};
use crate::support::{commands, next, on_each_driver};

on_each_driver!(
    a_message_that_was_made_before_is_sent,
    every_message_of_a_batch_has_a_result,
    commands_and_events_can_be_sent_together,
);

fn note(bus: &Bus, line: &str) -> Outgoing {
    ShopClient::new(bus).note(line.to_owned()).into_outgoing().unwrap()
}

/// A message that is made past the client, which would reject it.
fn too_large() -> Outgoing {
    let payload = format!(r#"{{"line":"{}"}}"#, "x".repeat(20 << 20));
    Outgoing::new(commands(), Envelope::new("test", "shop.note", payload))
}

async fn a_message_that_was_made_before_is_sent(bus: Bus) {
    let (server, mut probe) = ShopService::server();
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
    let message = note(&bus, "made before");
    bus.send(message.clone()).await.unwrap();
    bus.send(message).await.unwrap();
    for _ in 0..2 {
        assert_eq!(next(&mut probe.reports).await, "made before");
    }
    running.shut_down().await.unwrap();
}

async fn every_message_of_a_batch_has_a_result(bus: Bus) {
    let (server, mut probe) = ShopService::server();
    let running = App::new(bus.named("shop")).serve(server.concurrency(1)).start().await.unwrap();
    let batch = [note(&bus, "first"), too_large(), note(&bus, "third"), too_large(), note(&bus, "fifth")];
    let results = bus.send_all(batch).await;
    let kinds: Vec<_> = results.iter().map(|result| result.as_ref().err().map(lessmq::Error::kind)).collect();
    let too_large = Some(ErrorKind::TooLarge);
    assert_eq!(kinds, [None, too_large, None, too_large, None]);
    for line in ["first", "third", "fifth"] {
        assert_eq!(next(&mut probe.reports).await, line);
    }
    assert_eq!(bus.send_all([]).await.len(), 0);
    running.shut_down().await.unwrap();
}

async fn commands_and_events_can_be_sent_together(bus: Bus) {
    let (server, mut probe) = ShopService::server();
    let (subscriber, mut events) = ShopService::subscriber();
    let app = App::new(bus.named("shop")).serve(server).publishes::<ShopEventsClient>();
    let running = app.subscribe("mail", subscriber).start().await.unwrap();
    let shipped = ShopEventsClient::new(&bus).shipped(Order { number: 1, note: None });
    let results = bus.send_all([note(&bus, "one"), shipped.into_outgoing().unwrap()]).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(next(&mut probe.reports).await, "one");
    assert_eq!(next(&mut events.reports).await, "shipped 1, attempt 1");
    running.shut_down().await.unwrap();
}
