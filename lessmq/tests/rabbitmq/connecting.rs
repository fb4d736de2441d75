//! Connecting to the broker.

use lessmq::ErrorKind;
use lessmq::transport::connect;
use url::Url;

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
