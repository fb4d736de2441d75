//! Code that the tests share: a folder, HTTP requests, waiting.

#![allow(dead_code, unreachable_pub, reason = "each test uses a part")]

use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

/// The limit for what is expected to happen.
pub const TIMEOUT: Duration = Duration::from_secs(60);

/// The password of all accounts.
pub const PASSWORD: &str = "SecureP@ss1!";

/// A folder that is deleted with its test.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("lessmq-demo-{}", Uuid::now_v7()));
        std::fs::create_dir(&path).expect("the folder for temporary files is writable");
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The names of the mails that were written.
    pub fn mails(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.0.join("mails")) else { return Vec::new() };
        let names = entries.map(|entry| entry.expect("the folder can be read").file_name());
        let names = names.map(|name| name.into_string().expect("names of mails are text"));
        let mut names: Vec<_> = names.filter(|name| name.ends_with(".eml")).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Files that stay in the folder for temporary files do no harm.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The name of the mail to a new account.
pub fn welcome(account: &str) -> String {
    format!("welcome-{account}.eml")
}

/// Waits until `condition` is true.
pub async fn until<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    let deadline = Instant::now() + TIMEOUT;
    while !condition().await {
        assert!(Instant::now() < deadline, "{what} did not happen");
        sleep(Duration::from_millis(20)).await;
    }
}

/// Creates an account, and returns its id.
pub async fn sign_up(gateway: SocketAddr, email: &str) -> String {
    let body = json!({"email": email, "password": PASSWORD, "displayName": "Ada"});
    let (status, answer) =
        request(gateway, "POST", "/auth/signup", &body.to_string()).await.expect("it responds");
    assert_eq!(status, 201, "{answer}");
    let answer: Value = serde_json::from_str(&answer).expect("responses are JSON");
    assert_eq!(answer["email"], email);
    answer["userId"].as_str().expect("ids are text").to_owned()
}

/// Sends one request over a new connection. Returns the status and the body of the response.
pub async fn request(
    address: SocketAddr,
    method: &str,
    path: &str,
    body: &str,
) -> std::io::Result<(u16, String)> {
    let length = body.len();
    let text = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(text.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    let answer = timeout(TIMEOUT, exchange).await.expect("a response arrives in time")?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(std::io::ErrorKind::InvalidData)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Ok((status.ok_or(std::io::ErrorKind::InvalidData)?, body.to_owned()))
}
