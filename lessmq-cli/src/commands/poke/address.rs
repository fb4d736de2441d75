//! The positional arguments of commands about a method.

use std::fmt;

use lessmq::name::Name;

use crate::commands::address::split;
use crate::report::{Error, Result};

/// The positional arguments of `call` and `send`.
#[derive(Debug, clap::Args)]
pub(crate) struct Words {
    /// The broker's address; may be left out if LESSMQ_URL has it
    #[arg(value_name = "URL")]
    first: Option<String>,
    /// The method, such as user.get
    #[arg(value_name = "SERVICE.METHOD")]
    second: Option<String>,
    /// The payload as JSON, @FILE, or - for standard input; without it, an empty object
    #[arg(value_name = "JSON")]
    third: Option<String>,
}

impl Words {
    /// The address, the method, and the payload.
    pub(super) fn read(&self) -> Result<(String, Target, Option<&str>)> {
        let (url, words) = split(self.first.iter().chain(&self.second).chain(&self.third))?;
        if let Some(unexpected) = words.get(2) {
            return Err(Error::new(format!("unexpected argument `{unexpected}`"))
                .hint("with three arguments, the first one is the address of the broker"));
        }
        Ok((url, Target::parse(words.first().copied())?, words.get(1).copied()))
    }
}

/// A method of a service, as people write it: `user.get`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) service: Name,
    pub(super) method: String,
}

impl Target {
    pub(super) fn parse(word: Option<&str>) -> Result<Self> {
        let hint =
            "write SERVICE.METHOD, such as user.get; `lessmq-cli methods` lists the methods of live services";
        let word = word.ok_or_else(|| Error::new("the method is missing").hint(hint))?;
        match word.split_once('.') {
            Some((service, method)) if !method.is_empty() => {
                // Contracts have no number for the first version.
                let method = method.strip_suffix("@1").unwrap_or(method).to_owned();
                Ok(Self { service: Name::parse("service", service)?, method })
            }
            _ => Err(Error::new(format!("`{word}` is not a method")).hint(hint)),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.service, self.method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_without_its_service_is_an_error() {
        let target = Target::parse(Some("user.get")).expect("it is a method");
        assert_eq!((target.service.as_str(), target.method.as_str()), ("user", "get"));
        let second = Target::parse(Some("user.get@2")).expect("it is a method");
        assert_eq!(second.method, "get@2");
        assert_eq!(Target::parse(Some("user.get@1")).expect("it is a method"), target);
        for wrong in [None, Some("user"), Some("user."), Some("User.get")] {
            assert!(Target::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
