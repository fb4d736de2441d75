//! Mails as files.

use std::path::{Path, PathBuf};

use anyhow::Context;
use service_common::StartError;
use service_common::database::create_folder;

use super::letter::letter;
use crate::domain::Mail;

/// Writes mails as `.eml` files. A mail that is sent again replaces itself.
pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub(super) fn new(path: &Path) -> Result<Self, StartError> {
        create_folder(path)?;
        Ok(Self { path: path.to_owned() })
    }

    pub(super) async fn send(&self, mail: &Mail) -> anyhow::Result<()> {
        let letter = letter(mail)?.formatted();
        let path = self.path.join(format!("{}.eml", mail.id));
        // Readers of the folder see complete mails only.
        let unfinished = path.with_extension("part");
        tokio::fs::write(&unfinished, letter).await.context("cannot write the mail")?;
        tokio::fs::rename(&unfinished, &path).await.context("cannot write the mail")?;
        tracing::info!(mail = %mail.id, "wrote {}", path.display());
        Ok(())
    }
}
