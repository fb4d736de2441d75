//! `call`, `send`, `listen` and `methods`, on a real broker with a service.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};

use lessmq::{Client, Context, HandlerResult};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{PATIENCE, Scope};
use crate::support::Output;

#[derive(Serialize, Deserialize, JsonSchema)]
struct Order {
    id: u32,
    /// Who pays.
    customer: Option<Customer>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Customer {
    name: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
enum NotFound {
    NoOrder(u32),
}

/// Sells things.
#[lessmq::interface(service = "shop")]
trait Shop {
    /// One order by id.
    ///
    /// It may be an old one.
    async fn find(&self, id: u32) -> Result<Order, NotFound>;
    /// Fails.
    async fn crash(&self);
    /// Never replies.
    async fn hang(&self);
    #[deprecated = "use find"]
    async fn count(&self) -> u64;
}

#[lessmq::interface(service = "shop")]
trait ShopCommands {
    /// Ships an order.
    #[command]
    async fn ship(&self, ctx: &Context, order: Order) -> HandlerResult;
}

#[lessmq::interface(service = "shop", ordered)]
trait ShopSteps {
    #[command]
    async fn step(&self, ctx: &Context, order: Order) -> HandlerResult;
}

#[lessmq::interface(service = "shop", events)]
trait ShopEvents {
    /// An order was placed.
    async fn placed(&self, event: Order) -> HandlerResult;
}

#[lessmq::interface(service = "shop", events, ordered)]
trait ShopHistory {
    async fn changed(&self, event: Order) -> HandlerResult;
}

#[derive(Clone)]
struct Keeper(Sender<String>);

impl Shop for Keeper {
    async fn find(&self, id: u32) -> Result<Order, NotFound> {
        let customer = Some(Customer { name: "Ada \u{9b}31m".to_owned() });
        if id == 7 { Ok(Order { id, customer }) } else { Err(NotFound::NoOrder(id)) }
    }

    async fn crash(&self) {
        panic!("secret");
    }

    async fn hang(&self) {
        std::future::pending().await
    }

    async fn count(&self) -> u64 {
        u64::MAX
    }
}

impl Keeper {
    fn note(&self, ctx: &Context, order: &Order) -> HandlerResult {
        Ok(self.0.send(format!("{} {} {:?}", ctx.method(), order.id, ctx.metadata().get("tenant")))?)
    }
}

impl ShopCommands for Keeper {
    async fn ship(&self, ctx: &Context, order: Order) -> HandlerResult {
        self.note(ctx, &order)
    }
}

impl ShopSteps for Keeper {
    async fn step(&self, ctx: &Context, order: Order) -> HandlerResult {
        self.note(ctx, &order)
    }
}

/// A bus with a shop, and what its handlers of commands received.
fn shop(name: &str) -> (Scope, Receiver<String>) {
    let mut scope = Scope::new(name);
    let received = open(&mut scope);
    (scope, received)
}

fn open(scope: &mut Scope) -> Receiver<String> {
    let (sender, received) = channel();
    let keeper = Keeper(sender);
    scope.start("shop", |app| {
        app.serve(ShopServer::new(keeper.clone()))
            .serve(ShopCommandsServer::new(keeper.clone()))
            .serve(ShopStepsServer::new(keeper))
            .publishes::<ShopEventsClient>()
            .publishes::<ShopHistoryClient>()
    });
    received
}

impl Scope {
    fn check_poke(&self, snapshot: &str, arguments: &[&str]) -> Output {
        let output = self.cli(arguments);
        let id = message_id(&output.stderr);
        let output = self.redact(output, &[]);
        let output = if id.is_empty() { output } else { output.redact(&id, "[ID]") };
        output.check(snapshot);
        output
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let output = self.cli(&[arguments, &["--format", "json"]].concat());
        assert_eq!((output.exit, output.stderr.as_str()), (0, ""));
        serde_json::from_str(&output.stdout).unwrap()
    }
}

/// The id in `(message ID)`.
fn message_id(text: &str) -> String {
    let rest = text.split_once("(message ").map_or("", |(_, rest)| rest);
    rest.split(')').next().unwrap_or_default().to_owned()
}

#[test]
fn call_prints_the_reply_or_the_typed_error() {
    let (scope, _received) = shop("call");
    scope.check_poke("call", &["call", "shop.find", r#"{"id": 7}"#]);
    scope.check_poke("call-rejected", &["call", "shop.find", r#"{"id": 8}"#]);
    scope.project.write("request.json", r#"{"id": 7}"#);
    let reply = scope.json(&["call", "shop.find", "@request.json"]);
    assert_eq!((reply["outcome"].as_str(), reply["payload"]["id"].as_u64()), (Some("ok"), Some(7)));
    assert_eq!(scope.cli(&["call", "shop.count"]).stdout, "18446744073709551615\n");
}

#[test]
fn a_request_is_checked_before_it_is_sent() {
    let (scope, received) = shop("call-check");
    scope.check_poke("call-missing", &["call", "shop.find"]);
    scope.check_poke("call-unknown-field", &["call", "shop.find", r#"{"id": 7, "limit": 1}"#]);
    scope.check_poke("call-not-json", &["call", "shop.find", "{id: 7}"]);
    scope.check_poke("call-no-file", &["call", "shop.find", "@absent.json"]);
    scope.check_poke(
        "send-invalid",
        &["send", "shop.ship", r#"{"order": {"id": "x", "customer": {"nam": "Ada"}}}"#],
    );
    scope.check_poke("call-no-check", &["call", "shop.find", r#"{"id": "x"}"#, "--no-check"]);
    assert!(received.try_recv().is_err(), "nothing was sent");
}

#[test]
fn a_call_without_a_reply_is_an_error_with_the_id_of_its_message() {
    let (scope, _received) = shop("call-failed");
    scope.check_poke("call-crash", &["call", "shop.crash"]);
    scope.check_poke("call-deadline", &["call", "shop.hang", "--timeout", "2000"]);
}

#[test]
fn what_the_contract_does_not_have_is_an_error_that_says_what_it_has() {
    let (scope, _received) = shop("call-unknown");
    scope.check_poke("call-unknown", &["call", "shop.fnid"]);
    scope.check_poke("call-command", &["call", "shop.ship"]);
    scope.check_poke("send-call", &["send", "shop.find"]);
    scope.check_poke("listen-command", &["listen", "shop.ship"]);
    scope.check_poke("listen-call", &["listen", "shop.find"]);
    scope.check_poke("call-no-method", &["call", "shop"]);
    scope.check_poke("call-absent", &["call", "mailer.send", "--wait", "300"]);
}

#[test]
fn methods_lists_what_live_services_have() {
    let (scope, _received) = shop("methods");
    scope.check_poke("methods", &["methods"]);
    scope.check_poke("methods-kind", &["methods", "shop.s", "--kind", "command", "--names"]);
    scope.check_poke("methods-none", &["methods", "user.", "--wait", "300"]);
    assert_eq!(scope.json(&["methods"])["methods"][0]["name"], "shop.changed");
}

#[test]
fn commands_reach_their_handlers_with_metadata() {
    let (scope, received) = shop("send");
    for method in ["shop.ship", "shop.step"] {
        let sent = scope.json(&[
            "send",
            method,
            r#"{"order": {"id": 7}}"#,
            "--metadata",
            "tenant=acme",
            "--partition-key",
            "k",
        ]);
        assert_eq!((sent["method"].as_str(), sent["kind"].as_str()), (Some(method), Some("command")));
        assert_eq!(received.recv_timeout(PATIENCE).unwrap(), format!("{method} 7 Some(\"acme\")"));
    }
}

#[test]
fn a_command_to_a_service_that_is_not_live_is_sent_by_its_contract() {
    let mut scope = Scope::new("send-contract");
    let contract = {
        let mut contract = ShopCommandsClient::contract().clone();
        contract.merge(ShopClient::contract()).unwrap();
        contract.to_json()
    };
    scope.project.write("contract.json", &contract);
    let output = scope.cli(&["send", "shop.ship", r#"{"order": {"id": 9}}"#, "--contract", "contract.json"]);
    assert_eq!((output.exit, output.stderr.as_str()), (0, ""));
    assert!(output.stdout.starts_with("sent shop.ship as message 0"), "{output:?}");
    scope.check_poke("send-other-contract", &["send", "mailer.send", "--contract", "contract.json"]);
    let received = open(&mut scope);
    assert_eq!(received.recv_timeout(PATIENCE).unwrap(), "shop.ship 9 None");
}

/// A running `listen`, whose subscription exists.
struct Listener {
    child: Child,
    stderr: BufReader<std::process::ChildStderr>,
}

impl Listener {
    fn start(scope: &Scope, arguments: &[&str]) -> Self {
        let arguments = [&["listen", &scope.url], arguments, &["--namespace", &scope.namespace]].concat();
        let mut command = scope.project.command("", &arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        assert!(line.starts_with("note: listening to "), "{line}");
        Self { child, stderr }
    }

    /// The exit code and standard output, once it has ended.
    fn finish(mut self) -> (Option<i32>, String) {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        self.stderr.read_to_string(&mut stderr).unwrap();
        assert_eq!(stderr, "");
        (self.child.wait().unwrap().code(), stdout)
    }
}

#[test]
fn listen_prints_events_and_says_which_do_not_match_the_contract() {
    let (scope, _received) = shop("listen");
    let people = Listener::start(&scope, &["shop", "--count", "3"]);
    let programs = Listener::start(&scope, &["shop.placed", "--count", "2", "--format", "json"]);
    let sent = [
        scope.json(&["send", "shop.changed", r#"{"id": 1, "customer": null}"#, "--partition-key", "k"]),
        scope.json(&["send", "shop.placed", r#"{"id": 2, "customer": {"name": "Ada"}}"#]),
        scope.json(&["send", "shop.placed", r#"{"id": "x"}"#, "--no-check", "--metadata", "tenant=acme"]),
    ];
    let (exit, lines) = programs.finish();
    let events: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((exit, events.len()), (Some(1), 2));
    assert_eq!((&events[0]["payload"]["id"], &events[0]["id"]), (&2.into(), &sent[1]["id"]));
    assert_eq!((&events[1]["metadata"]["tenant"], events[0].get("mistake")), (&"acme".into(), None));
    assert!(events[1]["mistake"].as_str().unwrap().contains("/id"), "{}", events[1]);

    let (exit, text) = people.finish();
    assert_eq!(exit, Some(1));
    // Ordered and other events have separate queues, so they may arrive in another order.
    let mut blocks: Vec<&str> = text.trim_end().split("\n\n").collect();
    blocks.sort_by_key(|block| block.split_once(' ').map(|(_, rest)| rest));
    let redact = |block: &str| {
        let time = block.split(' ').next().unwrap_or_default();
        sent.iter().fold(block.replace(time, "[TIME]"), |block, sent| {
            block.replace(sent["id"].as_str().unwrap(), "[ID]")
        })
    };
    let blocks: Vec<String> = blocks.into_iter().map(redact).collect();
    crate::support::check_text("listen", &(blocks.join("\n\n") + "\n"));
}

#[test]
#[cfg(unix)]
fn an_interrupted_listener_ends_cleanly() {
    let (scope, _received) = shop("listen-interrupt");
    let listener = Listener::start(&scope, &["shop"]);
    let interrupted = Command::new("kill").args(["-INT", &listener.child.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    assert_eq!(listener.finish(), (Some(0), String::new()));
}

#[test]
fn a_group_keeps_its_events_while_no_one_listens() {
    let (scope, _received) = shop("listen-group");
    let arguments = ["shop.placed", "--group", "poke", "--count", "1", "--format", "json"];
    let first = Listener::start(&scope, &arguments);
    scope.json(&["send", "shop.placed", r#"{"id": 1, "customer": null}"#]);
    assert_eq!(first.finish().0, Some(0));
    scope.json(&["send", "shop.placed", r#"{"id": 2, "customer": null}"#]);
    let (exit, line) = Listener::start(&scope, &arguments).finish();
    assert_eq!(exit, Some(0));
    assert_eq!(serde_json::from_str::<Value>(&line).unwrap()["payload"]["id"], 2);
}

/// What bash completes the end of a line to.
#[cfg(unix)]
pub(super) fn complete(scope: &Scope, line: &str) -> String {
    scope.project.write("completions.bash", &scope.project.cli(["completions", "bash"]).stdout);
    let words: Vec<&str> = line.split(' ').collect();
    let script = format!(
        "source completions.bash; COMP_LINE={line:?}; COMP_WORDS=({words}); COMP_CWORD={last}; \
         _lessmq__cli_methods lessmq-cli {current:?} x; echo \"${{COMPREPLY[@]}}\"",
        words = words.iter().map(|word| format!("{word:?} ")).collect::<String>(),
        last = words.len() - 1,
        current = words.last().unwrap(),
    );
    let mut command = scope.project.program("bash", "", &["-c", &script]);
    let programs = Path::new(env!("CARGO_BIN_EXE_lessmq-cli")).parent().unwrap().display();
    let path = format!("{programs}:{}", std::env::var("PATH").unwrap());
    command.env("PATH", path).env("LESSMQ_NAMESPACE", &scope.namespace);
    let output = command.output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
#[cfg(unix)]
fn bash_completes_the_methods_of_live_services() {
    let (scope, _received) = shop("completions-live");
    let complete = |line: &str| complete(&scope, line);
    let url = &scope.url;
    assert_eq!(complete(&format!("lessmq-cli call {url} shop.f")), "shop.find");
    assert_eq!(complete(&format!("lessmq-cli send {url} ")), "shop.changed shop.placed shop.ship shop.step");
    assert_eq!(complete(&format!("lessmq-cli listen {url} shop.p")), "shop.placed");
    assert_eq!(complete("lessmq-cli call shop.f"), "", "there is no address");
    assert_eq!(complete("lessmq-cli describe --wa"), "--wait");
}
