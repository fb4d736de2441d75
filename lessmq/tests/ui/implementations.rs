//! Implementations that do not match the trait.

use std::rc::Rc;

#[lessmq::interface(service = "user")]
trait Users {
    async fn get(&self, id: u64) -> Result<String, String>;
    #[command]
    async fn reindex(&self) -> lessmq::HandlerResult;
}

struct NotSend;

impl Users for NotSend {
    async fn get(&self, id: u64) -> Result<String, String> {
        let shared = Rc::new(id);
        std::future::ready(()).await;
        Ok(shared.to_string())
    }

    async fn reindex(&self) -> lessmq::HandlerResult {
        Ok(())
    }
}

struct WithoutResult;

impl Users for WithoutResult {
    async fn get(&self, id: u64) -> Result<String, String> {
        Ok(id.to_string())
    }

    async fn reindex(&self) {}
}

fn main() {}
