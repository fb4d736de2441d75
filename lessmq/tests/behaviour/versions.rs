//! Two incompatible versions of methods at once.

use lessmq::{App, Bus, ErrorKind, HandlerResult};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::support::{TIMEOUT, next, on_each_driver};

#[lessmq::interface(service = "shop")]
trait OrdersV1 {
    async fn state(&self, id: u32) -> String;
    #[command]
    async fn cancel(&self, id: u32) -> HandlerResult;
}

#[lessmq::interface(service = "shop", version = 2)]
trait Orders {
    async fn state(&self, id: String) -> Option<String>;
    #[command]
    async fn cancel(&self, id: String) -> HandlerResult;
}

#[lessmq::interface(service = "shop", events)]
trait OrderEvents {
    async fn placed(&self, event: u32) -> HandlerResult;
    #[version(2)]
    async fn placed_v2(&self, event: String) -> HandlerResult;
}

#[lessmq::interface(service = "shop", events)]
trait OldOrderEvents {
    async fn placed(&self, event: u32) -> HandlerResult;
}

struct Shop(UnboundedSender<String>);

impl Shop {
    fn report(&self, text: String) -> HandlerResult {
        self.0.send(text)?;
        Ok(())
    }
}

impl OrdersV1 for Shop {
    async fn state(&self, id: u32) -> String {
        format!("version 1 of {id}")
    }
    async fn cancel(&self, id: u32) -> HandlerResult {
        self.report(format!("version 1 of {id}"))
    }
}

impl Orders for Shop {
    async fn state(&self, id: String) -> Option<String> {
        Some(format!("version 2 of {id}"))
    }
    async fn cancel(&self, id: String) -> HandlerResult {
        self.report(format!("version 2 of {id}"))
    }
}

impl OrderEvents for Shop {
    async fn placed(&self, _: u32) -> HandlerResult {
        Ok(())
    }
    async fn placed_v2(&self, event: String) -> HandlerResult {
        self.report(format!("version 2 of {event}"))
    }
}

impl OldOrderEvents for Shop {
    async fn placed(&self, event: u32) -> HandlerResult {
        self.report(format!("version 1 of {event}"))
    }
}

on_each_driver!(clients_of_both_versions_find_theirs, subscribers_of_both_versions_get_theirs);

async fn clients_of_both_versions_find_theirs(bus: Bus) {
    let (sender, mut reports) = unbounded_channel();
    let provider = App::new(bus.named("shop"));
    let provider =
        provider.serve(OrdersV1Server::new(Shop(sender.clone()))).serve(OrdersServer::new(Shop(sender)));
    let provider = provider.start().await.unwrap();
    let (old, new) = (OrdersV1Client::new(&bus.named("billing")), OrdersClient::new(&bus.named("web")));
    for _ in 0..2 {
        assert_eq!(old.state(7).await.unwrap(), "version 1 of 7");
        assert_eq!(new.state("a".into()).await.unwrap().unwrap(), "version 2 of a");
    }
    old.cancel(7).await.unwrap();
    assert_eq!(next(&mut reports).await, "version 1 of 7");
    new.cancel("a".into()).await.unwrap();
    assert_eq!(next(&mut reports).await, "version 2 of a");

    let described = bus.describe("shop", TIMEOUT).await.unwrap().contract;
    let names: Vec<&str> = described.methods.keys().map(String::as_str).collect();
    assert_eq!(names, ["cancel", "cancel@2", "state", "state@2"]);
    let consumer = App::new(bus.named("both")).requires::<OrdersV1Client>().requires::<OrdersClient>();
    consumer.start().await.unwrap().shut_down().await.unwrap();

    let id = &provider.instance().id;
    let listed = bus.instances(TIMEOUT / 10).await.unwrap();
    let listed = listed.iter().find(|instance| instance.id == *id).expect("the provider answers");
    let mut uses: Vec<_> = listed
        .older_uses
        .iter()
        .map(|found| (found.method.as_str(), found.newer.as_str(), found.caller.as_str(), found.messages))
        .collect();
    uses.sort_unstable();
    assert_eq!(uses, [("cancel", "cancel@2", "billing", 1), ("state", "state@2", "billing", 2)]);
    provider.shut_down().await.unwrap();
}

async fn subscribers_of_both_versions_get_theirs(bus: Bus) {
    let (sender, mut reports) = unbounded_channel();
    let subscriber = App::new(bus.named("mailer"));
    let subscriber = subscriber
        .subscribe("old", OldOrderEventsServer::new(Shop(sender.clone())))
        .subscribe("new", OrderEventsServer::new(Shop(sender)));
    let subscriber = subscriber.start().await.unwrap();
    let events = OrderEventsClient::new(&bus.named("shop"));
    events.placed(7).await.unwrap();
    assert_eq!(next(&mut reports).await, "version 1 of 7");
    events.placed_v2("a".into()).await.unwrap();
    assert_eq!(next(&mut reports).await, "version 2 of a");
    subscriber.shut_down().await.unwrap();
}

#[lessmq::interface(service = "shop")]
trait Colliding {
    async fn state_v2(&self);
}

impl Colliding for Shop {
    async fn state_v2(&self) {}
}

#[tokio::test]
async fn methods_with_one_name_in_code_cannot_be_served_together() {
    let (sender, _reports) = unbounded_channel();
    let app = App::new(Bus::memory().named("shop"));
    let app = app.serve(OrdersServer::new(Shop(sender.clone()))).serve(CollidingServer::new(Shop(sender)));
    let error = app.start().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error:#}");
    assert!(error.to_string().contains("`state@2` and `state_v2`"), "{error:#}");
}
