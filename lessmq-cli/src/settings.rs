//! `lessmq.toml`, at the top of a workspace: defaults of `check`, the findings that are allowed, and the types of contract
//! crates.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use crate::report::{Allowance, Error, Result, SETTINGS_FILE as FILE};
use crate::rust_types::Replacements;

/// The content of the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    pub(crate) check: Check,
    allow: Vec<Allow>,
    types: BTreeMap<Spanned<String>, toml::Value>,
    /// What `types` says.
    #[serde(skip)]
    pub(crate) replacements: Replacements,
}

/// Defaults for the command line of `check`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct Check {
    pub(crate) against: Option<String>,
    pub(crate) transitive: bool,
    pub(crate) deny_stale: bool,
    pub(crate) require_baseline: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Allow {
    finding: Spanned<String>,
    reason: Spanned<String>,
    #[serde(deserialize_with = "date")]
    expires: Date,
}

impl Settings {
    /// Reads the file in `root`. Without one, nothing is set and nothing is allowed.
    pub(crate) fn load(root: &Path) -> Result<Self> {
        match fs::read_to_string(root.join(FILE)) {
            Ok(text) => Self::parse(&text),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Error::new(format!("{FILE}: cannot read the settings"))
                .because(error)
                .hint("it must be a UTF-8 text file that you may read")),
        }
    }

    /// Reads the file in `directory` or in the nearest directory above it that has one.
    pub(crate) fn nearest(directory: &Path) -> Result<Self> {
        let found = directory.ancestors().find(|directory| directory.join(FILE).is_file());
        found.map_or_else(|| Ok(Self::default()), Self::load)
    }

    fn parse(text: &str) -> Result<Self> {
        let mut settings: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_at(text, span.start));
            Error::new(format!("{FILE}:{line}: {}", error.message().trim_end())).hint(FORM)
        })?;
        for (index, allow) in settings.allow.iter().enumerate() {
            let at = |part: &Spanned<String>, what: &str| {
                let line = line_at(text, part.span().start);
                Err(Error::new(format!("{FILE}:{line}: {what}")).hint(FORM))
            };
            let finding = allow.finding.get_ref();
            if allow.reason.get_ref().trim().is_empty() {
                return at(&allow.reason, "`reason` is empty");
            }
            if settings.allow.iter().take(index).any(|earlier| earlier.finding.get_ref() == finding) {
                return at(&allow.finding, &format!("finding `{finding}` is allowed twice"));
            }
        }
        for (original, value) in &settings.types {
            let line = line_at(text, original.span().start);
            settings.replacements.add(original.get_ref(), value).map_err(|error| {
                let what = format!("{FILE}:{line}: [types] `{}`: {}", original.get_ref(), error.message);
                Error::new(what).hint(error.hint)
            })?;
        }
        Ok(settings)
    }

    /// The entry for a finding, which may have expired before `today`.
    pub(crate) fn allowance(&self, fingerprint: &str, today: Date) -> Option<Allowance> {
        let allow = self.allow.iter().find(|allow| allow.finding.get_ref() == fingerprint)?;
        Some(Allowance {
            reason: allow.reason.get_ref().trim().to_owned(),
            expires: allow.expires,
            expired: today > allow.expires,
        })
    }

    /// The fingerprints of all entries.
    pub(crate) fn allowed(&self) -> impl Iterator<Item = &str> {
        self.allow.iter().map(|allow| allow.finding.get_ref().as_str())
    }
}

const FORM: &str = "write [check] with `against`, `transitive`, `deny-stale` and `require-baseline`, [types] with the types that \
                    contract crates use instead, and for each allowed finding [[allow]] with finding = \"FINGERPRINT\", \
                    reason = \"WHY\", expires = 2027-01-31";

fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

fn date<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Date, D::Error> {
    let value = toml::value::Datetime::deserialize(deserializer)?;
    let wrong =
        || serde::de::Error::custom("`expires` must be a date, such as 2027-01-31, without quotes or a time");
    let (Some(date), None, None) = (value.date, value.time, value.offset) else { return Err(wrong()) };
    let numbers = (i16::try_from(date.year), i8::try_from(date.month), i8::try_from(date.day));
    let (Ok(year), Ok(month), Ok(day)) = numbers else { return Err(wrong()) };
    Date::new(year, month, day).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rust_types::Replacement;

    /// The message of the error for an invalid text.
    fn error(text: &str) -> String {
        Settings::parse(text).expect_err("it is invalid").message
    }

    const ALLOW: &str = "[[allow]]\nfinding = \"aa\"\nreason = \"no one calls it\"\nexpires = 2027-01-31\n";

    #[test]
    fn an_allowance_is_in_force_through_its_last_day() {
        let settings = Settings::parse(ALLOW).expect("it is well formed");
        let expired =
            |day| settings.allowance("aa", day).map(|allowance| (allowance.expired, allowance.reason));
        let reason = "no one calls it".to_owned();
        assert_eq!(expired(Date::constant(2027, 1, 31)), Some((false, reason.clone())));
        assert_eq!(expired(Date::constant(2027, 2, 1)), Some((true, reason)));
        assert_eq!(settings.allowance("bb", Date::constant(2027, 1, 1)), None);
    }

    #[test]
    fn types_are_replaced_and_an_error_names_the_line() {
        let settings =
            Settings::parse("[types]\n\"chrono::NaiveDate\" = \"String\"\n").expect("it is well formed");
        assert_eq!(settings.replacements.get("chrono::NaiveDate"), Some(&Replacement::Text));
        for (entry, expected) in [
            (
                "date = 'jiff::Timestamp'",
                "lessmq.toml:4: [types] `date`: `jiff::Timestamp` is a `date-time` in JSON, and `date` is a `date`",
            ),
            (
                "'chrono::Date' = 'String'",
                "lessmq.toml:4: [types] `chrono::Date`: contracts do not name the type `chrono::Date`",
            ),
        ] {
            assert_eq!(error(&format!("[types]\nuuid = 'String'\n\n{entry}\n")), expected);
        }
    }

    #[test]
    fn an_error_names_the_line_and_the_key() {
        for (text, expected) in [
            ("[check]\nagaints = \"a\"\n", "lessmq.toml:2: unknown field `againts`"),
            ("\n[chekc]\n", "lessmq.toml:2: unknown field `chekc`"),
            ("[check]\ntransitive = 1\n", "lessmq.toml:2: invalid type: integer `1`"),
            ("[[allow]]\nfinding = \"aa\"\nreason = \"b\"\n", "lessmq.toml:1: missing field `expires`"),
            ("check = [", "lessmq.toml:1: "),
        ] {
            let message = error(text);
            assert!(message.starts_with(expected), "{message}");
        }
        for (from, to, expected) in [
            ("2027-01-31", "\"2027-01-31\"", "lessmq.toml:4: "),
            ("2027-01-31", "2027-01-31T00:00:00Z", "lessmq.toml:4: `expires` must be a date"),
            ("no one calls it", " ", "lessmq.toml:3: `reason` is empty"),
        ] {
            let message = error(&ALLOW.replace(from, to));
            assert!(message.starts_with(expected), "{message}");
        }
        assert!(
            error(&format!("{ALLOW}{ALLOW}")).starts_with("lessmq.toml:6: finding `aa` is allowed twice")
        );
    }
}
