//! A type that cannot be sent is one error, where it is written.

use std::collections::HashMap;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct WithoutSchema;

/// A type without derives, as most types of other crates are.
#[derive(Debug)]
struct Plain;

#[lessmq::interface(service = "user")]
trait Users {
    async fn argument(&self, id: u64, argument: WithoutSchema);
    async fn reply(&self) -> Result<WithoutSchema, String>;
    async fn error(&self) -> Result<String, WithoutSchema>;
}

#[lessmq::interface(service = "user", events)]
trait UserEvents {
    async fn happened(&self, event: WithoutSchema) -> lessmq::HandlerResult;
}

#[lessmq::interface(service = "shop")]
trait Shop {
    async fn argument(&self, id: u64, argument: Plain);
    async fn reply(&self) -> Plain;
    async fn error(&self) -> Result<String, Plain>;
    async fn inside(&self, optional: Option<Plain>, pair: (u8, Vec<Plain>)) -> Vec<Plain>;
    async fn map(&self, by_name: HashMap<String, Plain>);
    async fn payload(&self, #[payload] payload: Plain);
    async fn not_send(&self) -> Rc<u8>;
    #[command]
    async fn command(&self, argument: Plain) -> lessmq::HandlerResult;
}

#[lessmq::interface(service = "shop", events)]
trait ShopEvents {
    async fn happened(&self, event: Plain) -> lessmq::HandlerResult;
}

fn main() {}
