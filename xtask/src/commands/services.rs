//! `cargo xtask services`.

use anyhow::Result;
use clap::Subcommand;
use xtask::guard;
use xtask::probe::without_password;
use xtask::services;

/// The actions of `services`.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Starts the servers that are not running, and prints the addresses as shell commands: `eval "$(cargo xtask services up)"`
    Up,
    /// Stops the servers that `up` started
    Down,
    /// Shows the address and the origin of each server
    Status,
}

/// Runs the action.
pub(crate) fn run(action: &Action) -> Result<()> {
    match action {
        Action::Up => up(),
        Action::Down => down(),
        Action::Status => status(),
    }
}

fn up() -> Result<()> {
    let found = guard::services_up()?;
    for found in found {
        eprintln!("{found}");
        println!("export {}='{}'", found.service.variable(), found.url.replace('\'', "%27"));
    }
    Ok(())
}

fn down() -> Result<()> {
    let ended = services::down()?;
    for record in &ended {
        eprintln!("stopped {}", without_password(&record.url));
    }
    if ended.is_empty() {
        eprintln!("nothing to stop: no server of `services up` is running");
    }
    Ok(())
}

fn status() -> Result<()> {
    for (service, found) in services::status() {
        match found {
            Ok(found) => println!("{found}"),
            Err(error) => println!("{service}: not running ({error:#})"),
        }
    }
    Ok(())
}
