//! The contract's checks: at start-up, and at each call.

use std::time::Duration;

use lessmq::{App, Bus, CallError, ContractMismatch, ContractPolicy, Error, ErrorKind, WhenAbsent};

use crate::support::{TIMEOUT, on_each_driver};

on_each_driver!(
    a_compatible_provider_is_accepted,
    an_incompatible_provider_stops_the_start,
    an_absent_provider_is_waited_for,
    an_absent_provider_can_be_a_failure_or_a_warning,
    two_services_that_require_each_other_start_at_once,
    a_changed_provider_is_checked_at_the_next_call,
    methods_that_have_not_changed_continue_to_work,
    a_consumer_can_only_be_warned,
    events_are_checked_like_calls,
    the_bus_lists_its_processes,
);

mod old {
    /// Converts.
    #[lessmq::interface(service = "rates")]
    pub(crate) trait Rates {
        async fn rate(&self, from: String, to: String) -> Option<f64>;
    }

    #[lessmq::interface(service = "rates", events)]
    pub(crate) trait RateEvents {
        async fn changed(&self, event: String) -> lessmq::HandlerResult;
    }
}

mod wider {
    #[lessmq::interface(service = "rates")]
    pub(crate) trait Rates {
        async fn rate(&self, from: String, to: String, day: Option<String>) -> Option<f64>;
        async fn currencies(&self) -> Vec<String>;
    }
}

mod broken {
    #[lessmq::interface(service = "rates")]
    pub(crate) trait Rates {
        async fn rate(&self, from: String, to: String) -> String;
    }

    #[lessmq::interface(service = "rates", events)]
    pub(crate) trait RateEvents {
        async fn changed(&self, event: u32) -> lessmq::HandlerResult;
    }
}

/// Two methods, of which one changes.
mod pair {
    pub(crate) mod old {
        #[lessmq::interface(service = "pair")]
        pub(crate) trait Pair {
            async fn left(&self) -> u32;
            async fn right(&self) -> u32;
        }
    }

    pub(crate) mod new {
        #[lessmq::interface(service = "pair")]
        pub(crate) trait Pair {
            async fn left(&self) -> String;
            async fn right(&self) -> u32;
        }
    }
}

struct Bank;

impl pair::new::Pair for Bank {
    async fn left(&self) -> String {
        "1".to_owned()
    }

    async fn right(&self) -> u32 {
        2
    }
}

impl old::Rates for Bank {
    async fn rate(&self, _from: String, _to: String) -> Option<f64> {
        Some(2.0)
    }
}

impl old::RateEvents for Bank {}

impl wider::Rates for Bank {
    async fn rate(&self, _from: String, _to: String, _day: Option<String>) -> Option<f64> {
        Some(3.0)
    }

    async fn currencies(&self) -> Vec<String> {
        Vec::new()
    }
}

impl broken::Rates for Bank {
    async fn rate(&self, _from: String, _to: String) -> String {
        "two".to_owned()
    }
}

async fn rate(client: &old::RatesClient) -> Result<Option<f64>, Error> {
    client.rate("EUR".to_owned(), "USD".to_owned()).timeout(TIMEOUT).await.map_err(CallError::into)
}

fn consumer(bus: &Bus) -> App {
    App::new(bus.named("consumer")).requires::<old::RatesClient>()
}

async fn a_compatible_provider_is_accepted(bus: Bus) {
    let same = App::new(bus.named("rates")).serve(old::RatesServer::new(Bank)).start().await.unwrap();
    consumer(&bus).start().await.unwrap().shut_down().await.unwrap();
    same.shut_down().await.unwrap();
    let different = App::new(bus.named("rates")).serve(wider::RatesServer::new(Bank)).start().await.unwrap();
    consumer(&bus).start().await.unwrap().shut_down().await.unwrap();
    assert_eq!(rate(&old::RatesClient::new(&bus)).await.unwrap(), Some(3.0));
    different.shut_down().await.unwrap();
}

async fn an_incompatible_provider_stops_the_start(bus: Bus) {
    let provider = App::new(bus.named("rates")).serve(broken::RatesServer::new(Bank)).start().await.unwrap();
    let error = consumer(&bus).start().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ContractMismatch);
    let text = format!("{error:#}");
    for expected in ["`rates` 0.1.0", "call `rates.rate`, reply", "for example: "] {
        assert!(text.contains(expected), "`{expected}` is missing in {text}");
    }
    let mismatch = std::error::Error::source(&error).unwrap().downcast_ref::<ContractMismatch>().unwrap();
    assert_eq!((mismatch.service.as_str(), mismatch.report.findings.len()), ("rates", 1));
    provider.shut_down().await.unwrap();
}

async fn an_absent_provider_is_waited_for(bus: Bus) {
    let starting = tokio::spawn(consumer(&bus).start());
    let provider = App::new(bus.named("rates")).serve(old::RatesServer::new(Bank)).start().await.unwrap();
    starting.await.unwrap().unwrap().shut_down().await.unwrap();
    provider.shut_down().await.unwrap();
}

async fn an_absent_provider_can_be_a_failure_or_a_warning(bus: Bus) {
    for when_absent in [WhenAbsent::Fail, WhenAbsent::Wait(Duration::from_millis(100))] {
        let app = App::new(bus.named("consumer")).requires_or::<old::RatesClient>(when_absent);
        let error = app.start().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.to_string().contains("requires `rates`"), "{error:#}");
    }
    let app = App::new(bus.named("consumer")).requires_or::<old::RatesClient>(WhenAbsent::Warn);
    app.start().await.unwrap().shut_down().await.unwrap();
}

#[lessmq::interface(service = "twin")]
pub(crate) trait Twin {
    async fn ping(&self) -> bool;
}

impl Twin for Bank {
    async fn ping(&self) -> bool {
        true
    }
}

async fn two_services_that_require_each_other_start_at_once(bus: Bus) {
    let rates = App::new(bus.named("rates")).requires::<TwinClient>().serve(old::RatesServer::new(Bank));
    let twin = App::new(bus.named("twin")).requires::<old::RatesClient>().serve(TwinServer::new(Bank));
    let (rates, twin) = tokio::join!(rates.start(), twin.start());
    rates.unwrap().shut_down().await.unwrap();
    twin.unwrap().shut_down().await.unwrap();
}

async fn a_changed_provider_is_checked_at_the_next_call(bus: Bus) {
    let client = old::RatesClient::new(&bus);
    let first = App::new(bus.named("rates")).serve(old::RatesServer::new(Bank)).start().await.unwrap();
    assert_eq!(rate(&client).await.unwrap(), Some(2.0));
    first.shut_down().await.unwrap();

    let second = App::new(bus.named("rates")).serve(wider::RatesServer::new(Bank)).start().await.unwrap();
    assert_eq!(rate(&client).await.unwrap(), Some(3.0), "it is another, compatible one");
    second.shut_down().await.unwrap();

    let third = App::new(bus.named("rates")).serve(broken::RatesServer::new(Bank)).start().await.unwrap();
    for _ in 0..2 {
        let error = rate(&client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ContractMismatch, "{error:#}");
        assert!(format!("{error:#}").contains("call `rates.rate`, reply"), "{error:#}");
    }
    third.shut_down().await.unwrap();
}

async fn methods_that_have_not_changed_continue_to_work(bus: Bus) {
    let consumer = App::new(bus.named("consumer")).start().await.unwrap();
    let provider = App::new(bus.named("pair")).serve(pair::new::PairServer::new(Bank)).start().await.unwrap();
    let client = pair::old::PairClient::new(&bus);
    for _ in 0..2 {
        let error = Error::from(client.left().timeout(TIMEOUT).await.unwrap_err());
        assert_eq!(error.kind(), ErrorKind::ContractMismatch, "{error:#}");
        assert!(error.to_string().contains("`pair.left`"), "{error:#}");
        assert_eq!(client.right().timeout(TIMEOUT).await.unwrap(), 2);
    }

    let instances = bus.instances(Duration::from_secs(2)).await.unwrap();
    let refused: Vec<_> = instances.iter().flat_map(|instance| &instance.refuses).collect();
    // Both processes of this test are on one bus.
    assert!(
        refused.iter().all(|refusal| (refusal.service.as_str(), refusal.method.as_str()) == ("pair", "left"))
    );
    assert!(refused.first().is_some_and(|refusal| refusal.reason.contains("for example")), "{refused:?}");
    provider.shut_down().await.unwrap();
    consumer.shut_down().await.unwrap();
}

async fn a_consumer_can_only_be_warned(bus: Bus) {
    let bus = bus.with_contract_policy(ContractPolicy::Warn);
    let provider = App::new(bus.named("pair")).serve(pair::new::PairServer::new(Bank)).start().await.unwrap();
    let consumer = App::new(bus.named("consumer")).requires::<pair::old::PairClient>().start().await.unwrap();
    let client = pair::old::PairClient::new(&bus);
    let error = Error::from(client.left().timeout(TIMEOUT).await.unwrap_err());
    assert_eq!(error.kind(), ErrorKind::Decode, "the reply is what does not fit: {error:#}");
    assert_eq!(client.right().timeout(TIMEOUT).await.unwrap(), 2);
    consumer.shut_down().await.unwrap();
    provider.shut_down().await.unwrap();
}

/// RabbitMQ takes turns between consumers.
#[cfg(feature = "rabbitmq")]
#[tokio::test]
async fn copies_of_two_compatible_versions_are_both_called() {
    let bus = crate::support::rabbitmq().await;
    let narrow = App::new(bus.named("rates")).serve(old::RatesServer::new(Bank)).start().await.unwrap();
    let wide = App::new(bus.named("rates")).serve(wider::RatesServer::new(Bank)).start().await.unwrap();
    let client = old::RatesClient::new(&bus);
    let mut answers = Vec::new();
    while !(answers.contains(&Some(2.0)) && answers.contains(&Some(3.0))) {
        answers.push(rate(&client).await.unwrap());
    }
    narrow.shut_down().await.unwrap();
    wide.shut_down().await.unwrap();
}

async fn events_are_checked_like_calls(bus: Bus) {
    let publisher =
        App::new(bus.named("rates")).publishes::<broken::RateEventsClient>().start().await.unwrap();
    let subscriber = App::new(bus.named("reader")).subscribe("reader", old::RateEventsServer::new(Bank));
    let error = subscriber.start().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ContractMismatch, "{error:#}");
    publisher.shut_down().await.unwrap();
}

async fn the_bus_lists_its_processes(bus: Bus) {
    let rates =
        App::new(bus.named("rates")).serve(old::RatesServer::new(Bank)).publishes::<old::RateEventsClient>();
    let rates = rates.start().await.unwrap();
    let consumer = consumer(&bus).start().await.unwrap();
    let description = bus.describe("rates", TIMEOUT).await.unwrap();
    assert!(description.contract.call("rate").is_some() && description.contract.event("changed").is_some());
    assert_eq!(description.instance.id, rates.instance().id);

    let instances = bus.instances(Duration::from_secs(2)).await.unwrap();
    let names: Vec<_> = instances.iter().map(|instance| instance.name.as_str()).collect();
    assert_eq!(names, ["consumer", "rates"]);
    assert_eq!(instances[0].requires[0].service, "rates");
    assert_eq!(instances[1].provides[0].fingerprint, description.contract.fingerprint());
    consumer.shut_down().await.unwrap();
    rates.shut_down().await.unwrap();
}
