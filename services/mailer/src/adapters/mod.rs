//! Ways of sending mails.

mod folder;
mod letter;
mod smtp;

use service_common::StartError;

use self::folder::Folder;
use self::smtp::Smtp;
use crate::application::Postman;
use crate::domain::Mail;
use crate::start::Delivery;

/// The way of sending mails that was configured.
pub(crate) enum AnyPostman {
    Folder(Folder),
    Smtp(Smtp),
}

impl AnyPostman {
    pub(crate) fn new(delivery: &Delivery) -> Result<Self, StartError> {
        Ok(match delivery {
            Delivery::Folder(path) => Self::Folder(Folder::new(path)?),
            Delivery::Smtp(url) => Self::Smtp(Smtp::new(url)?),
        })
    }
}

impl Postman for AnyPostman {
    async fn send(&self, mail: &Mail) -> anyhow::Result<()> {
        match self {
            Self::Folder(folder) => folder.send(mail).await,
            Self::Smtp(smtp) => smtp.send(mail).await,
        }
    }
}
