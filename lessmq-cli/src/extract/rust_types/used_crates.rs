//! The crates that a package uses in messages, and the types that follow from them.

use std::collections::BTreeMap;

use semver::{Op, VersionReq};

use crate::rust_types::{Known, KnownCrate, RustType, Wire};
use crate::sources::type_name;
use crate::workspace::Package;

/// The known crates that a package uses.
#[derive(Debug, Default)]
pub(crate) struct UsedCrates {
    /// The requirement for the version of each.
    versions: BTreeMap<&'static str, String>,
    schemars_features: Vec<String>,
}

/// The type for values of one form, or for the keys of a map.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decision<T = RustType> {
    Type(T),
    /// The paths of the types that it may be.
    Ambiguous(Vec<&'static str>),
    Unknown,
}

impl<T> Decision<T> {
    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Decision<U> {
        match self {
            Self::Type(ty) => Decision::Type(change(ty)),
            Self::Ambiguous(paths) => Decision::Ambiguous(paths),
            Self::Unknown => Decision::Unknown,
        }
    }
}

impl UsedCrates {
    /// The dependencies of packages, the first of which has precedence.
    pub(crate) fn new(packages: &[&Package]) -> Self {
        let mut found = Self::default();
        for dependency in packages.iter().flat_map(|package| &package.dependencies) {
            if !dependency.is_released() {
                continue;
            }
            if dependency.name == "schemars" {
                found.schemars_features.extend(dependency.features.iter().cloned());
            }
            let krate = KnownCrate::find(&dependency.name).filter(|krate| krate.supports(&dependency.req));
            if let Some(krate) = krate {
                found
                    .versions
                    .entry(krate.name)
                    .or_insert_with(|| shared_requirement(&dependency.req, krate));
            }
        }
        found
    }

    pub(super) fn contains(&self, krate: &str) -> bool {
        self.versions.contains_key(krate)
    }

    /// The type of values of this form. `words` are the identifiers in the type that the source code has there. Only
    /// they can decide if the form is not certain.
    pub(super) fn decide(&self, wire: Wire, words: Option<&[String]>, is_certain: bool) -> Decision {
        let has = |word: &str| words.is_some_and(|words| words.iter().any(|found| found == word));
        let candidates: Vec<&'static Known> =
            Known::all().filter(|known| known.wire == wire && self.contains(known.krate().name)).collect();
        let named = candidates.iter().copied().filter(|known| has(known.name()));
        let implied = candidates.iter().copied().filter(|known| known.is_implied);
        let is_enabled = |known: &Known| {
            let feature = known.krate().schemars;
            feature.is_some_and(|feature| self.schemars_features.iter().any(|enabled| enabled == feature))
        };
        let found = match named.clone().next() {
            Some(_) => only(named.collect(), |known| has(known.krate().name)),
            None if !is_certain => return Decision::Unknown,
            None if has("String") || has("str") => {
                // The text may be next to a type with another name, such as in a tuple.
                let is_other =
                    |word: &String| type_name(std::slice::from_ref(word)).is_some() && !is_standard(word);
                let others = words.is_some_and(|words| words.iter().any(is_other));
                let candidates: Vec<&str> = implied.map(|known| known.path).collect();
                return if others && !candidates.is_empty() {
                    Decision::Ambiguous(candidates)
                } else {
                    Decision::Unknown
                };
            }
            None => only(implied.collect(), is_enabled),
        };
        match found {
            Ok(Some(known)) => Decision::Type(self.typed(known, words)),
            Ok(None) => Decision::Unknown,
            Err(several) => Decision::Ambiguous(several.iter().map(|known| known.path).collect()),
        }
    }

    /// The type of the keys of a map, which the source code has with these words. Keys are text in JSON whatever their type
    /// is, so only the source code can decide.
    pub(super) fn key(&self, words: &[String]) -> Option<RustType> {
        let name = type_name(words)?;
        let is_candidate =
            |known: &&Known| known.is_key() && known.name() == name && self.contains(known.krate().name);
        let has = |word: &str| words.iter().any(|found| found == word);
        let known = only(Known::all().filter(is_candidate).collect(), |known| has(known.krate().name));
        known.ok().flatten().map(|known| self.typed(known, Some(words)))
    }

    /// The types of these crates that keys of maps can have.
    pub(super) fn key_types(&self) -> Vec<&'static str> {
        let types = Known::all().filter(|known| known.is_key() && self.contains(known.krate().name));
        types.map(|known| known.path).collect()
    }

    fn typed(&self, known: &Known, words: Option<&[String]>) -> RustType {
        // The local time zone of a provider is not that of its consumers, so it becomes an offset.
        let has_offset = |word: &String| ["FixedOffset", "Local"].contains(&word.as_str());
        let offset = words.is_some_and(|words| words.iter().any(has_offset)).then_some("chrono::FixedOffset");
        let krate = known.krate();
        known.in_version(self.versions.get(krate.name).map_or(krate.version, String::as_str), offset)
    }
}

/// Whether a word is the name of a type of the standard library.
fn is_standard(word: &str) -> bool {
    const CONTAINERS: [&str; 10] =
        ["Arc", "Box", "Cow", "Option", "Rc", "Result", "String", "Vec", "VecDeque", "HandlerResult"];
    CONTAINERS.contains(&word) || ["Map", "Set"].iter().any(|end| word.ends_with(end))
}

/// The only type, or the only one with a further property. All types if several remain.
fn only(
    types: Vec<&'static Known>,
    is_preferred: impl Fn(&Known) -> bool,
) -> Result<Option<&'static Known>, Vec<&'static Known>> {
    let preferred: Vec<_> = types.iter().copied().filter(|known| is_preferred(known)).collect();
    match (&types[..], &preferred[..]) {
        ([], _) => Ok(None),
        ([only], _) | (_, [only]) => Ok(Some(only)),
        _ => Err(types),
    }
}

/// A requirement that services can share: a version alone, which means all compatible ones. `=1.2.3` would conflict with
/// the requirement of another service.
fn shared_requirement(requirement: &str, krate: &KnownCrate) -> String {
    let Ok(parsed) = VersionReq::parse(requirement) else { return krate.version.to_owned() };
    match &parsed.comparators[..] {
        [] => krate.version.to_owned(),
        [only] if matches!(only.op, Op::Exact | Op::Caret | Op::Tilde | Op::Wildcard) => {
            let numbers = [Some(only.major), only.minor, only.patch].into_iter().map_while(|number| number);
            let version = numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(".");
            if only.pre.is_empty() { version } else { format!("{version}-{}", only.pre) }
        }
        _ => requirement.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(crates: &[&'static str], schemars_features: &[&str]) -> UsedCrates {
        UsedCrates {
            versions: crates.iter().map(|name| (*name, "9.9".to_owned())).collect(),
            schemars_features: schemars_features.iter().map(|&feature| feature.to_owned()).collect(),
        }
    }

    /// Checks the type of a value: its text, `a | b` if it is ambiguous, or nothing.
    fn check(used: &UsedCrates, wire: Wire, source: Option<&str>, expected: &str) {
        let words: Option<Vec<String>> =
            source.map(|source| source.split_whitespace().map(str::to_owned).collect());
        let found = match used.decide(wire, words.as_deref(), true) {
            Decision::Type(ty) => {
                assert_eq!(ty.version, "9.9");
                ty.to_string()
            }
            Decision::Ambiguous(paths) => paths.join(" | "),
            Decision::Unknown => String::new(),
        };
        assert_eq!(found, expected, "{wire:?} {source:?}");
    }

    #[test]
    fn the_only_crate_with_such_a_type_is_the_one() {
        let chrono = used(&["chrono", "uuid", "rust_decimal"], &[]);
        check(&chrono, Wire::DateTime, None, "chrono::DateTime<chrono::Utc>");
        check(&chrono, Wire::Date, Some("DueDate"), "chrono::NaiveDate");
        check(&chrono, Wire::Uuid, None, "uuid::Uuid");
        check(&chrono, Wire::Decimal, Some("Money"), "rust_decimal::Decimal");
        check(&chrono, Wire::ZonedDateTime, None, "");
        check(&used(&[], &[]), Wire::DateTime, None, "");
    }

    #[test]
    fn of_several_crates_the_source_code_names_one() {
        let all = used(&["chrono", "jiff", "time"], &["chrono04", "jiff02"]);
        let both = "chrono::DateTime | jiff::Timestamp";
        check(&all, Wire::DateTime, None, both);
        check(&all, Wire::DateTime, Some("Created"), both);
        check(&all, Wire::DateTime, Some("Option DateTime Utc"), "chrono::DateTime<chrono::Utc>");
        check(&all, Wire::DateTime, Some("DateTime Local"), "chrono::DateTime<chrono::FixedOffset>");
        check(&all, Wire::DateTime, Some("Vec Timestamp"), "jiff::Timestamp");
        check(&all, Wire::DateTime, Some("OffsetDateTime"), "time::OffsetDateTime");
        check(&all, Wire::Date, Some("Date"), "jiff::civil::Date | time::Date");
        check(&all, Wire::Date, Some("time Date"), "time::Date");
        check(&all, Wire::Date, Some("jiff civil Date"), "jiff::civil::Date");
        check(&used(&["chrono", "jiff"], &["jiff02"]), Wire::DateTime, None, "jiff::Timestamp");
    }

    #[test]
    fn a_text_is_not_taken_for_a_type() {
        let all = used(&["chrono", "url", "time"], &["chrono04", "url2"]);
        check(&all, Wire::DateTime, Some("Option String"), "");
        check(&all, Wire::Uri, None, "");
        check(&all, Wire::Uri, Some("Homepage"), "");
        check(&all, Wire::Uri, Some("Url"), "url::Url");
        check(&used(&["time"], &[]), Wire::DateTime, None, "");
        check(&all, Wire::Date, Some("Option String Day"), "chrono::NaiveDate");
        let decimal = used(&["rust_decimal"], &[]);
        assert_eq!(decimal.decide(Wire::Decimal, None, false), Decision::Unknown);
        let words = ["Decimal".to_owned()];
        assert!(matches!(decimal.decide(Wire::Decimal, Some(&words), false), Decision::Type(_)));
    }

    #[test]
    fn only_the_source_code_decides_about_keys() {
        let check = |crates: &[&'static str], source: &str, expected: Option<&str>| {
            let words: Vec<String> = source.split_whitespace().map(str::to_owned).collect();
            let found = used(crates, &[]).key(&words).map(|ty| ty.to_string());
            assert_eq!(found.as_deref(), expected, "{source}");
        };
        check(&["uuid"], "Uuid", Some("uuid::Uuid"));
        check(&["uuid"], "uuid Uuid", Some("uuid::Uuid"));
        check(&["uuid"], "String", None);
        check(&["uuid"], "", None);
        check(&[], "Uuid", None);
        check(&["chrono", "jiff"], "NaiveDate", Some("chrono::NaiveDate"));
        check(&["chrono", "jiff"], "DateTime", None);
        check(&["chrono", "jiff"], "chrono DateTime", Some("chrono::DateTime<chrono::Utc>"));
        check(&["chrono"], "DateTime chrono FixedOffset", Some("chrono::DateTime<chrono::FixedOffset>"));
        check(&["rust_decimal"], "Decimal", None);
        check(&["time"], "Date", None);
    }

    #[test]
    fn requirements_can_be_shared() {
        let krate = KnownCrate::find("chrono").expect("it is known");
        for (requirement, expected) in [
            ("^0.4.38", "0.4.38"),
            ("=0.4.40", "0.4.40"),
            ("~0.4", "0.4"),
            ("0.4.*", "0.4"),
            ("*", "0.4"),
            (">=0.4.20, <0.5", ">=0.4.20, <0.5"),
            ("=0.4.0-rc.1", "0.4.0-rc.1"),
            ("^0.4.0-alpha", "0.4.0-alpha"),
        ] {
            assert_eq!(shared_requirement(requirement, krate), expected);
        }
    }
}
