//! Names on the bus. Each kind of name has a type, which is parsed where a name enters the program.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, ErrorKind, Result};

/// The name of a service, a consumer group or a namespace: a lower-case letter, then lower-case letters, digits and
/// hyphens, at most [`Name::MAX_LENGTH`] bytes.
///
/// ```
/// use lessmq::name::Name;
///
/// let name = Name::parse("service", "user-2")?;
/// assert_eq!(name.as_str(), "user-2");
/// assert!(Name::parse("service", "User").is_err());
/// # Ok::<(), lessmq::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<str>);

/// The name of a method: an ASCII letter or `_`, then letters, digits and `_`, at most [`MethodName::MAX_LENGTH`]
/// bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MethodName(Arc<str>);

/// The name of a queue or a topic that LessMQ did not create, as the driver writes it: see the driver's module.
/// Not empty, no control characters, at most [`ExternalName::MAX_LENGTH`] bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExternalName(Arc<str>);

impl Name {
    /// The longest name, in bytes. A namespace, a service and a group with separators fit into 80 characters, the
    /// shortest limit of all brokers.
    pub const MAX_LENGTH: usize = 24;

    /// Checks a name. `what` says in the error what it names.
    ///
    /// # Errors
    /// `Config`, with `what` and the name.
    pub fn parse(what: &str, name: &str) -> Result<Self> {
        let well_formed = name.starts_with(|first: char| first.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if well_formed && name.len() <= Self::MAX_LENGTH {
            return Ok(Self(name.into()));
        }
        Err(invalid_name_error(what, name).with_hint(format!(
            "a name starts with a lower-case letter, continues with lower-case letters, digits and hyphens, and has \
             at most {} characters",
            Self::MAX_LENGTH
        )))
    }
}

impl MethodName {
    /// The longest name, in bytes.
    pub const MAX_LENGTH: usize = 64;

    /// Checks a name. `what` says in the error what it names.
    ///
    /// # Errors
    /// `Config`, with `what` and the name.
    pub fn parse(what: &str, name: &str) -> Result<Self> {
        let well_formed = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if well_formed && name.len() <= Self::MAX_LENGTH {
            return Ok(Self(name.into()));
        }
        Err(invalid_name_error(what, name).with_hint(format!(
            "the name of a method starts with a letter or `_`, continues with letters, digits and `_`, and has at \
             most {} characters",
            Self::MAX_LENGTH
        )))
    }
}

impl ExternalName {
    /// The longest name, in bytes.
    pub const MAX_LENGTH: usize = 1024;

    /// Checks a name. `what` says in the error what it names.
    ///
    /// # Errors
    /// `Config`, with `what` and the name.
    pub fn parse(what: &str, name: &str) -> Result<Self> {
        if !name.is_empty() && name.len() <= Self::MAX_LENGTH && !name.chars().any(char::is_control) {
            return Ok(Self(name.into()));
        }
        Err(invalid_name_error(what, name).with_hint(format!(
            "the name of an existing queue or topic is not empty, has at most {} bytes and no control characters",
            Self::MAX_LENGTH
        )))
    }
}

fn invalid_name_error(what: &str, name: &str) -> Error {
    Error::new(ErrorKind::Config, format!("invalid {what} name `{}`", name.escape_debug()))
}

macro_rules! text_like {
    ($($name:ident: $what:literal),+) => {$(
        impl $name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(name: &str) -> Result<Self> {
                Self::parse($what, name)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

text_like!(Name: "service or group", MethodName: "method", ExternalName: "queue or topic");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_lower_case() {
        for good in ["user", "user-2", "a", "abcdefghijklmnopqrstuvwx"] {
            assert!(Name::parse("service", good).is_ok(), "{good}");
        }
        for bad in ["", "User", "2user", "-user", "user.name", "us er", "abcdefghijklmnopqrstuvwxy", "é"] {
            assert_eq!(Name::parse("service", bad).unwrap_err().kind(), ErrorKind::Config, "{bad}");
        }
    }

    #[test]
    fn an_error_contains_the_kind_of_name() {
        let error = Name::parse("service", "Foo").unwrap_err();
        assert_eq!(error.to_string(), "invalid service name `Foo`");
    }

    #[test]
    fn methods_are_named_as_in_rust() {
        for good in ["get", "_get", "getV2", "get_v2"] {
            assert!(MethodName::parse("method", good).is_ok(), "{good}");
        }
        for bad in ["", "2get", "get.it", "get-it", "gét", &"g".repeat(65)] {
            assert_eq!(MethodName::parse("method", bad).unwrap_err().kind(), ErrorKind::Config, "{bad}");
        }
    }

    #[test]
    fn existing_queues_may_be_called_almost_anything() {
        for good in ["orders.fifo", "Bestellungen für morgen", "amq.topic/order.created"] {
            assert!(ExternalName::parse("queue", good).is_ok(), "{good}");
        }
        for bad in ["", "a\nb", &"g".repeat(1025)] {
            assert_eq!(ExternalName::parse("queue", bad).unwrap_err().kind(), ErrorKind::Config, "{bad}");
        }
    }
}
