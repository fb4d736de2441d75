//! The system account that a server runs as.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result};

/// An account that runs a server when this process is root: some servers do not start as root, and none needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    user: u32,
    group: u32,
}

impl Account {
    /// The first of `names` that exists on this machine, if this process is root. Otherwise `None`: the server runs as this
    /// process does.
    #[must_use]
    pub fn first_of(names: &[&str]) -> Option<Self> {
        if !is_root() {
            return None;
        }
        let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
        names.iter().find_map(|name| find(&accounts, name))
    }

    /// Makes `command` run as this account.
    pub fn run(self, command: &mut Command) {
        command.uid(self.user).gid(self.group);
    }

    /// Makes this account the owner of `path`.
    ///
    /// # Errors
    /// If the owner cannot be changed.
    pub fn give(self, path: &Path) -> Result<()> {
        std::os::unix::fs::chown(path, Some(self.user), Some(self.group))
            .with_context(|| format!("cannot change the owner of {}", path.display()))
    }
}

/// Whether this process runs as root.
#[must_use]
pub fn is_root() -> bool {
    static ROOT: OnceLock<bool> = OnceLock::new();
    *ROOT.get_or_init(|| {
        Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
    })
}

fn find(accounts: &str, name: &str) -> Option<Account> {
    let line = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some(Account { user: fields.next()?.parse().ok()?, group: fields.next()?.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        let accounts = "root:x:0:0:root:/root:/bin/sh\npostgresql:x:7:8::/:/bin/sh\npostgres:x:117:126:PostgreSQL:/:/bin/sh\n";
        assert_eq!(find(accounts, "postgres"), Some(Account { user: 117, group: 126 }));
        assert_eq!(find(accounts, "rabbitmq"), None);
    }
}
