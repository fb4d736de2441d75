//! Names that are part of messages: of services, methods and arguments.

use syn::ext::IdentExt;
use syn::{Ident, LitStr};

use crate::errors::Errors;

/// The longest name of a service, in bytes: `lessmq::name::MAX_NAME_LENGTH`.
const MAX_SERVICE_LENGTH: usize = 24;
/// The longest name of a method or an argument, in bytes.
const MAX_NAME_LENGTH: usize = 64;

/// The name of a service. Reports an invalid one.
pub(crate) fn service_name(literal: &LitStr, errors: &mut Errors) -> String {
    let name = literal.value();
    let well_formed = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !well_formed {
        errors.at(
            literal,
            format!(
                "invalid service name `{}`: expected a lower-case letter, then lower-case letters, digits and `-`",
                name.escape_debug()
            ),
        );
    } else if name.len() > MAX_SERVICE_LENGTH {
        errors.at(
            literal,
            format!("service name is {} characters long, limit is {MAX_SERVICE_LENGTH}", name.len()),
        );
    }
    name
}

/// Reports a name that is invalid in a message.
pub(crate) fn check_name(ident: &Ident, what: &str, errors: &mut Errors) {
    let name = ident.unraw().to_string();
    let well_formed = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !well_formed {
        errors.at(
            ident,
            format!(
                "invalid name of {what}: expected a lower-case letter, then lower-case letters, digits and `_`"
            ),
        );
    } else if name.len() > MAX_NAME_LENGTH {
        errors.at(
            ident,
            format!("name of {what} is {} characters long, limit is {MAX_NAME_LENGTH}", name.len()),
        );
    }
}
