//! A contract for traffic that is there already.
//!
//! A shop has a queue `legacy-orders` into which an old program puts plain JSON, and an exchange `shop` on which it
//! publishes shipments. Nothing about them changes: the interfaces are bound to them, payloads stay plain JSON, and no
//! attribute of LessMQ is expected or sent.
//!
//! With `memory:` the queue and the exchange come into being by themselves; on RabbitMQ they have to exist, as they
//! do where there is an old program.

use lessmq::contract::Contract;
use lessmq::envelope::Envelope;
use lessmq::transport::Address;
use lessmq::{App, Existing, HandlerResult};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// An order as the old program writes it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Order {
    number: u32,
    article: String,
}

/// A parcel that has left the house.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Shipment {
    order: u32,
}

/// What the old shop tells.
#[lessmq::interface(service = "shop", events)]
pub trait ShopEvents {
    /// An order came in.
    async fn ordered(&self, event: Order) -> HandlerResult;

    /// An order left the house.
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
        .bind("shop.ordered", Existing::Queue("legacy-orders".to_owned()))
        .bind(
            "shop.shipped",
            Existing::Exchange { exchange: "shop".to_owned(), routing_key: "out".to_owned() },
        );

    let (seen, mut messages) = unbounded_channel();
    let app = App::new(bus.named("listener"))
        .subscribe("listener", ShopEventsServer::new(Listener { seen }))
        .start()
        .await?;

    // The old program puts an order into its queue: bytes, and nothing else.
    let queue = Address::Existing { exchange: "".into(), routing_key: "legacy-orders".into() };
    let order = br#"{"number": 7, "article": "umbrella", "colour": "red"}"#;
    check(ShopEventsServer::contract(), "ordered", order);
    bus.transport().publish(&queue, Envelope::bare(&order[..]).into()).await?;
    println!("{}", messages.recv().await.expect("the listener is open"));

    // The other way: a typed client publishes to the exchange that exists.
    ShopEventsClient::new(&bus).shipped(Shipment { order: 7 }).await?;
    println!("{}", messages.recv().await.expect("the listener is open"));

    app.shut_down().await?;
    bus.close().await
}

/// A contract alone, without the transport: what the old program could do in its own tests.
fn check(contract: &Contract, event: &str, payload: &[u8]) {
    let event = contract.event(event).expect("the contract has it");
    match event.payload.check_read(payload) {
        Ok(()) => println!("the order fits its contract"),
        Err(error) => println!("{error:#}"),
    }
}
