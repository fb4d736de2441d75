//! Calls, commands and events, without a dependency on serde or schemars.

#![deny(missing_docs, warnings)]
#![forbid(unsafe_code)]

/// Accounts.
#[lessmq::interface(service = "user")]
pub trait Users {
    /// One account by id.
    async fn get(&self, id: u64) -> Result<String, String>;

    /// How many accounts there are.
    #[idempotent]
    async fn count(&self, ctx: &lessmq::Context) -> u64;

    /// Renames an account.
    async fn rename(&self, id: u64, ctx: &lessmq::Context, name: Option<String>);

    /// Rebuilds the index.
    #[command]
    async fn reindex(
        &self,
        /** The first day. */
        since: Option<u64>,
        ctx: &lessmq::Context,
    ) -> lessmq::HandlerResult;

    /// Places an order.
    #[command]
    async fn place(&self, #[payload] order: Vec<String>) -> lessmq::HandlerResult;

    /// Finds accounts.
    async fn find(&self, ctx: &lessmq::Context, #[payload] filter: String) -> Vec<u64>;

    /// Still here.
    #[deprecated(note = "use `get`")]
    async fn fetch(&self, id: u64) -> Result<String, String>;
}

/// What happened to accounts.
#[lessmq::interface(service = "user", events)]
pub trait UserEvents {
    /// After an account has been created.
    async fn registered(&self, event: u64) -> lessmq::HandlerResult;

    /// After an account has been closed.
    async fn closed(&self, ctx: &lessmq::Context, event: u64) -> lessmq::HandlerResult;
}

struct Store;

impl Users for Store {
    async fn get(&self, id: u64) -> Result<String, String> {
        Err(id.to_string())
    }

    async fn count(&self, _ctx: &lessmq::Context) -> u64 {
        0
    }

    async fn rename(&self, _id: u64, _ctx: &lessmq::Context, _name: Option<String>) {}

    async fn reindex(&self, _since: Option<u64>, _ctx: &lessmq::Context) -> lessmq::HandlerResult {
        self.count(_ctx).await;
        Ok(())
    }

    async fn place(&self, _order: Vec<String>) -> lessmq::HandlerResult {
        Ok(())
    }

    async fn find(&self, _ctx: &lessmq::Context, _filter: String) -> Vec<u64> {
        Vec::new()
    }

    async fn fetch(&self, id: u64) -> Result<String, String> {
        self.get(id).await
    }
}

impl UserEvents for Store {
    async fn registered(&self, _event: u64) -> lessmq::HandlerResult {
        Ok(())
    }
}

fn send(users: &UsersClient, events: &UserEventsClient) {
    let _: lessmq::Call<String, String> = users.get(1);
    let _: lessmq::Call<u64, lessmq::Never> = users.count();
    let _: lessmq::Call<(), lessmq::Never> = users.rename(1, None);
    let _: lessmq::Publish = users.reindex(Some(1));
    let _: lessmq::Publish = users.place(Vec::new());
    let _: lessmq::Call<Vec<u64>, lessmq::Never> = users.find(String::new());
    let _: lessmq::Publish = events.registered(1);
}

fn connect<C: lessmq::Client + Clone + std::fmt::Debug>(bus: &lessmq::Bus) -> C {
    assert_eq!(C::contract().service, "user");
    C::on(bus)
}

#[test]
fn each_kind_is_in_the_contract() {
    let _: lessmq::Server = UsersServer::new(Store);
    let _: lessmq::Server = UserEventsServer::new(Store);
    assert_eq!(UsersServer::contract().calls().count(), 5);
    assert_eq!(UsersServer::contract().commands().count(), 2);
    assert_eq!(UserEventsServer::contract().events().count(), 2);
    let _ = (send, connect::<UsersClient>, connect::<UserEventsClient>, UsersClient::new);
}
