//! Looking at dead letters, moving them back, dropping them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use lessmq::envelope::Envelope;
use lessmq::transport::leased::Leased;
use lessmq::transport::leased::scripted::Scripted;
use lessmq::transport::{
    ConsumeOptions, Consumer, DeadLetter, DeadLetterReason, Destination, Group, Outgoing, Queue, Settlement,
    Source, Subscription, Topic,
};
use lessmq::{App, Bus, ErrorKind};
use tokio::time::{Instant, sleep};

use crate::broker::Script;
use crate::shop::{Probe, ShopClient, ShopService};
use crate::support::{TIMEOUT, commands, next, on_each_driver, service};

on_each_driver!(
    dead_letters_stay_when_someone_looks_at_them,
    dead_letters_are_moved_back_up_to_a_limit,
    what_is_given_up_again_is_moved_once,
    an_event_is_moved_back_to_its_group_only,
    ordered_commands_are_moved_back_in_their_order,
    purged_dead_letters_are_gone,
    a_source_without_dead_letters_has_none,
    a_source_that_does_not_exist_is_an_error,
    the_dead_letters_of_a_broadcast_are_not_moved,
);

fn group(group: Group) -> Source {
    let shipped =
        Topic::Event { service: service("shop"), event: "shipped".parse().unwrap(), ordered: false };
    Subscription::new(service("shop"), vec![shipped], group).into()
}

fn shipped() -> Destination {
    Topic::Event { service: service("shop"), event: "shipped".parse().unwrap(), ordered: false }.into()
}

async fn consume(bus: &Bus, source: &Source) -> Consumer {
    bus.transport().consume(source, ConsumeOptions::new(8)).await.unwrap()
}

/// Publishes messages, and gives up every one.
async fn give_up(bus: &Bus, source: &Source, to: impl Into<Destination>, payloads: &[&'static str]) {
    let (mut consumer, to) = (consume(bus, source).await, to.into());
    for payload in payloads {
        let message = Envelope::new("test", "shop.note", *payload);
        bus.send(Outgoing::new(to.clone(), message)).await.unwrap();
        let (reason, detail) = (DeadLetterReason::AttemptsExhausted, "the shop is closed".to_owned());
        let letter = DeadLetter { reason, detail, attempts: 3 };
        let delivery = consumer.next().await.unwrap().unwrap();
        delivery.settle(Settlement::DeadLetter(letter)).await.unwrap();
    }
}

async fn dead_commands(bus: &Bus, payloads: &[&'static str]) {
    give_up(bus, &commands().into(), commands(), payloads).await;
}

/// The payloads of the next messages.
async fn take(consumer: &mut Consumer, count: usize) -> Vec<String> {
    let mut payloads = Vec::new();
    for _ in 0..count {
        let delivery = consumer.next().await.unwrap().unwrap();
        assert_eq!((delivery.attempt, &delivery.dead_letter), (1, &None));
        payloads.push(String::from_utf8(delivery.envelope.data.to_vec()).unwrap());
        delivery.settle(Settlement::Acknowledge).await.unwrap();
    }
    payloads
}

async fn waiting(bus: &Bus, source: impl Into<Source>) -> Option<u64> {
    bus.dead_letters(source).status().await.unwrap().waiting
}

/// Waits until `count` commands are dead letters.
async fn until_dead(bus: &Bus, count: u64) {
    let deadline = Instant::now() + TIMEOUT;
    while waiting(bus, commands()).await != Some(count) {
        assert!(Instant::now() < deadline, "there are {:?}", waiting(bus, commands()).await);
        sleep(Duration::from_millis(10)).await;
    }
}

async fn dead_letters_stay_when_someone_looks_at_them(bus: Bus) {
    dead_commands(&bus, &["1", "2", "3"]).await;
    let letters = bus.dead_letters(commands());
    for (limit, expected) in [(2, &["1", "2"][..]), (10, &["1", "2", "3"]), (0, &[])] {
        let found = letters.look(limit).await.unwrap();
        let payloads: Vec<&[u8]> = found.iter().map(|message| &message.envelope.data[..]).collect();
        assert_eq!(payloads, expected.iter().map(|payload| payload.as_bytes()).collect::<Vec<_>>());
        for message in found {
            let DeadLetter { reason, detail, attempts } = message.dead_letter;
            assert_eq!((reason, attempts), (DeadLetterReason::AttemptsExhausted, 3));
            assert_eq!((&*message.envelope.kind, &*detail), ("shop.note", "the shop is closed"));
        }
    }
    assert_eq!(waiting(&bus, commands()).await, Some(3));
}

async fn dead_letters_are_moved_back_up_to_a_limit(bus: Bus) {
    dead_commands(&bus, &["1", "2", "3"]).await;
    let source: Source = "shop.commands".parse().unwrap();
    let letters = bus.dead_letters(source.clone());
    assert_eq!(letters.redrive().limit(2).await.unwrap(), 2);
    assert_eq!(waiting(&bus, commands()).await, Some(1));
    let mut consumer = consume(&bus, &source).await;
    let mut found = take(&mut consumer, 2).await;
    found.sort();
    assert_eq!(found, ["1", "2"]);
    assert_eq!(letters.redrive().await.unwrap(), 1);
    assert_eq!(take(&mut consumer, 1).await, ["3"]);
    assert_eq!(letters.redrive().await.unwrap(), 0);
}

/// Runs a shop in which three commands have failed for good.
async fn failing_shop(bus: &Bus) -> (lessmq::Running, Probe) {
    let (server, probe) = ShopService::server();
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
    for _ in 0..3 {
        ShopClient::new(bus).fail(1, true).await.unwrap();
    }
    (running, probe)
}

/// Checks that each of three commands was handled twice.
async fn expect_each_twice(probe: &mut Probe) {
    let mut handled = HashMap::<String, u32>::new();
    for _ in 0..6 {
        *handled.entry(next(&mut probe.reports).await).or_default() += 1;
    }
    assert_eq!(handled.into_values().collect::<Vec<_>>(), [2, 2, 2]);
    assert!(probe.reports.try_recv().is_err());
}

async fn what_is_given_up_again_is_moved_once(bus: Bus) {
    let (running, mut probe) = failing_shop(&bus).await;
    until_dead(&bus, 3).await;
    assert_eq!(bus.dead_letters(commands()).redrive().await.unwrap(), 3);
    until_dead(&bus, 3).await;
    expect_each_twice(&mut probe).await;
    running.shut_down().await.unwrap();
}

async fn an_event_is_moved_back_to_its_group_only(bus: Bus) {
    let failing = group(Group::Named(service("mail")));
    let other = group(Group::Named(service("books")));
    let mut others = consume(&bus, &other).await;
    give_up(&bus, &failing, shipped(), &["1"]).await;
    assert_eq!(take(&mut others, 1).await, ["1"]);
    let named: Source = "shop.events.mail".parse().unwrap();
    assert_eq!(bus.dead_letters(named).redrive().await.unwrap(), 1);
    assert_eq!(take(&mut consume(&bus, &failing).await, 1).await, ["1"]);
    // The next one that the other group gets is the next one that is published.
    bus.send(Outgoing::new(shipped(), Envelope::new("test", "shop.shipped", "2"))).await.unwrap();
    assert_eq!(take(&mut others, 1).await, ["2"]);
}

async fn ordered_commands_are_moved_back_in_their_order(bus: Bus) {
    let queue = Queue::Commands { service: service("ledger"), ordered: true };
    let source = Source::from(queue.clone());
    let payloads = ["1", "2", "3", "4", "5", "6", "7", "8"];
    give_up(&bus, &source, queue, &payloads).await;
    let named: Source = "ledger.commands.ordered".parse().unwrap();
    assert_eq!(bus.dead_letters(named).redrive().await.unwrap(), 8);
    assert_eq!(take(&mut consume(&bus, &source).await, 8).await, payloads);
}

async fn purged_dead_letters_are_gone(bus: Bus) {
    dead_commands(&bus, &["1", "2"]).await;
    // It does not matter which of the two is named.
    let letters = bus.dead_letters(Source::DeadLetters(Box::new(commands().into())));
    assert_eq!(letters.purge().await.unwrap(), Some(2));
    assert!(letters.look(10).await.unwrap().is_empty());
}

async fn a_source_without_dead_letters_has_none(bus: Bus) {
    bus.send(Outgoing::new(commands(), Envelope::new("test", "shop.note", "1"))).await.unwrap();
    expect_none(&bus).await;
}

async fn expect_none(bus: &Bus) {
    let letters = bus.dead_letters(commands());
    assert_eq!(letters.status().await.unwrap().waiting, Some(0));
    assert!(letters.look(10).await.unwrap().is_empty());
    assert_eq!(letters.redrive().await.unwrap(), 0);
    assert_eq!(letters.purge().await.unwrap(), Some(0));
}

/// There, the queue of the dead letters is created with the first one.
#[tokio::test(start_paused = true)]
async fn a_leased_source_that_never_had_dead_letters_has_none() {
    let bus = Bus::new(Arc::new(Leased::new(Scripted::new(), &service("shop"))));
    bus.send(Outgoing::new(commands(), Envelope::new("test", "shop.note", "1"))).await.unwrap();
    expect_none(&bus).await;
}

async fn a_source_that_does_not_exist_is_an_error(bus: Bus) {
    let letters = bus.dead_letters(commands());
    let errors = [
        letters.status().await.unwrap_err(),
        letters.look(1).await.unwrap_err(),
        letters.redrive().await.unwrap_err(),
        letters.purge().await.unwrap_err(),
    ];
    assert_eq!(errors.map(|error| error.kind()), [ErrorKind::Topology; 4]);
}

async fn the_dead_letters_of_a_broadcast_are_not_moved(bus: Bus) {
    let source = group(Group::Broadcast);
    give_up(&bus, &source, shipped(), &["1"]).await;
    let error = bus.dead_letters(source.clone()).redrive().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let letters = bus.dead_letters(source);
    assert_eq!(letters.look(10).await.unwrap().len(), 1);
    assert_eq!(letters.purge().await.unwrap(), Some(1));
}

#[tokio::test(start_paused = true)]
async fn a_broker_need_not_count_messages() {
    let mut script = Script::new();
    script.capabilities.status = false;
    let (bus, _) = script.bus();
    let (running, mut probe) = failing_shop(&bus).await;
    let letters = bus.dead_letters(commands());
    while letters.look(10).await.unwrap().len() < 3 {}
    assert_eq!(letters.redrive().await.unwrap(), 3);
    while letters.look(10).await.unwrap().len() < 3 {}
    expect_each_twice(&mut probe).await;
    running.shut_down().await.unwrap();
}

#[tokio::test]
async fn a_process_says_what_it_consumes() {
    let bus = Bus::memory();
    let (server, _probe) = ShopService::server();
    let running = App::new(bus.named("shop")).serve(server).start().await.unwrap();
    assert_eq!(running.instance().consumes, ["shop.calls", "shop.commands"]);
    running.shut_down().await.unwrap();
}
