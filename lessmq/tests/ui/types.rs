//! Types that cannot be sent are reported where they are written.

use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct WithoutSchema;

#[lessmq::interface(service = "user")]
trait Users {
    async fn argument(&self, argument: WithoutSchema);
    async fn reply(&self) -> Result<WithoutSchema, String>;
    async fn error(&self) -> Result<String, WithoutSchema>;
}

#[lessmq::interface(service = "user", events)]
trait UserEvents {
    async fn happened(&self, event: WithoutSchema) -> lessmq::HandlerResult;
}

fn main() {}
