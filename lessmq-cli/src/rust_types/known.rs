//! The types that are known, and their crates.

use semver::{Comparator, VersionReq};

use super::{RustType, Wire};

/// A type of another crate.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) path: &'static str,
    /// The path of its parameter, such as a time zone.
    parameter: Option<&'static str>,
    pub(crate) wire: Wire,
    pub(crate) is_copy: bool,
    /// Whether only this type of its crate has the form, and no attribute gives the form to a `String`. The type then
    /// follows from the form and the dependencies of a package, without a look at its source code.
    pub(crate) is_implied: bool,
    /// The module for serde's `with`, if serde does not write the type like this by itself.
    pub(crate) codec: Option<&'static str>,
}

/// A crate with known types.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct KnownCrate {
    pub(crate) name: &'static str,
    /// The requirement for the version that is known.
    pub(crate) version: &'static str,
    /// The features that messages need, without the default features.
    pub(crate) features: &'static [&'static str],
    /// The feature of schemars for its types. `None` if they do not implement `JsonSchema`.
    pub(crate) schemars: Option<&'static str>,
}

const CRATES: [KnownCrate; 7] = [
    KnownCrate {
        name: "bigdecimal",
        version: "0.4",
        features: &["serde", "std"],
        schemars: Some("bigdecimal04"),
    },
    KnownCrate { name: "chrono", version: "0.4", features: &["serde", "std"], schemars: Some("chrono04") },
    KnownCrate { name: "jiff", version: "0.2", features: &["std", "serde"], schemars: Some("jiff02") },
    KnownCrate {
        name: "rust_decimal",
        version: "1",
        features: &["serde", "std"],
        schemars: Some("rust_decimal1"),
    },
    KnownCrate {
        name: "time",
        version: "0.3",
        features: &["serde-human-readable", "serde-well-known", "std"],
        schemars: None,
    },
    KnownCrate { name: "url", version: "2", features: &["serde", "std"], schemars: Some("url2") },
    KnownCrate { name: "uuid", version: "1", features: &["serde", "std"], schemars: Some("uuid1") },
];

const TYPES: [Known; 15] = [
    Known { parameter: Some("chrono::Utc"), ..implied("chrono::DateTime", Wire::DateTime) },
    implied("chrono::NaiveDate", Wire::Date),
    implied("chrono::NaiveTime", Wire::LocalTime),
    implied("chrono::NaiveDateTime", Wire::LocalDateTime),
    implied("jiff::Timestamp", Wire::DateTime),
    implied("jiff::civil::Date", Wire::Date),
    implied("jiff::civil::Time", Wire::LocalTime),
    implied("jiff::civil::DateTime", Wire::LocalDateTime),
    Known { is_copy: false, ..implied("jiff::Zoned", Wire::ZonedDateTime) },
    Known {
        is_implied: false,
        codec: Some("time::serde::rfc3339"),
        ..implied("time::OffsetDateTime", Wire::DateTime)
    },
    Known { is_implied: false, ..implied("time::Date", Wire::Date) },
    implied("uuid::Uuid", Wire::Uuid),
    Known { is_copy: false, is_implied: false, ..implied("url::Url", Wire::Uri) },
    implied("rust_decimal::Decimal", Wire::Decimal),
    Known { is_copy: false, ..implied("bigdecimal::BigDecimal", Wire::Decimal) },
];

const fn implied(path: &'static str, wire: Wire) -> Known {
    Known { path, parameter: None, wire, is_copy: true, is_implied: true, codec: None }
}

impl Known {
    pub(crate) fn find(path: &str) -> Option<&'static Self> {
        Self::all().find(|known| known.path == path)
    }

    /// The type for values whose type the contract does not name.
    pub(crate) fn usual(wire: Wire) -> Option<&'static Self> {
        Self::find(match wire {
            Wire::DateTime => "jiff::Timestamp",
            Wire::Date => "jiff::civil::Date",
            Wire::LocalTime => "jiff::civil::Time",
            Wire::LocalDateTime => "jiff::civil::DateTime",
            Wire::Uuid => "uuid::Uuid",
            Wire::ZonedDateTime | Wire::Duration | Wire::Uri | Wire::Decimal => return None,
        })
    }

    pub(crate) fn all() -> impl Iterator<Item = &'static Self> {
        TYPES.iter()
    }

    pub(crate) fn krate(&self) -> &'static KnownCrate {
        let name = self.path.split("::").next().unwrap_or_default();
        KnownCrate::find(name).expect("the crate of every type is in the list")
    }

    /// The name without its path.
    pub(crate) fn name(&self) -> &'static str {
        self.path.rsplit("::").next().unwrap_or(self.path)
    }

    /// Whether keys of maps can have the type: it is ordered, and the schema of such a map allows any text.
    pub(crate) fn is_key(&self) -> bool {
        let is_simple = match self.wire {
            Wire::DateTime | Wire::Date | Wire::LocalTime | Wire::LocalDateTime | Wire::Uuid => true,
            Wire::ZonedDateTime | Wire::Duration | Wire::Uri | Wire::Decimal => false,
        };
        is_simple && self.krate().schemars.is_some()
    }

    /// The type with its usual parameter, in the version that is known.
    pub(crate) fn to_type(&self) -> RustType {
        self.with(self.krate().version, self.parameter)
    }

    /// The type with each parameter that it may have, the usual one first.
    pub(crate) fn to_types(&self) -> Vec<RustType> {
        let others =
            self.parameter.map(|_| self.in_version(self.krate().version, Some("chrono::FixedOffset")));
        std::iter::once(self.to_type()).chain(others).collect()
    }

    /// The type in a version, with a parameter if it has one.
    pub(crate) fn in_version(&self, version: &str, parameter: Option<&'static str>) -> RustType {
        self.with(version, self.parameter.map(|usual| parameter.unwrap_or(usual)))
    }

    fn with(&self, version: &str, parameter: Option<&str>) -> RustType {
        let plain = |path: &str| RustType {
            package: self.krate().name.to_owned(),
            version: version.to_owned(),
            path: path.to_owned(),
            parameters: Vec::new(),
        };
        RustType { parameters: parameter.map(plain).into_iter().collect(), ..plain(self.path) }
    }

    /// Whether the version of a type is one that is known, and its crate the one with this name.
    pub(super) fn supports(&self, ty: &RustType) -> bool {
        let krate = self.krate();
        ty.package == krate.name && krate.supports(&ty.version)
    }
}

impl KnownCrate {
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        CRATES.iter().find(|krate| krate.name == name)
    }

    /// Whether the first bound of a requirement is compatible with the version that is known. `*` has no bound.
    pub(crate) fn supports(&self, requirement: &str) -> bool {
        let parse = |text: &str| VersionReq::parse(text).ok();
        let (Some(own), Some(other)) = (parse(self.version), parse(requirement)) else { return false };
        let line = |found: &Comparator| match found.major {
            0 => (0, found.minor),
            major => (major, None),
        };
        let own: Vec<_> = own.comparators.iter().map(line).collect();
        let is_same = |found: &Comparator| own == [line(found)];
        other.comparators.is_empty() || other.comparators.first().is_some_and(is_same)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_its_crate() {
        for known in Known::all() {
            assert!(known.supports(&known.to_type()), "{}", known.path);
            assert!(known.krate().schemars.is_some() || !known.is_implied, "{}", known.path);
        }
    }

    #[test]
    fn versions_of_the_same_line_are_supported() {
        let supports = |name, requirement| KnownCrate::find(name).expect("it is known").supports(requirement);
        for requirement in ["0.4", "^0.4.38", "=0.4.40", "~0.4.1", "*", ">=0.4.20, <0.5"] {
            assert!(supports("chrono", requirement), "{requirement}");
        }
        for requirement in ["0.3", "^1", "0.5.1", "no version"] {
            assert!(!supports("chrono", requirement), "{requirement}");
        }
        assert!(supports("uuid", "1.18") && !supports("uuid", "0.8"));
    }
}
