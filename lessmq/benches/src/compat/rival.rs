//! The `jsoncompat` crate, asked the same.

use jsoncompat::{Role, SchemaDocument, check_compat};

use super::Pair;

/// Its answer; what it refuses counts as no.
pub(super) fn is_compatible(pair: &Pair) -> bool {
    let (Ok(old), Ok(new)) = (SchemaDocument::from_json(&pair.old), SchemaDocument::from_json(&pair.new))
    else {
        return false;
    };
    check_compat(&old, &new, Role::Deserializer).unwrap_or(false)
}
