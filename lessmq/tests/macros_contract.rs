//! The contract of an interface.

#![cfg(feature = "macros")]

use lessmq::contract::schema::ARGUMENT_ORDER;
use lessmq::contract::{Call, Command, Contract, Event, request_title};
use lessmq::registry;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Order {
    item: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Refused {
    reason: String,
}

/// Orders and what becomes of them.
///
/// Prices are in cents.
#[lessmq::interface(service = "shop")]
trait Orders {
    /// One order by number.
    async fn get(&self, number: u32, r#in: Option<String>) -> Result<Order, Refused>;

    /// How many orders there are.
    #[idempotent]
    async fn count(&self, ctx: &lessmq::Context) -> u64;

    #[deprecated(note = "use `get`")]
    async fn fetch(
        &self,
        /// The number on the receipt.
        number: u32,
    ) -> Order;

    async fn touch(&self);

    /// Takes an order.
    #[command]
    async fn place(&self, #[payload] order: Order) -> lessmq::HandlerResult;

    #[command]
    #[deprecated]
    async fn clean(&self, since: Option<u64>) -> lessmq::HandlerResult;
}

#[lessmq::interface(service = "shop", events)]
trait OrderEvents {
    /// After an order has been taken.
    async fn placed(&self, ctx: &lessmq::Context, event: Order) -> lessmq::HandlerResult;
}

#[allow(non_snake_case, reason = "a name may have two underscores")]
mod titles {
    /// Methods whose names have underscores before letters, digits and underscores.
    #[lessmq::interface(service = "titles")]
    pub(super) trait Titles {
        async fn get(&self, id: u64);
        async fn get_by_name(&self, name: String);
        async fn page2(&self, size: u8);
        async fn page_2(&self, size: u8);
        async fn page_2_of(&self, size: u8);
        async fn two__lines(&self, size: u8);
        async fn last_(&self, size: u8);
    }
}

#[lessmq::interface(service = "ledger", ordered)]
trait Ledger {
    async fn balance(&self) -> i64;

    #[command]
    async fn book(&self, amount: i64) -> lessmq::HandlerResult;
}

#[lessmq::interface(service = "ledger", events, ordered)]
trait LedgerEvents {
    async fn booked(&self, amount: i64) -> lessmq::HandlerResult;
}

#[lessmq::interface(service = "stock")]
trait Stock {
    async fn take(&self, note: Option<String>, item: u32, r#in: Option<u32>);
    async fn put(&self, shelf: u32, item: u32);
}

fn contract() -> &'static Contract {
    OrdersServer::contract()
}

fn call(name: &str) -> &'static Call {
    contract().call(name).expect("the interface has the call")
}

fn command(name: &str) -> &'static Command {
    contract().command(name).expect("the interface has the command")
}

fn placed() -> &'static Event {
    OrderEventsServer::contract().event("placed").expect("the interface has the event")
}

fn names<T>(methods: impl Iterator<Item = (&'static str, T)>) -> Vec<&'static str> {
    methods.map(|(name, _)| name).collect()
}

/// A schema without the keywords that differ between versions of schemars.
fn object(schema: &Value) -> Value {
    json!({ "properties": schema["properties"], "required": schema["required"] })
}

#[test]
fn the_contract_names_the_service_and_the_version_of_the_package() {
    assert_eq!(contract().service, "shop");
    assert_eq!(contract().version.to_string(), env!("CARGO_PKG_VERSION"));
    assert_eq!(
        contract().description.as_deref(),
        Some("Orders and what becomes of them.\n\nPrices are in cents.")
    );
    assert_eq!(OrderEventsServer::contract().description, None);
}

#[test]
fn methods_are_calls_commands_and_events() {
    assert_eq!(names(contract().calls()), ["count", "fetch", "get", "touch"]);
    assert_eq!(names(contract().commands()), ["clean", "place"]);
    assert!(contract().events().next().is_none());
    assert_eq!(names(OrderEventsServer::contract().events()), ["placed"]);
}

#[test]
fn the_docs_of_methods_are_in_the_contract() {
    let description = |method: &str| call(method).docs.description.as_deref();
    assert_eq!(description("get"), Some("One order by number."));
    assert_eq!(description("count"), Some("How many orders there are."));
    assert_eq!(description("fetch"), None);
    assert_eq!(command("place").docs.description.as_deref(), Some("Takes an order."));
    assert_eq!(placed().docs.description.as_deref(), Some("After an order has been taken."));
}

#[test]
fn deprecations_are_in_the_contract_with_their_note() {
    assert_eq!(call("get").docs.deprecated, None);
    assert_eq!(call("fetch").docs.deprecated.as_deref(), Some("use `get`"));
    assert_eq!(command("clean").docs.deprecated.as_deref(), Some(""));
}

#[test]
fn only_marked_calls_are_idempotent() {
    assert!(call("count").idempotent);
    assert!(!call("get").idempotent);
}

#[test]
fn ordering_is_in_the_contract_of_commands_and_events() {
    assert!(LedgerServer::contract().command("book").is_some_and(|book| book.ordered));
    assert!(LedgerEventsServer::contract().event("booked").is_some_and(|booked| booked.ordered));
    assert!(!command("place").ordered);
    assert!(!placed().ordered);
}

#[test]
fn arguments_are_fields_of_the_request() {
    let request = &call("get").request;
    assert_eq!(request.reads["title"], "GetRequest");
    assert_eq!(request.reads["type"], "object");
    assert_eq!(request.reads["properties"]["number"]["type"], "integer");
    assert_eq!(request.reads["properties"]["in"]["type"], json!(["string", "null"]));
}

#[test]
fn an_optional_argument_is_not_required() {
    let request = &call("get").request;
    assert_eq!(request.reads["required"], json!(["number"]));
    assert_eq!(request.writes["required"], json!(["number"]));
    request.check_read(br#"{"number": 1}"#).expect("the optional argument may be absent");
    request.check_read(br#"{"in": "shelf"}"#).expect_err("the other may not");
}

#[test]
fn the_docs_of_an_argument_describe_its_field() {
    let request = &call("fetch").request;
    assert_eq!(request.reads["properties"]["number"]["description"], "The number on the receipt.");
}

#[test]
fn the_context_is_not_part_of_the_request() {
    let request = &call("count").request;
    assert_eq!(object(&request.reads), json!({ "properties": {}, "required": null }));
    request.check_read(b"{}").expect("a call without arguments has an empty request");
}

#[test]
fn a_payload_is_the_whole_message() {
    let request = &command("place").request;
    assert_eq!(request.reads["title"], "Order");
    assert_eq!(request.reads["required"], json!(["item"]));
    assert_eq!(placed().payload, *request);
}

#[test]
fn a_result_is_a_reply_and_a_typed_error() {
    let get = call("get");
    assert_eq!(get.reply.reads["title"], "Order");
    assert_eq!(get.error.as_ref().expect("it is fallible").reads["title"], "Refused");
    assert_eq!(call("count").error, None);
    call("touch").reply.check_written(b"null").expect("no reply is null");
}

#[test]
fn the_client_and_the_server_have_the_same_contract() {
    assert_eq!(<OrdersClient as lessmq::Client>::contract(), contract());
    assert_eq!(<OrderEventsClient as lessmq::Client>::contract(), OrderEventsServer::contract());
}

#[test]
fn interfaces_are_registered() {
    let mut registered: Vec<_> = registry::registered_interfaces()
        .filter(|interface| interface.module == module_path!())
        .map(|interface| (interface.name, interface.package, interface.file, (interface.contract)()))
        .collect();
    registered.sort_by_key(|(name, ..)| *name);
    let package = env!("CARGO_PKG_NAME");
    assert_eq!(
        registered,
        [
            ("Ledger", package, file!(), LedgerServer::contract()),
            ("LedgerEvents", package, file!(), LedgerEventsServer::contract()),
            ("OrderEvents", package, file!(), OrderEventsServer::contract()),
            ("Orders", package, file!(), contract()),
            ("Stock", package, file!(), StockServer::contract())
        ]
    );
}

#[test]
fn a_registration_points_to_the_attribute() {
    let orders = registry::registered_interfaces()
        .find(|interface| interface.module == module_path!() && interface.name == "Orders")
        .expect("it is registered");
    let line = include_str!("macros_contract.rs").lines().nth(orders.line as usize - 1);
    assert_eq!(line, Some("#[lessmq::interface(service = \"shop\")]"));
}

/// The macro and the library each have a function that makes the title.
#[test]
fn the_title_of_a_request_is_the_one_that_the_library_expects() {
    for (name, call) in titles::TitlesServer::contract().calls() {
        assert_eq!(call.request.writes["title"], request_title(name));
        assert_eq!(call.request.reads["title"], request_title(name));
    }
}

#[test]
fn the_order_of_arguments_is_in_the_contract() {
    let stock = StockServer::contract();
    let request = |name| &stock.call(name).expect("the interface has the call").request;
    let take = request("take");
    for schema in [&take.writes, &take.reads] {
        assert_eq!(schema[ARGUMENT_ORDER], json!(["note", "item", "in"]));
    }
    // The list of required arguments has their order.
    assert_eq!(request("put").reads["required"], json!(["shelf", "item"]));
    assert_eq!(request("put").reads.get(ARGUMENT_ORDER), None);
}
