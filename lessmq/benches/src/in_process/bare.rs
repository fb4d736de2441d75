//! The least that a call can be: a channel to a task, a channel back, and JSON on both. Optionally with a deadline.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::Caller;
use crate::messages::{Account, Add, Advance, Customer, Find, Order, Touch};

#[derive(Clone)]
pub(super) struct Bare {
    requests: mpsc::Sender<Request>,
    timeout: Option<Duration>,
}

struct Request {
    method: Method,
    payload: Vec<u8>,
    reply: oneshot::Sender<Vec<u8>>,
}

enum Method {
    Add,
    Find,
    Touch,
    Advance,
}

/// A server and its client, whose calls end after `timeout`.
pub(super) fn start(timeout: Option<Duration>) -> Bare {
    let (requests, receiver) = mpsc::channel(64);
    tokio::spawn(serve(receiver));
    Bare { requests, timeout }
}

async fn serve(mut requests: mpsc::Receiver<Request>) {
    while let Some(Request { method, payload, reply }) = requests.recv().await {
        let answer = match method {
            Method::Add => {
                let Add { a, b } = decode(&payload);
                encode(&a.wrapping_add(b))
            }
            Method::Find => encode(&Customer::find(decode::<Find>(&payload).number)),
            Method::Touch => encode(&decode::<Touch>(&payload).account.touched()),
            Method::Advance => encode(&decode::<Advance>(&payload).order.advanced()),
        };
        reply.send(answer).expect("the caller waits");
    }
}

impl Bare {
    async fn call<R: DeserializeOwned>(&self, method: Method, request: impl Serialize) -> R {
        let (reply, answer) = oneshot::channel();
        let request = Request { method, payload: encode(&request), reply };
        let exchange = async {
            assert!(self.requests.send(request).await.is_ok(), "the server runs");
            answer.await.expect("the server answers")
        };
        let answer = match self.timeout {
            Some(limit) => timeout(limit, exchange).await.expect("the server answers in time"),
            None => exchange.await,
        };
        decode(&answer)
    }
}

impl Caller for Bare {
    async fn add(&self, arguments: Add) -> u32 {
        self.call(Method::Add, arguments).await
    }

    async fn find(&self, number: u64) -> Customer {
        self.call(Method::Find, Find { number }).await
    }

    async fn touch(&self, account: Account) -> Account {
        self.call(Method::Touch, Touch { account }).await
    }

    async fn advance(&self, order: Order) -> Order {
        self.call(Method::Advance, Advance { order }).await
    }
}

fn encode(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("it has a JSON form")
}

fn decode<T: DeserializeOwned>(data: &[u8]) -> T {
    serde_json::from_slice(data).expect("it was encoded by us")
}
