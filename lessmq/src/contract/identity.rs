//! The identity of a contract in messages.

use std::fmt;

use semver::Version;
use serde::{Deserialize, Serialize};

/// The SHA-256 of a contract's canonical form, as 64 hexadecimal digits.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub(super) String);

impl Fingerprint {
    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first twelve digits, for people.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({})", self.short())
    }
}

/// The contract that the sender of a message uses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ContractId {
    /// The service.
    pub service: String,
    /// The version of the contract.
    pub version: Version,
    /// The fingerprint of the contract.
    pub fingerprint: Fingerprint,
}

impl ContractId {
    /// Parses the text form of a [`ContractId`]. `None` for any other text, such as the `dataschema` of another tool.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (service, rest) = text.strip_prefix("urn:lessmq:")?.split_once(':')?;
        let (version, fingerprint) = rest.rsplit_once(':')?;
        let is_fingerprint = fingerprint.len() == 64 && fingerprint.bytes().all(|b| b.is_ascii_hexdigit());
        is_fingerprint.then_some(Self {
            service: service.to_owned(),
            version: version.parse().ok()?,
            fingerprint: Fingerprint(fingerprint.to_owned()),
        })
    }
}

impl fmt::Display for ContractId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "urn:lessmq:{}:{}:{}", self.service, self.version, self.fingerprint)
    }
}
