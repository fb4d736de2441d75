//! The same comparisons with the `jsoncompat` crate.

use jsoncompat::{Role, SchemaDocument, check_compat};

use super::Pair;

/// Its verdict. An error counts as incompatible.
pub(super) fn is_compatible(pair: &Pair) -> bool {
    let (Ok(old), Ok(new)) = (SchemaDocument::from_json(&pair.old), SchemaDocument::from_json(&pair.new))
    else {
        return false;
    };
    check_compat(&old, &new, Role::Deserializer).unwrap_or(false)
}
