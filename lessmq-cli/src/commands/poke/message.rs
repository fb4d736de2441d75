//! The arguments of commands that send a message.

use lessmq::contract::Method;

use super::access::Access;
use super::address::{Target, Words};
use super::payload::Payload;
use crate::report::{Format, Result};

/// A message, the contract to check it against, and how to report.
#[derive(Debug, clap::Args)]
pub(crate) struct Message {
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    pub(super) access: Access,
    /// Send the payload without checking it against the contract
    #[arg(long)]
    no_check: bool,
    /// Add metadata that the handler can read; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub(super) metadata: Vec<(String, String)>,
    /// The format of the report
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

impl Message {
    /// The address of the broker, the method, and the payload.
    pub(super) fn read(&self) -> Result<(String, Target, Payload)> {
        let (url, target, payload) = self.words.read()?;
        Ok((url, target, Payload::read(payload)?))
    }

    /// Checks the payload of a method, unless the user does not want that.
    pub(super) fn check(&self, payload: &Payload, target: &Target, method: &Method) -> Result<()> {
        if self.no_check { Ok(()) } else { payload.check(target, method) }
    }
}

fn name_and_value(argument: &str) -> std::result::Result<(String, String), String> {
    let pair = argument.split_once('=').filter(|(name, _)| !name.is_empty());
    pair.map(|(name, value)| (name.to_owned(), value.to_owned())).ok_or_else(|| "write NAME=VALUE".to_owned())
}
