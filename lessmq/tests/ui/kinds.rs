//! Calls, commands and events mixed up.

#[lessmq::interface(service = "user")]
trait Commands {
    #[command]
    async fn with_a_reply(&self, id: u8) -> u8;
    #[command]
    async fn with_another_result(&self, id: u8) -> Result<(), lessmq::HandlerError>;
    #[command]
    async fn without_a_result(&self, id: u8);
    #[command]
    #[idempotent]
    async fn idempotent(&self, id: u8) -> lessmq::HandlerResult;
    #[command]
    #[command]
    async fn twice(&self, id: u8) -> lessmq::HandlerResult;
    #[command(durable)]
    async fn with_arguments(&self, id: u8) -> lessmq::HandlerResult;
    #[command]
    async fn unit(&self, id: u8) -> ();
}

#[lessmq::interface(service = "user", events)]
trait Events {
    async fn with_a_reply(&self, event: u8) -> u8;
    async fn without_a_result(&self, event: u8);
    async fn without_a_payload(&self) -> lessmq::HandlerResult;
    async fn with_the_context_only(&self, ctx: &lessmq::Context) -> lessmq::HandlerResult;
    async fn with_three(&self, event: u8, ctx: &lessmq::Context, more: u8, most: u8) -> lessmq::HandlerResult;
    async fn with_a_marker(&self, #[payload] event: u8) -> lessmq::HandlerResult;
    #[command]
    async fn command(&self, event: u8) -> lessmq::HandlerResult;
    #[idempotent]
    async fn idempotent(&self, event: u8) -> lessmq::HandlerResult;
    async fn unit(&self, event: u8) -> ();
}

#[lessmq::interface(service = "user", ordered)]
trait OrderedCalls {
    async fn get(&self, id: u8) -> u8;
}

fn main() {}
