//! The messages, which are the same for every system.

use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Result, ensure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The calls of the benchmarks.
#[lessmq::interface(service = "bench")]
pub(crate) trait Bench {
    /// Adds two numbers.
    async fn add(&self, a: u32, b: u32) -> u32;
    /// Returns the customer with this number.
    async fn find(&self, number: u64) -> Customer;
    /// Returns the account after a sign-in.
    async fn touch(&self, account: Account) -> Account;
    /// Returns the order with the next id.
    async fn advance(&self, order: Order) -> Order;
}

/// The events of the benchmarks.
#[lessmq::interface(service = "bench", events)]
pub(crate) trait BenchEvents {
    /// An event of 256 bytes.
    async fn happened(&self, event: Happened) -> lessmq::HandlerResult;
}

/// The arguments of `add`, for systems without interfaces.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Add {
    pub(crate) a: u32,
    pub(crate) b: u32,
}

/// The arguments of `find`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Find {
    pub(crate) number: u64,
}

/// The customer that `find` is called with.
pub(crate) const CUSTOMER: u64 = 100_000_000_000_000_042;

/// A record of 90 bytes of JSON.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Customer {
    pub(crate) number: u64,
    pub(crate) name: String,
    pub(crate) email: String,
}

impl Customer {
    /// The result of `find`.
    pub(crate) fn find(number: u64) -> Self {
        let (name, email) = ("Augusta Ada King".to_owned(), "augusta.king@example.org".to_owned());
        Self { number, name, email }
    }
}

/// The arguments of `touch`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Touch {
    pub(crate) account: Account,
}

/// A record of about 200 bytes of JSON, as in most calls.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Account {
    pub(crate) id: uuid::Uuid,
    pub(crate) email: String,
    pub(crate) display_name: String,
    pub(crate) created_at: String,
    pub(crate) sign_ins: u32,
}

impl Account {
    pub(crate) fn example() -> Self {
        Self {
            id: uuid::Uuid::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_099a_8057),
            email: "ada.lovelace@example.org".to_owned(),
            display_name: "Ada Lovelace".to_owned(),
            created_at: "2026-11-20T19:55:19.123456Z".to_owned(),
            sign_ins: 42,
        }
    }

    /// The result of `touch`.
    pub(crate) fn touched(mut self) -> Self {
        self.sign_ins += 1;
        self
    }
}

/// The arguments of `advance`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Advance {
    pub(crate) order: Order,
}

/// A record of about 1 KB of JSON.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Order {
    pub(crate) id: u64,
    pub(crate) customer: String,
    pub(crate) address: String,
    pub(crate) paid: bool,
    pub(crate) discount: Option<f64>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) lines: Vec<Line>,
}

/// One line of an order.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Line {
    pub(crate) article: String,
    pub(crate) description: String,
    pub(crate) quantity: u32,
    pub(crate) cents: i64,
}

/// An event of 256 bytes of JSON.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Happened {
    pub(crate) number: u64,
    /// In microseconds since the Unix epoch.
    pub(crate) published_at: u64,
    pub(crate) text: String,
}

impl Happened {
    pub(crate) fn new(number: u64) -> Self {
        let published_at = micros_since_epoch();
        // With names, quotes, commas and brackets, it has 256 bytes.
        let digits = number.to_string().len() + published_at.to_string().len();
        Self { number, published_at, text: "e".repeat(219 - digits) }
    }

    /// The time since this event was made. All processes of a benchmark run on the same machine.
    pub(crate) fn age(&self) -> Duration {
        Duration::from_micros(micros_since_epoch().saturating_sub(self.published_at))
    }
}

fn micros_since_epoch() -> u64 {
    let elapsed = UNIX_EPOCH.elapsed().expect("the clock is not before 1970");
    elapsed.as_micros().try_into().expect("64 bits are enough for microseconds")
}

impl Order {
    pub(crate) fn example() -> Self {
        let line = |number: u32| Line {
            article: format!("A-{number:06}"),
            description: "A box of something that people order every now and then".to_owned(),
            quantity: number + 1,
            cents: 1999 + i64::from(number),
        };
        Self {
            id: 7_001_002_003,
            customer: "Ada Lovelace".to_owned(),
            address: "12 St James's Square, London".to_owned(),
            paid: true,
            discount: Some(0.125),
            tags: [("channel", "web"), ("campaign", "autumn"), ("currency", "GBP")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            lines: (0..6).map(line).collect(),
        }
    }

    /// The result of `advance`.
    pub(crate) fn advanced(mut self) -> Self {
        self.id += 1;
        self
    }
}

/// The implementation of all LessMQ servers in the benchmarks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Service;

impl Bench for Service {
    async fn add(&self, a: u32, b: u32) -> u32 {
        a.wrapping_add(b)
    }

    async fn find(&self, number: u64) -> Customer {
        Customer::find(number)
    }

    async fn touch(&self, account: Account) -> Account {
        account.touched()
    }

    async fn advance(&self, order: Order) -> Order {
        order.advanced()
    }
}

/// Checks the lengths of the messages.
pub(crate) fn check_lengths() -> Result<()> {
    for number in [0, 7, 199_999] {
        let length = serde_json::to_vec(&Happened::new(number))?.len();
        ensure!(length == 256, "an event has {length} bytes");
    }
    let length = serde_json::to_vec(&Customer::find(CUSTOMER))?.len();
    ensure!(length == 90, "a customer has {length} bytes");
    let length = serde_json::to_vec(&Account::example())?.len();
    ensure!((150..250).contains(&length), "an account has {length} bytes");
    let length = serde_json::to_vec(&Order::example())?.len();
    ensure!((900..1100).contains(&length), "a record has {length} bytes");
    Ok(())
}
