//! The marks in the first lines of the files that `publish` writes.

use lessmq::contract::Contract;

use crate::generate::{Generated, has_mark};

/// The mark of a manifest.
const MANIFEST_MARK: &str = "Written by lessmq-cli publish";

/// The first line of a manifest, without a comment sign.
pub(super) fn manifest_line(contract: &Contract) -> String {
    format!("{MANIFEST_MARK} from service `{}`. Do not edit.", contract.service)
}

/// Whether a source file or a manifest was written by `publish`, in this version or another.
pub(super) fn is_ours(text: &str) -> bool {
    Generated::is_ours(text) || has_mark(text, MANIFEST_MARK)
}
