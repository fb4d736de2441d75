//! One program on two brokers. Only LESSMQ_URL changes.
//!
//! ```text
//! cargo run -p example-two-brokers
//! LESSMQ_URL=amqp://guest:guest@localhost cargo run -p example-two-brokers
//! ```

use lessmq::{App, HandlerResult};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// Adds numbers.
#[lessmq::interface(service = "sum")]
pub trait Sum {
    /// The sum of two numbers.
    #[idempotent]
    async fn add(&self, a: u32, b: u32) -> u64;

    /// Writes a line into the journal.
    #[command]
    async fn note(&self, line: String) -> HandlerResult;
}

struct Adder {
    journal: UnboundedSender<String>,
}

impl Sum for Adder {
    async fn add(&self, a: u32, b: u32) -> u64 {
        u64::from(a) + u64::from(b)
    }

    async fn note(&self, line: String) -> HandlerResult {
        Ok(self.journal.send(line)?)
    }
}

#[lessmq::main]
async fn main() -> lessmq::Result<()> {
    let bus = lessmq::connect_from_env().await?;
    println!("over {}", bus.capabilities().driver);
    let sum = SumClient::new(&bus);

    let (journal, mut lines) = unbounded_channel();
    let app = App::new(bus.named("sum")).serve(SumServer::new(Adder { journal })).start().await?;
    println!("1 + 2 = {}", sum.add(1, 2).await?);
    sum.note("added once".to_owned()).await?;
    println!("noted: {}", lines.recv().await.expect("the journal is open"));

    app.shut_down().await?;
    bus.close().await
}
