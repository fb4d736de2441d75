//! Folders for the data of servers.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::account::Account;
use crate::program;

/// The folder of records, and of the data of servers whose account can access it: `target/services`.
///
/// # Errors
/// If it cannot be created.
pub fn home() -> Result<PathBuf> {
    let home = program::workspace().join("target/services");
    create(&home)?;
    Ok(home)
}

/// A new, empty folder for a server called `name` that runs as `account`.
///
/// It is in `target/services` or, if the account cannot access that (as in a checkout in `/root`), in the system's folder
/// for temporary files.
///
/// # Errors
/// If the folder cannot be created, or its owner cannot be changed.
pub fn create_for(name: &str, account: Option<Account>) -> Result<PathBuf> {
    let home = home()?;
    let random = RandomState::new().hash_one(name);
    let folder = if account.is_none() || is_accessible_to_all(&home) {
        home.join(format!("{name}-{random:016x}"))
    } else {
        std::env::temp_dir().join(format!("lessmq-{name}-{random:016x}"))
    };
    fs::create_dir(&folder).with_context(|| format!("cannot create the folder {}", folder.display()))?;
    let mode = fs::Permissions::from_mode(0o700);
    fs::set_permissions(&folder, mode).with_context(|| format!("cannot protect {}", folder.display()))?;
    if let Some(account) = account {
        account.give(&folder)?;
    }
    Ok(folder)
}

/// Deletes `folder` with its contents. A folder that does not exist is not an error.
///
/// # Errors
/// If a file or folder cannot be deleted.
pub fn delete(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot delete {}", folder.display()))
        }
        _ => Ok(()),
    }
}

fn create(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create the folder {}", folder.display()))
}

fn is_accessible_to_all(folder: &Path) -> bool {
    let others_execute = 0o001;
    folder.ancestors().all(|part| {
        fs::metadata(part).is_ok_and(|metadata| metadata.permissions().mode() & others_execute != 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_in_a_private_folder_is_not_accessible_to_all() {
        let private = create_for("folder-test", None).expect("target is writable");
        let inside = private.join("inside");
        create(&inside).expect("it is writable");
        assert!(!is_accessible_to_all(&inside));
        delete(&private).expect("it can be deleted");
        delete(&private).expect("a missing folder is not an error");
    }
}
