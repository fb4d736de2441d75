//! Mails: types and rules.

mod mail;

pub(crate) use self::mail::{InvalidRecipient, Mail};
