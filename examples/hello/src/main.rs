use lessmq::{App, CallError, HandlerResult};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Greeting {
    text: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub enum GreetError {
    EmptyName,
}

/// Greets people.
#[lessmq::interface(service = "greeter")]
pub trait Greeter {
    /// A greeting for one person.
    async fn greet(&self, name: String, formal: Option<bool>) -> Result<Greeting, GreetError>;
}

/// What the greeter publishes.
#[lessmq::interface(service = "greeter", events)]
pub trait GreeterEvents {
    /// A person was greeted.
    async fn greeted(&self, event: Greeting) -> HandlerResult;
}

/// The service. It answers calls, and publishes an event after each.
struct English {
    events: GreeterEventsClient,
}

impl Greeter for English {
    async fn greet(&self, name: String, formal: Option<bool>) -> Result<Greeting, GreetError> {
        if name.is_empty() {
            return Err(GreetError::EmptyName);
        }
        let text =
            if formal == Some(true) { format!("Good day, {name}.") } else { format!("Hello, {name}!") };
        if let Err(error) = self.events.greeted(Greeting { text: text.clone() }).await {
            eprintln!("the event was not stored: {error}");
        }
        Ok(Greeting { text })
    }
}

/// A subscriber: each event goes to one process of its consumer group.
struct Diary {
    entries: tokio::sync::mpsc::UnboundedSender<String>,
}

impl GreeterEvents for Diary {
    async fn greeted(&self, event: Greeting) -> HandlerResult {
        self.entries.send(event.text)?; // after an error, the event is delivered again
        Ok(())
    }
}

#[lessmq::main]
async fn main() -> lessmq::Result<()> {
    // `memory:`, unless LESSMQ_URL names a broker such as amqp://guest:guest@localhost
    let bus = lessmq::connect_from_env().await?;

    // Usually these are two programs that end in `.run().await`. Here they share one.
    let greeter = App::new(bus.named("greeter"))
        .serve(GreeterServer::new(English { events: GreeterEventsClient::new(&bus) }))
        .publishes::<GreeterEventsClient>()
        .start()
        .await?;
    let (entries, mut diary) = tokio::sync::mpsc::unbounded_channel();
    let reader = App::new(bus.named("diary"))
        .requires::<GreeterClient>() // does not start if the live greeter is incompatible
        .subscribe("diary", GreeterEventsServer::new(Diary { entries }))
        .start()
        .await?;

    let client = GreeterClient::new(&bus);
    for (name, formal) in [("Ada", None), ("Grace", Some(true)), ("", None)] {
        match client.greet(name.to_owned(), formal).await {
            Ok(greeting) => println!("{}", greeting.text),
            Err(CallError::Rejected(error)) => println!("rejected: {error:?}"),
            Err(CallError::Failed(error)) => return Err(error),
        }
    }
    for _ in 0..2 {
        println!("in the diary: {}", diary.recv().await.expect("the diary is open"));
    }

    reader.shut_down().await?;
    greeter.shut_down().await?;
    bus.close().await
}
