//! Names on the bus: services, consumer groups, namespaces.

use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};

/// The longest name of a service, a group or a namespace, in bytes. Three of them and the separators stay under
/// SQS's 80 characters for a queue.
pub const MAX_NAME_LENGTH: usize = 24;

/// Checks a name of a service, a consumer group or a namespace: a lower-case letter, then lower-case letters,
/// digits and hyphens, at most [`MAX_NAME_LENGTH`] bytes.
///
/// # Errors
/// [`ErrorKind::Config`], naming `what` and the name.
pub fn check_name(what: &str, name: &str) -> Result<Arc<str>> {
    let well_formed = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if well_formed && name.len() <= MAX_NAME_LENGTH {
        return Ok(name.into());
    }
    Err(Error::new(ErrorKind::Config, format!("{what} `{}` is not a name", name.escape_debug())).with_hint(format!(
        "a name starts with a lower-case letter, goes on with lower-case letters, digits and hyphens, and has at most \
         {MAX_NAME_LENGTH} characters"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_lower_case() {
        for good in ["user", "user-2", "a", "abcdefghijklmnopqrstuvwx"] {
            assert!(check_name("service", good).is_ok(), "{good}");
        }
        for bad in ["", "User", "2user", "-user", "user.name", "us er", "abcdefghijklmnopqrstuvwxy", "é"] {
            assert_eq!(check_name("service", bad).unwrap_err().kind(), ErrorKind::Config, "{bad}");
        }
    }
}
