//! Names that are part of messages: of services, methods and arguments.

use syn::ext::IdentExt;
use syn::{Expr, ExprLit, Ident, Lit, LitStr};

use crate::errors::Errors;

/// The longest name of a service, in bytes: `lessmq::name::MAX_NAME_LENGTH`.
const MAX_SERVICE_LENGTH: usize = 24;
/// The longest name of a method or an argument, in bytes.
const MAX_NAME_LENGTH: usize = 64;
/// The highest version of a method: `lessmq::name::MethodName`.
const MAX_VERSION: u16 = 9999;

/// The name of a method on the wire: `get@2` for version 2 of `get`, which may be called `get_v2` in the trait. Reports a
/// name that is too long.
pub(crate) fn wire_name(ident: &Ident, version: Option<u16>, errors: &mut Errors) -> String {
    let name = ident.unraw().to_string();
    let Some(version) = version else { return name };
    let suffix = format!("_v{version}");
    let base = name.strip_suffix(&suffix).filter(|base| !base.is_empty()).unwrap_or(&name);
    if version == 1 {
        return base.to_owned();
    }
    let length = base.len() + suffix.len();
    if length > MAX_NAME_LENGTH && name.len() <= MAX_NAME_LENGTH {
        let message = format!(
            "name of a method is {length} characters long with `{suffix}`, as in generated code, limit is {MAX_NAME_LENGTH}"
        );
        errors.at(ident, message);
    }
    format!("{base}@{version}")
}

/// The name of a method in generated code: `get_v2` for `get@2`.
pub(crate) fn name_in_code(wire_name: &str) -> String {
    wire_name.replace('@', "_v")
}

/// The number of a version. Reports an invalid one.
pub(crate) fn version(number: &Expr, errors: &mut Errors) -> Option<u16> {
    if let Expr::Lit(ExprLit { lit: Lit::Int(literal), .. }) = number
        && let Ok(version @ 1..=MAX_VERSION) = literal.base10_parse()
    {
        return Some(version);
    }
    errors.at(number, format!("invalid version: expected a number from 1 to {MAX_VERSION}"));
    None
}

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
