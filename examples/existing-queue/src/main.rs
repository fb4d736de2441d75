//! A contract for existing traffic.
//!
//! A shop has a queue `legacy-orders`, to which an old program sends plain JSON, and an exchange `shop`, to which it
//! publishes shipments. They stay as they are: the interfaces are bound to them, payloads are plain JSON, and LessMQ
//! adds no attributes of CloudEvents and expects none.
//!
//! With `memory:` the queue and the topic are created when they are first used. On RabbitMQ they have to exist.

use lessmq::contract::Contract;
use lessmq::envelope::Envelope;
use lessmq::transport::{Outgoing, Queue};
use lessmq::{App, External, HandlerResult};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// An order, as the old program sends it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Order {
    number: u32,
    article: String,
}

/// A parcel that was sent.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Shipment {
    order: u32,
}

/// Events of the old shop.
#[lessmq::interface(service = "shop", events)]
pub trait ShopEvents {
    /// After an order was placed.
    async fn ordered(&self, event: Order) -> HandlerResult;

    /// After an order was shipped.
    async fn shipped(&self, event: Shipment) -> HandlerResult;
}

struct Listener {
    seen: UnboundedSender<String>,
}

impl ShopEvents for Listener {
    async fn ordered(&self, event: Order) -> HandlerResult {
        Ok(self.seen.send(format!("order {} for {}", event.number, event.article))?)
    }

    async fn shipped(&self, event: Shipment) -> HandlerResult {
        Ok(self.seen.send(format!("order {} was shipped", event.order))?)
    }
}

#[lessmq::main]
async fn main() -> lessmq::Result<()> {
    let bus = lessmq::connect_from_env()
        .await?
        .bind("shop.ordered", External::queue("legacy-orders")?)
        // On RabbitMQ a topic is an exchange and a routing key.
        .bind("shop.shipped", External::topic("shop/out")?);

    let (seen, mut messages) = unbounded_channel();
    let app = App::new(bus.named("listener"))
        .subscribe("listener", ShopEventsServer::new(Listener { seen }))
        .start()
        .await?;

    // The old program sends an order to its queue: bytes, and nothing else.
    let queue = Queue::External { name: "legacy-orders".parse()? };
    let order = br#"{"number": 7, "article": "umbrella", "colour": "red"}"#;
    check(ShopEventsServer::contract(), "ordered", order);
    bus.send(Outgoing::new(queue, Envelope::bare(&order[..]))).await?;
    println!("{}", messages.recv().await.expect("the listener is open"));

    // A typed client publishes to the existing exchange.
    ShopEventsClient::new(&bus).shipped(Shipment { order: 7 }).await?;
    println!("{}", messages.recv().await.expect("the listener is open"));

    app.shut_down().await?;
    bus.close().await
}

/// Checks a payload without the transport, as the old program could do in its tests.
fn check(contract: &Contract, event: &str, payload: &[u8]) {
    let event = contract.event(event).expect("the contract has this event");
    match event.payload.check_read(payload) {
        Ok(()) => println!("the order matches its contract"),
        Err(error) => println!("{error:#}"),
    }
}
