//! tarpc over its channel in process, which hands values over without encoding them.

use futures_util::StreamExt;
use tarpc::server::{BaseChannel, Channel};
use tarpc::{client, context, transport};

use super::Caller;
use crate::messages::{Account, Add, Customer, Order};

#[tarpc::service]
trait Local {
    async fn add(a: u32, b: u32) -> u32;
    async fn find(number: u64) -> Customer;
    async fn touch(account: Account) -> Account;
    async fn advance(order: Order) -> Order;
}

#[derive(Clone)]
struct Service;

impl Local for Service {
    async fn add(self, _: context::Context, a: u32, b: u32) -> u32 {
        a.wrapping_add(b)
    }

    async fn find(self, _: context::Context, number: u64) -> Customer {
        Customer::find(number)
    }

    async fn touch(self, _: context::Context, account: Account) -> Account {
        account.touched()
    }

    async fn advance(self, _: context::Context, order: Order) -> Order {
        order.advanced()
    }
}

#[derive(Clone)]
pub(super) struct Tarpc(LocalClient);

pub(super) fn start() -> Tarpc {
    let (near, far) = transport::channel::unbounded();
    let requests = BaseChannel::with_defaults(far).execute(Service.serve());
    tokio::spawn(requests.for_each(|response| async {
        tokio::spawn(response);
    }));
    Tarpc(LocalClient::new(client::Config::default(), near).spawn())
}

impl Caller for Tarpc {
    async fn add(&self, Add { a, b }: Add) -> u32 {
        self.0.add(context::current(), a, b).await.expect("the server answers")
    }

    async fn find(&self, number: u64) -> Customer {
        self.0.find(context::current(), number).await.expect("the server answers")
    }

    async fn touch(&self, account: Account) -> Account {
        self.0.touch(context::current(), account).await.expect("the server answers")
    }

    async fn advance(&self, order: Order) -> Order {
        self.0.advance(context::current(), order).await.expect("the server answers")
    }
}
