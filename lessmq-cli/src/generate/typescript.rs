//! Typescript: types and a client.

use lessmq::contract::Contract;

use super::Generated;
use crate::error::Result;

/// The files of a package.
pub(crate) fn sources(_contract: &Contract) -> Result<Generated> {
    Ok(Generated::default())
}
