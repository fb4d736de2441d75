//! `cargo demo`: a sign-up by HTTP, a typed call, an event, a mail.

use std::io::Write;

use demo::Demo;
use service_common::Environment;
use tokio::signal::unix::{SignalKind, signal};

#[lessmq::main]
async fn main() -> anyhow::Result<()> {
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    let demo = Demo::start(&Environment::of_process()).await?;
    // It is no error if the output is closed.
    let _unread = write!(std::io::stdout(), "\n{demo}\n");
    demo.until(async {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
    })
    .await
}
