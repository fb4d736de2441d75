//! Folders for the data of servers.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::account::Account;
use crate::program;

/// Where the automation keeps its notes, and servers their data if their account may enter it: `target/services`.
///
/// # Errors
/// If it cannot be made.
pub fn home() -> Result<PathBuf> {
    let home = program::workspace().join("target/services");
    create(&home)?;
    Ok(home)
}

/// A new, empty folder for a server called `name` that runs as `account`.
///
/// It lies in `target/services`, unless the account may not enter that (a checkout in `/root`, say): then it lies in the
/// system's folder for temporary files.
///
/// # Errors
/// If the folder cannot be made or given to the account.
pub fn create_for(name: &str, account: Option<Account>) -> Result<PathBuf> {
    let home = home()?;
    let random = RandomState::new().hash_one(name);
    let folder = if account.is_none() || anyone_may_enter(&home) {
        home.join(format!("{name}-{random:016x}"))
    } else {
        std::env::temp_dir().join(format!("lessmq-{name}-{random:016x}"))
    };
    fs::create_dir(&folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let mode = fs::Permissions::from_mode(0o700);
    fs::set_permissions(&folder, mode).with_context(|| format!("cannot protect {}", folder.display()))?;
    if let Some(account) = account {
        account.give(&folder)?;
    }
    Ok(folder)
}

/// Deletes `folder` and all in it; a folder that is not there is no error.
///
/// # Errors
/// If something in it cannot be deleted.
pub fn delete(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot delete {}", folder.display()))
        }
        _ => Ok(()),
    }
}

fn create(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))
}

fn anyone_may_enter(folder: &Path) -> bool {
    let others_execute = 0o001;
    folder.ancestors().all(|part| {
        fs::metadata(part).is_ok_and(|metadata| metadata.permissions().mode() & others_execute != 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_inside_a_private_one_may_not_be_entered_by_anyone() {
        let private = create_for("folder-test", None).expect("target can be written");
        let inside = private.join("inside");
        create(&inside).expect("it can be written");
        assert!(!anyone_may_enter(&inside));
        delete(&private).expect("it can be deleted");
        delete(&private).expect("nothing is left to delete");
    }
}
