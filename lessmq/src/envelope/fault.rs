//! The error of a call without a result, as it is sent in a reply.

use serde::{Deserialize, Serialize};

use crate::contract::ContractId;
use crate::error::{Error, ErrorKind, HandlerError};
use crate::payload;

/// The payload of a reply whose outcome is [`Outcome::Fault`](crate::envelope::Outcome::Fault). The text of a handler's
/// panic or of a layer's error is logged by the provider, and not sent to callers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Fault {
    /// The name of an [`ErrorKind`].
    pub kind: String,
    /// What happened, for people.
    pub message: String,
}

impl Fault {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind: kind.as_str().to_owned(), message: message.into() }
    }

    /// The fault that callers of `method` get for an error of its handler.
    pub(crate) fn of(error: &HandlerError, method: &str, caller: Option<&str>, provider: &str) -> Self {
        let own = match error.downcast_ref::<Error>() {
            Some(own) if own.kind() == ErrorKind::Decode => own,
            Some(own) if own.kind() == ErrorKind::DeadlineExceeded => {
                return Self::new(own.kind(), own.to_string());
            }
            _ => return Self::new(ErrorKind::Handler, format!("the handler of `{method}` failed")),
        };
        match versions_that_differ(caller, provider) {
            None => Self::new(ErrorKind::Decode, format!("`{method}`: {own:#}")),
            Some((sent, served)) => Self::new(
                ErrorKind::ContractMismatch,
                format!(
                    "`{method}` was called by contract {sent} and is served by contract {served}: {own:#}"
                ),
            ),
        }
    }

    /// The error that the caller gets.
    pub(crate) fn read_error(payload: &[u8], method: &str) -> Error {
        match payload::decode::<Self>(payload) {
            Ok(fault) => {
                Error::new(ErrorKind::from_name(&fault.kind).unwrap_or(ErrorKind::Handler), fault.message)
            }
            Err(error) => {
                Error::new(ErrorKind::Decode, format!("cannot read the fault in the reply of `{method}`"))
                    .with_source(error)
            }
        }
    }
}

/// The versions of two contracts, as `{version} ({fingerprint})`. `None` if the contracts are the same.
pub(crate) fn versions_that_differ(caller: Option<&str>, provider: &str) -> Option<(String, String)> {
    let (caller, provider) = (ContractId::parse(caller?)?, ContractId::parse(provider)?);
    let show = |id: &ContractId| format!("{} ({})", id.version, id.fingerprint.short());
    (caller.fingerprint != provider.fingerprint).then(|| (show(&caller), show(&provider)))
}
