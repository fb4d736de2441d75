//! Mails as files, for those who look.

use std::path::{Path, PathBuf};

use anyhow::Context;
use service_common::StartError;
use service_common::database::make_folder;

use super::letter::letter;
use crate::domain::Mail;

/// Writes mails as `.eml` files. A mail that is sent again replaces itself.
pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub(super) fn new(path: &Path) -> Result<Self, StartError> {
        make_folder(path)?;
        Ok(Self { path: path.to_owned() })
    }

    pub(super) async fn send(&self, mail: &Mail) -> anyhow::Result<()> {
        let letter = letter(mail)?.formatted();
        let path = self.path.join(format!("{}.eml", mail.id));
        // Who reads the folder sees whole mails only.
        let unfinished = path.with_extension("part");
        tokio::fs::write(&unfinished, letter).await.context("the mail was not written")?;
        tokio::fs::rename(&unfinished, &path).await.context("the mail was not written")?;
        tracing::info!(mail = %mail.id, "wrote {}", path.display());
        Ok(())
    }
}
