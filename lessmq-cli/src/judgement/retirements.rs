//! The removals that the command line excuses.

use std::cell::Cell;
use std::fmt;

use lessmq::name::{MethodName, Name};

use crate::report::{Diagnostic, Error, Result, Subject};

/// The rules about a method that is no longer served.
const REMOVALS: [&str; 4] = ["call-removed", "command-removed", "event-removed", "version-retired"];

/// A version of a method, as the command line names it: `user.get@1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MethodVersion {
    service: Name,
    /// Its name in contracts, where version 1 has no number.
    method: MethodName,
}

impl MethodVersion {
    /// Reads `SERVICE.METHOD@VERSION`. Without a version, version 1 is meant.
    pub(crate) fn parse(text: &str) -> std::result::Result<Self, String> {
        let parts = text.split_once('.').and_then(|(service, method)| {
            let method = method.strip_suffix("@1").unwrap_or(method);
            Some((service.parse().ok()?, method.parse().ok()?))
        });
        let (service, method) = parts.ok_or("expected SERVICE.METHOD@VERSION, such as user.get@1")?;
        Ok(Self { service, method })
    }
}

impl fmt::Display for MethodVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}@{}", self.service, self.method.base(), self.method.version())
    }
}

/// The methods whose removal is excused. Each of them must have been removed.
#[derive(Debug, Default)]
pub(crate) struct Retirements(Vec<(MethodVersion, Cell<bool>)>);

impl Retirements {
    pub(crate) fn new(methods: &[MethodVersion]) -> Self {
        Self(methods.iter().map(|method| (method.clone(), Cell::new(false))).collect())
    }

    /// Excuses a finding about the contract of `service`, if it is the removal of one of the methods.
    pub(super) fn excuse(&self, service: &str, finding: &mut Diagnostic) {
        let Subject::Method { method, .. } = &finding.subject else { return };
        let is_one = |(named, _): &&(MethodVersion, Cell<bool>)| {
            named.service.as_str() == service && named.method.as_str() == method
        };
        if REMOVALS.contains(&finding.rule)
            && let Some((named, is_used)) = self.0.iter().find(is_one)
        {
            is_used.set(true);
            finding.retire(&format!("--allow-retired {named}"));
        }
    }

    /// Fails if one of the methods was not removed.
    pub(crate) fn check_used(&self) -> Result<()> {
        match self.0.iter().find(|(_, is_used)| !is_used.get()) {
            None => Ok(()),
            Some((method, _)) => Err(Error::new(format!("`{method}` was not removed")).hint(
                "--allow-retired names a method that the earlier contract has and the code has not: remove the option, or \
                 correct the name",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::MethodVersion;

    #[test]
    fn a_version_is_written_with_its_number() {
        let check = |text: &str, expected: Option<(&str, &str)>| {
            let found = MethodVersion::parse(text).ok();
            let found = found.map(|found| (found.method.to_string(), found.to_string()));
            assert_eq!(found, expected.map(|(method, text)| (method.to_owned(), text.to_owned())), "{text}");
        };
        check("user.get@1", Some(("get", "user.get@1")));
        check("user.get", Some(("get", "user.get@1")));
        check("user.get@2", Some(("get@2", "user.get@2")));
        for text in ["get@1", "user.", "user.get@0", "user.get@", "User.get@1", "user.get@1@1", ""] {
            check(text, None);
        }
    }
}
