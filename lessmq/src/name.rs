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

/// The name of a method: a lower-case letter, then lower-case letters, digits and `_`, and none of
/// [`MethodName::RESERVED`]. A later version of a method has the name of the first one, `@` and its number, from 2 to 9999.
///
/// ```
/// use lessmq::name::MethodName;
///
/// let (first, second) = (MethodName::parse("method", "get")?, MethodName::parse("method", "get@2")?);
/// assert_eq!((first.base(), first.version()), ("get", 1));
/// assert_eq!((second.base(), second.version()), ("get", 2));
/// assert_eq!((first.in_code(), second.in_code()), ("get".to_owned(), "get_v2".to_owned()));
/// assert!(MethodName::parse("method", "get@1").is_err(), "the first version has no number");
/// # Ok::<(), lessmq::Error>(())
/// ```
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
    /// The longest [name in code](Self::in_code), in bytes.
    pub const MAX_LENGTH: usize = 64;
    /// Names that code cannot use for a method: functions of generated clients, and keywords that cannot be escaped.
    pub const RESERVED: [&str; 7] = ["new", "on", "contract", "clone", "self", "super", "crate"];

    /// Checks a name. `what` says in the error what it names.
    ///
    /// # Errors
    /// `Config`, with `what` and the name.
    pub fn parse(what: &str, name: &str) -> Result<Self> {
        let (base, _) = base_and_version(name);
        let is_plain = base.starts_with(|first: char| first.is_ascii_lowercase())
            && base.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if is_plain && Self::RESERVED.contains(&name) {
            return Err(invalid_name_error(what, name).with_hint(
                "generated clients have a function with this name, or it is a keyword: use another name",
            ));
        }
        if is_plain && in_code(name).len() <= Self::MAX_LENGTH {
            return Ok(Self(name.into()));
        }
        Err(invalid_name_error(what, name).with_hint(format!(
            "the name of a method starts with a lower-case letter, continues with lower-case letters, digits and `_`, and has \
             at most {} characters; a later version ends in `@` and its number, such as `get@2`",
            Self::MAX_LENGTH
        )))
    }

    /// The name without the version: `get` for `get@2`.
    #[must_use]
    pub fn base(&self) -> &str {
        base_and_version(&self.0).0
    }

    /// The version: 2 for `get@2`, 1 for `get`.
    #[must_use]
    pub fn version(&self) -> u16 {
        base_and_version(&self.0).1
    }

    /// The name of the function in generated code: `get_v2` for `get@2`, `get` for `get`. Two methods of one service
    /// never have the same.
    #[must_use]
    pub fn in_code(&self) -> String {
        in_code(&self.0)
    }
}

/// The highest version of a method.
const MAX_VERSION: u16 = 9999;

/// The name of a method without its version, and the version: `get` and 2 for `get@2`, `get` and 1 for `get`. A text that is
/// not the name of a later version is returned unchanged, as version 1.
#[must_use]
pub fn base_and_version(method: &str) -> (&str, u16) {
    let parts = method.split_once('@');
    let version = parts.and_then(|(_, version)| version.parse().ok());
    match (parts, version) {
        (Some((base, text)), Some(version @ 2..=MAX_VERSION))
            if text.starts_with(|c| matches!(c, '1'..='9')) =>
        {
            (base, version)
        }
        _ => (method, 1),
    }
}

/// The newest version of `method` among the names of methods, if it is newer than `method`.
#[must_use]
pub fn newer_version<'n>(method: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    newest_version(method, names, |other, version| other > version)
}

/// The newest version of `method` among the names of methods that is older than `method`.
pub(crate) fn older_version<'n>(method: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    newest_version(method, names, |other, version| other < version)
}

/// The newest of the versions of `method` that `is_meant` accepts. It gets each version, and that of `method`.
fn newest_version<'n>(
    method: &str,
    names: impl IntoIterator<Item = &'n str>,
    is_meant: impl Fn(u16, u16) -> bool,
) -> Option<&'n str> {
    let (base, version) = base_and_version(method);
    let found = names.into_iter().filter(|name| {
        let (other_base, other) = base_and_version(name);
        other_base == base && is_meant(other, version)
    });
    found.max_by_key(|name| base_and_version(name).1)
}

/// Two of these names of methods that would have the same [name in code](MethodName::in_code), such as `get@2` and `get_v2`.
pub(crate) fn same_in_code<'n>(names: impl Iterator<Item = &'n str> + Clone) -> Option<(&'n str, &'n str)> {
    let versioned = names.clone().filter(|name| base_and_version(name).1 > 1);
    versioned.into_iter().find_map(|later| {
        let code = in_code(later);
        names.clone().find(|name| *name == code).map(|other| (later, other))
    })
}

/// As [`MethodName::in_code`], for the name of a method that was checked before.
#[must_use]
pub fn in_code(method: &str) -> String {
    let (base, version) = base_and_version(method);
    if version == 1 { base.to_owned() } else { format!("{base}_v{version}") }
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
    fn methods_are_named_as_functions_with_an_optional_version() {
        let longest = "g".repeat(64);
        for good in
            ["get", "get_v2", "get__x_", "import", &longest, "get@2", "get@10", "get_v2@9999", "new@2"]
        {
            assert!(MethodName::parse("method", good).is_ok(), "{good}");
        }
        let versioned = format!("{}@2", "g".repeat(62));
        for bad in [
            "",
            "2get",
            "_get",
            "getX",
            "get.it",
            "get-it",
            "gét",
            "new",
            "crate",
            &"g".repeat(65),
            &versioned,
        ] {
            assert_eq!(MethodName::parse("method", bad).unwrap_err().kind(), ErrorKind::Config, "{bad}");
        }
        for bad in
            ["get@", "get@0", "get@1", "get@02", "get@+2", "get@10000", "get@2@3", "get@two", "@2", "GET@2"]
        {
            assert_eq!(MethodName::parse("method", bad).unwrap_err().kind(), ErrorKind::Config, "{bad}");
        }
    }

    #[test]
    fn the_newest_version_of_a_method_is_found() {
        let names = ["find@9", "get", "get@10", "get@2", "get_v3"];
        for (method, expected) in [
            ("get", Some("get@10")),
            ("get@2", Some("get@10")),
            ("get@10", None),
            ("find", Some("find@9")),
            ("list", None),
        ] {
            assert_eq!(newer_version(method, names), expected, "{method}");
        }
        for (method, expected) in
            [("get@10", Some("get@2")), ("get@2", Some("get")), ("get", None), ("find@9", None)]
        {
            assert_eq!(older_version(method, names), expected, "{method}");
        }
        assert_eq!(same_in_code(names.into_iter()), None);
        assert_eq!(same_in_code(["get@2", "get_v2"].into_iter()), Some(("get@2", "get_v2")));
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
