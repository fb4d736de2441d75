//! Code that implements, calls or serves an interface with a mistake has no further errors.

#[lessmq::interface(service = "user")]
pub trait Users {
    async fn get(&self, id: u64) -> Result<String, String>;
    #[command]
    async fn reindex(&self, since: Option<u64>) -> lessmq::HandlerResult;
    async fn greet(&self, name: &str) -> String;
}

#[lessmq::interface(service = "user", events)]
pub trait UserEvents {
    async fn registered(&self, event: u64) -> lessmq::HandlerResult;
    async fn closed(&self, event: u64) -> u64;
}

struct Store;

impl Users for Store {
    async fn get(&self, id: u64) -> Result<String, String> {
        Ok(id.to_string())
    }

    async fn reindex(&self, _since: Option<u64>) -> lessmq::HandlerResult {
        Ok(())
    }

    async fn greet(&self, name: &str) -> String {
        format!("Hello, {name}!")
    }
}

impl UserEvents for Store {
    async fn closed(&self, event: u64) -> u64 {
        event
    }
}

fn start(bus: &lessmq::Bus) -> (lessmq::Server, lessmq::Server) {
    let users: UsersClient = lessmq::Client::on(bus);
    let _ = users.get(1);
    let _ = users.reindex(None);
    let _ = UserEventsClient::new(bus).registered(1);
    let _ = UsersServer::contract();
    let _ = UsersServer::new(UsersFake::new().on_get(|id| async move { Ok(id.to_string()) }));
    (UsersServer::new(Store), UserEventsServer::new(Store))
}

fn main() {
    let _ = start;
}
