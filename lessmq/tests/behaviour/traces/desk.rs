//! A service whose handlers call the shop, and both of them as one program.

use lessmq::{App, Bus, Context};
use tracing::Instrument;

use crate::shop::{Order, Probe, Seen, ShopClient, ShopEventsClient, ShopService};
use crate::support::next;

#[lessmq::interface(service = "desk")]
pub(crate) trait Desk {
    /// Sends a call, a command and an event. Returns what the handler of the call knows.
    async fn order(&self) -> Seen;

    /// Calls the shop in another task, within a span that is opened there.
    async fn delegate(&self, ctx: &Context) -> Seen;

    /// Calls the shop in another task, within a span that is opened here.
    async fn instruct(&self, ctx: &Context) -> Seen;
}

struct DeskService {
    shop: ShopClient,
    events: ShopEventsClient,
}

impl Desk for DeskService {
    async fn order(&self) -> Seen {
        let seen = self.shop.introspect().await.expect("the shop is open");
        self.shop.note("ordered".to_owned()).await.expect("it is stored");
        self.events.shipped(Order { number: 1, note: None }).await.expect("it is stored");
        seen
    }

    async fn delegate(&self, ctx: &Context) -> Seen {
        let (shop, ctx) = (self.shop.clone(), ctx.clone());
        let work = async move {
            let work = async { shop.introspect().await.expect("the shop is open") };
            ctx.scope(async { work.instrument(tracing::info_span!("work")).await }).await
        };
        tokio::spawn(work).await.expect("it does not panic")
    }

    async fn instruct(&self, ctx: &Context) -> Seen {
        let shop = self.shop.clone();
        let work = ctx.clone().scope(async move { shop.introspect().await.expect("the shop is open") });
        tokio::spawn(work.instrument(tracing::info_span!("work"))).await.expect("it does not panic")
    }
}

/// The desk and the shop, which share a bus.
pub(crate) struct Services {
    pub(crate) desk: DeskClient,
    pub(crate) shop: ShopClient,
    /// The reports of the shop and of its subscriber.
    pub(crate) probes: [Probe; 2],
    running: lessmq::app::Running,
}

impl Services {
    pub(crate) async fn start(bus: &Bus) -> Self {
        let (shop, shop_probe) = ShopService::server();
        let (subscriber, events_probe) = ShopService::subscriber();
        let desk = DeskService { shop: ShopClient::new(bus), events: ShopEventsClient::new(bus) };
        let app = App::new(bus.named("shop")).serve(shop).publishes::<ShopEventsClient>();
        let app = app.serve(DeskServer::new(desk)).subscribe("mail", subscriber);
        Self {
            desk: DeskClient::new(&bus.named("web")),
            shop: ShopClient::new(&bus.named("web")),
            probes: [shop_probe, events_probe],
            running: app.start().await.unwrap(),
        }
    }

    /// Waits for the next report of the shop.
    pub(crate) async fn shop_reports(&mut self) -> String {
        next(&mut self.probes[0].reports).await
    }

    /// Waits for the next report of the subscriber.
    pub(crate) async fn subscriber_reports(&mut self) -> String {
        next(&mut self.probes[1].reports).await
    }

    pub(crate) async fn shut_down(self) {
        self.running.shut_down().await.unwrap();
    }
}
