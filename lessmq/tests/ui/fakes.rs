//! Behaviours of fakes that do not match the method.

#[lessmq::interface(service = "user")]
pub trait Users {
    async fn get(&self, id: u64) -> Result<String, String>;
    #[command]
    async fn reindex(&self, since: Option<u64>) -> lessmq::HandlerResult;
}

fn main() {
    let _ = UsersFake::new().on_get(|id| async move { id });
    let _ = UsersFake::new().on_get(|id| Ok(id.to_string()));
    let _ = UsersFake::new().on_reindex(|| async { Ok(()) });
    let _ = UsersFake::new().on_find(|| async { Ok(()) });
}
