//! Connecting to the broker.

use std::sync::mpsc;
use std::time::Duration;

use lessmq::ErrorKind;
use lessmq::transport::{ConnectOptions, connect};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use url::Url;

use crate::log::LOG;
use crate::support::*;

async fn connect_error(scope: &Scope, change: impl FnOnce(&mut Url)) -> lessmq::Error {
    let mut url: Url = scope.url.parse().unwrap();
    change(&mut url);
    within("an error", connect(url.as_str(), scope.options())).await.unwrap_err()
}

#[tokio::test]
async fn wrong_credentials_are_rejected_at_once_and_not_shown() {
    scoped(|scope| async move {
        let error = connect_error(&scope, |url| url.set_password(Some("hunter2")).unwrap()).await;
        assert_eq!(error.kind(), ErrorKind::Connection);
        let shown = format!("{error:#} {error:?}");
        assert!(
            shown.contains("127.0.0.1") && shown.contains("`guest`") && shown.contains("hint"),
            "{shown}"
        );
        assert!(!shown.contains("hunter2"), "{shown}");
    })
    .await;
}

#[tokio::test]
async fn a_missing_virtual_host_is_named() {
    scoped(|scope| async move {
        let error = connect_error(&scope, |url| url.set_path("/no-such-vhost")).await;
        assert_eq!(error.kind(), ErrorKind::Connection);
        assert!(error.to_string().contains("`no-such-vhost`"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn a_malformed_address_is_a_configuration_error() {
    scoped(|scope| async move {
        let error = connect_error(&scope, |url| url.set_query(Some("heartbeat=often"))).await;
        assert_eq!(error.kind(), ErrorKind::Config);
    })
    .await;
}

#[tokio::test]
async fn debug_shows_no_credentials() {
    scoped(|scope| async move {
        let bus = scope.connect().await;
        let shown = format!("{bus:?} {bus:#?}");
        assert!(shown.contains("RabbitMq") && !shown.contains("guest"), "{shown}");
    })
    .await;
}

/// A server that accepts connections and says nothing, and its address.
async fn silent_server() -> (TcpListener, String) {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = server.local_addr().unwrap().to_string();
    (server, address)
}

#[tokio::test]
async fn an_attempt_that_is_given_up_closes_its_socket() {
    let (server, address) = silent_server().await;
    let url = format!("amqp://{address}/?connection_timeout=100");
    let connecting = tokio::spawn(async move { connect(&url, ConnectOptions::default()).await });
    let (mut socket, _) = within("an attempt", server.accept()).await.unwrap();
    let mut received = Vec::new();
    within("the end of the attempt", socket.read_to_end(&mut received)).await.unwrap();
    assert!(received.starts_with(b"AMQP"));
    connecting.abort();
}

#[tokio::test]
async fn a_program_that_stops_connecting_closes_the_socket() {
    let (server, address) = silent_server().await;
    let url = format!("amqp://{address}/");
    let connecting = tokio::spawn(async move { connect(&url, ConnectOptions::default()).await });
    let (mut socket, _) = within("an attempt", server.accept()).await.unwrap();
    let mut header = [0; 4];
    within("a request", socket.read_exact(&mut header)).await.unwrap();
    connecting.abort();
    within("the end of the attempt", socket.read_to_end(&mut Vec::new())).await.unwrap();
}

#[tokio::test]
async fn what_a_slow_connection_waits_for_is_logged() {
    let (_server, address) = silent_server().await;
    let log = LOG.clone();
    let url = format!("amqp://{address}/");
    let connecting = tokio::spawn(async move { connect(&url, ConnectOptions::default()).await });
    until("a log", async || !log.about(&address).is_empty()).await;
    let logged = log.about(&address);
    assert!(logged[0].contains("accepts connections, but does not complete an AMQP handshake"), "{logged:?}");
    connecting.abort();
}

/// A task in the blocking pool is cancelled when its runtime ends. lapin panics if that task is its own.
#[test]
fn the_broker_is_reached_without_the_blocking_pool_of_the_runtime() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(1).build().unwrap();
    let (release, occupied) = mpsc::channel::<()>();
    runtime.spawn_blocking(move || occupied.recv());
    runtime.block_on(async {
        let url = url();
        let connecting = connect(&url, ConnectOptions::default());
        let bus =
            tokio::time::timeout(Duration::from_secs(10), connecting).await.expect("it connects").unwrap();
        bus.close().await.unwrap();
    });
    drop(release);
}
