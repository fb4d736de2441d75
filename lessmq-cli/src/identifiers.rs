//! References to definitions.

use lessmq::contract::schema::unescape;
use percent_encoding::percent_decode_str;

/// The name of the definition that a reference refers to; `None` if it refers to something else.
pub(crate) fn definition(reference: &str) -> Option<String> {
    let name = reference.strip_prefix("#/$defs/").or_else(|| reference.strip_prefix("#/definitions/"))?;
    if name.contains('/') {
        return None;
    }
    Some(unescape(&percent_decode_str(name).decode_utf8_lossy()).into_owned())
}
