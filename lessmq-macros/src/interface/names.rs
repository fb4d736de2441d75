//! Names that travel: of services, methods and arguments.

use syn::ext::IdentExt;
use syn::{Ident, LitStr};

use crate::errors::Errors;

/// The longest name of a service, in bytes: `lessmq::name::MAX_NAME_LENGTH`.
const MAX_SERVICE_LENGTH: usize = 24;
/// The longest name of a method or an argument, in bytes.
const MAX_NAME_LENGTH: usize = 64;

/// The name of a service; reports one that no service can have.
pub(crate) fn service_name(literal: &LitStr, errors: &mut Errors) -> String {
    let name = literal.value();
    let well_formed = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !well_formed {
        errors.at(
            literal,
            format!(
                "`{}` is not the name of a service: expected a lower-case letter, then lower-case letters, digits and `-`",
                name.escape_debug()
            ),
        );
    } else if name.len() > MAX_SERVICE_LENGTH {
        errors.at(
            literal,
            format!(
                "the name of a service has {} characters here: expected at most {MAX_SERVICE_LENGTH}",
                name.len()
            ),
        );
    }
    name
}

/// Reports a name that may not stand in a message.
pub(crate) fn check_name(ident: &Ident, what: &str, errors: &mut Errors) {
    let name = ident.unraw().to_string();
    let well_formed = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !well_formed {
        errors.at(
            ident,
            format!(
                "the name of {what} is part of the contract: expected a lower-case letter, then lower-case letters, \
                 digits and `_`"
            ),
        );
    } else if name.len() > MAX_NAME_LENGTH {
        errors.at(
            ident,
            format!(
                "the name of {what} is part of the contract: expected at most {MAX_NAME_LENGTH} characters"
            ),
        );
    }
}
