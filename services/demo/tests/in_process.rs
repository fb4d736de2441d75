//! The demo: all services in one process.

mod support;

use demo::Demo;
use service_common::Environment;

use crate::support::{Folder, request, sign_up, until, welcome};

fn environment(folder: &Folder) -> Environment {
    Environment::default().with("DATA_DIR", folder.path()).with("HTTP_ADDR", "127.0.0.1:0")
}

async fn start(folder: &Folder) -> Demo {
    Demo::start(&environment(folder)).await.expect("the demo starts")
}

async fn stop(demo: Demo) {
    demo.until(std::future::ready(())).await.expect("the demo stops without an error");
}

#[tokio::test]
async fn a_sign_up_sends_a_mail() {
    let folder = Folder::new();
    let demo = start(&folder).await;
    let account = sign_up(demo.gateway(), "ada@example.com").await;
    until("the mail", async || folder.mails() == [welcome(&account)]).await;
    let mail = std::fs::read_to_string(folder.path().join("mails").join(welcome(&account)));
    let mail = mail.expect("the mail can be read");
    assert!(mail.contains("To: Ada <ada@example.com>"), "{mail}");
    assert!(!mail.contains("SecureP@ss1!"), "{mail}");
    stop(demo).await;
}

#[tokio::test]
async fn an_address_has_one_account_and_one_mail() {
    let folder = Folder::new();
    let demo = start(&folder).await;
    let first = sign_up(demo.gateway(), "ada@example.com").await;
    let again = r#"{"email": "ADA@example.com", "password": "SecureP@ss1!", "displayName": "Ada"}"#;
    let (status, body) = request(demo.gateway(), "POST", "/auth/signup", again).await.expect("it responds");
    assert_eq!(status, 409, "{body}");
    let second = sign_up(demo.gateway(), "grace@example.com").await;
    until("the mails", async || folder.mails().len() == 2).await;
    assert_eq!(folder.mails(), [welcome(&first), welcome(&second)]);
    stop(demo).await;
}

#[tokio::test]
async fn accounts_are_kept_after_a_restart() {
    let folder = Folder::new();
    let demo = start(&folder).await;
    let account = sign_up(demo.gateway(), "ada@example.com").await;
    stop(demo).await;
    let demo = start(&folder).await;
    let path = format!("/users/{account}");
    let (status, body) = request(demo.gateway(), "GET", &path, "").await.expect("it responds");
    assert_eq!(status, 200, "{body}");
    let (status, _) = request(demo.gateway(), "GET", "/health/ready", "").await.expect("it responds");
    assert_eq!(status, 200);
    let (status, metrics) = request(demo.gateway(), "GET", "/metrics", "").await.expect("it responds");
    assert!(status == 200 && metrics.contains("lessmq_client_requests_total"), "{metrics}");
    stop(demo).await;
}

#[tokio::test]
async fn invalid_input_is_a_bad_request() {
    let folder = Folder::new();
    let demo = start(&folder).await;
    for (email, password, name, error) in [
        ("ada", "SecureP@ss1!", "Ada", "InvalidEmail"),
        ("ada@example.com", "short1!", "Ada", "WeakPassword"),
        ("ada@example.com", "abcdefghij", "Ada", "WeakPassword"),
        ("ada@example.com", "SecureP@ss1!", " ", "InvalidDisplayName"),
        ("ada\\u0000@example.com", "SecureP@ss1!", "Ada", "InvalidEmail"),
        ("ada@example.com", "SecureP@ss1!", "A\\u0000da", "InvalidDisplayName"),
        ("ada@example.com\\r\\nBcc: all@example.com", "SecureP@ss1!", "Ada", "InvalidEmail"),
    ] {
        let body = format!(r#"{{"email": "{email}", "password": "{password}", "displayName": "{name}"}}"#);
        let (status, answer) =
            request(demo.gateway(), "POST", "/auth/signup", &body).await.expect("it responds");
        assert_eq!(status, 400, "{body}: {answer}");
        assert!(answer.contains(&format!(r#""error":"{error}""#)), "{body}: {answer}");
        assert!(!answer.contains(password), "{answer}");
    }
    assert!(folder.mails().is_empty());
    stop(demo).await;
}

#[tokio::test]
async fn an_address_in_use_is_an_error_that_names_the_variable() {
    let folder = Folder::new();
    let occupied = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = occupied.local_addr().expect("it is bound").to_string();
    let error =
        Demo::start(&environment(&folder).with("HTTP_ADDR", address)).await.expect_err("it is in use");
    assert!(error.to_string().contains("HTTP_ADDR or PORT"), "{error:#}");
}

#[tokio::test]
async fn a_folder_that_cannot_be_created_is_an_error_that_names_the_variable() {
    let folder = Folder::new();
    let file = folder.path().join("file");
    std::fs::write(&file, "").expect("the folder exists");
    let error = Demo::start(&environment(&folder).with("DATA_DIR", file)).await.expect_err("it is a file");
    assert!(error.to_string().contains("DATA_DIR"), "{error:#}");
}
