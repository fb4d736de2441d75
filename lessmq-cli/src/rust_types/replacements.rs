//! `[types]` in `lessmq.toml`: types that generated code uses in place of others.

use std::collections::BTreeMap;

use serde_json::json;
use toml::{Table, Value};

use super::{Known, KnownCrate, RustType, Wire};

/// Types by the type that they replace: by its path, or by the format of values whose type the contract does not name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Replacements {
    types: BTreeMap<String, Replacement>,
}

/// What is used instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Replacement {
    /// A `String`.
    Text,
    /// Another type. `features` are those of its crate, if they are given.
    Type { ty: RustType, features: Option<Vec<String>> },
}

/// What is wrong with an entry, and what to write instead.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InvalidReplacement {
    pub(crate) message: String,
    pub(crate) hint: String,
}

/// The name of the plain type.
const TEXT: &str = "String";

impl Replacements {
    pub(crate) fn get(&self, original: &str) -> Option<&Replacement> {
        self.types.get(original)
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn add(&mut self, original: &str, value: &Value) -> Result<(), InvalidReplacement> {
        let wire = original_wire(original)?;
        let replacement = Replacement::read(value)?;
        replacement.check_wire(original, wire)?;
        self.types.insert(original.to_owned(), replacement);
        Ok(())
    }

    /// The types and formats that are replaced.
    pub(crate) fn originals(&self) -> impl Iterator<Item = &str> {
        self.types.keys().map(String::as_str)
    }

    /// All entries as a text that changes with them: JSON with sorted keys. Empty without entries.
    pub(crate) fn to_text(&self) -> String {
        if self.types.is_empty() {
            return String::new();
        }
        let entries =
            self.types.iter().map(|(original, replacement)| (original.clone(), replacement.to_json()));
        serde_json::Value::Object(entries.collect()).to_string()
    }
}

/// The form of the values of a type that is replaced; `None` if it is not known.
fn original_wire(original: &str) -> Result<Option<Wire>, InvalidReplacement> {
    if let Some(wire) = Wire::named(original) {
        return Ok(Some(wire));
    }
    if let Some(known) = Known::find(original) {
        return Ok(Some(known.wire));
    }
    let package = original.split("::").next().unwrap_or_default();
    let ty = RustType {
        package: package.to_owned(),
        version: "*".to_owned(),
        path: original.to_owned(),
        parameters: Vec::new(),
    };
    if ty.check().is_err() {
        return Err(InvalidReplacement {
            message: format!("`{}` is neither the path of a type nor a format", original.escape_debug()),
            hint: format!("write a path such as \"chrono::NaiveDate\", or a format: {}", formats()),
        });
    }
    if KnownCrate::find(package).is_some() {
        let types = Known::all().filter(|known| known.krate().name == package).map(|known| known.path);
        return Err(InvalidReplacement {
            message: format!("contracts do not name the type `{original}`"),
            hint: format!(
                "the types of `{package}` in contracts are: {}",
                types.collect::<Vec<_>>().join(", ")
            ),
        });
    }
    Ok(None)
}

fn formats() -> String {
    Wire::ALL.map(Wire::name).join(", ")
}

impl Replacement {
    /// Whether values of this form can have the type.
    pub(super) fn fits(&self, wire: Option<Wire>) -> bool {
        match self {
            Self::Text => true,
            Self::Type { ty, .. } => Known::find(&ty.path).is_none_or(|known| Some(known.wire) == wire),
        }
    }

    fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Text => TEXT.into(),
            Self::Type { ty, features } => json!({"type": ty.to_json(), "features": features}),
        }
    }

    fn read(value: &Value) -> Result<Self, InvalidReplacement> {
        match value {
            Value::String(path) if path == TEXT => Ok(Self::Text),
            Value::String(path) => {
                let known = Known::find(path.split('<').next().unwrap_or_default());
                let types = known.into_iter().flat_map(Known::to_types);
                let found = types.into_iter().find(|ty| *path == ty.path || *path == ty.to_string());
                Ok(Self::Type { ty: found.ok_or_else(|| unknown_type(path))?, features: None })
            }
            Value::Table(table) => Self::read_table(table),
            _ => Err(InvalidReplacement {
                message: "the value is neither a string nor a table".to_owned(),
                hint: FORM.to_owned(),
            }),
        }
    }

    fn read_table(table: &Table) -> Result<Self, InvalidReplacement> {
        let invalid = |message: String| InvalidReplacement { message, hint: FORM.to_owned() };
        const KEYS: [&str; 4] = ["crate", "version", "path", "features"];
        if let Some(key) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(invalid(format!("unknown key `{}`", key.escape_debug())));
        }
        let annotation = table.iter().filter(|(key, _)| *key != "features");
        // A value that is not a string is reported as such.
        let text = |value: &Value| value.as_str().map_or(serde_json::Value::Null, serde_json::Value::from);
        let annotation = annotation.map(|(key, value)| (key.clone(), text(value)));
        let ty = RustType::read(&serde_json::Value::Object(annotation.collect())).map_err(invalid)?;
        let features = match table.get("features") {
            None => None,
            Some(Value::Array(features)) => {
                let texts = features.iter().map(|feature| feature.as_str().map(str::to_owned));
                let texts: Option<Vec<String>> = texts.collect();
                Some(texts.ok_or_else(|| invalid("`features` has an item that is not a string".to_owned()))?)
            }
            Some(_) => return Err(invalid("`features` is not a list".to_owned())),
        };
        let ty = match Known::find(&ty.path) {
            Some(known) if known.supports(&ty) => known.in_version(&ty.version, None),
            _ => ty,
        };
        Ok(Self::Type { ty, features })
    }

    /// Fails if the values of both types look different in JSON.
    fn check_wire(&self, original: &str, wire: Option<Wire>) -> Result<(), InvalidReplacement> {
        let Self::Type { ty, .. } = self else { return Ok(()) };
        let (Some(wire), Some(known)) = (wire, Known::find(&ty.path)) else { return Ok(()) };
        if known.wire == wire {
            return Ok(());
        }
        let others = Known::all().filter(|other| other.wire == wire && other.path != original);
        let others: Vec<&str> = others.map(|other| other.path).chain([TEXT]).collect();
        Err(InvalidReplacement {
            message: format!(
                "`{}` is a `{}` in JSON, and `{original}` is a `{}`",
                ty.path,
                known.wire.name(),
                wire.name()
            ),
            hint: format!("types for a `{}` are: {}", wire.name(), others.join(", ")),
        })
    }
}

fn unknown_type(path: &str) -> InvalidReplacement {
    let known: Vec<&str> = Known::all().map(|known| known.path).collect();
    InvalidReplacement {
        message: format!("type `{}` is not known", path.escape_debug()),
        hint: format!(
            "write \"{TEXT}\", one of {}, or for another type {{ crate = \"…\", version = \"…\", path = \"…\" }}",
            known.join(", ")
        ),
    }
}

const FORM: &str = "write the path of a type that is known, \"String\", or \
                    { crate = \"my-money\", version = \"1\", path = \"my_money::Money\", features = [\"serde\"] }";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(entry: &str) -> Result<Replacements, InvalidReplacement> {
        let table: Table = entry.parse().expect("it is TOML");
        let mut replacements = Replacements::default();
        for (original, value) in &table {
            replacements.add(original, value)?;
        }
        Ok(replacements)
    }

    #[test]
    fn types_are_replaced_by_known_ones_by_text_and_by_others() {
        let found = read(
            "\"chrono::DateTime\" = \"time::OffsetDateTime\"\nuuid = \"String\"\n\"a::B\" = { crate = \"c-d\", version = \"1.2\", path = \"c_d::E\", features = [] }",
        )
        .expect("it is well formed");
        let Some(Replacement::Type { ty, features: None }) = found.get("chrono::DateTime") else {
            panic!("{found:?}")
        };
        assert_eq!((ty.package.as_str(), ty.version.as_str()), ("time", "0.3"));
        assert_eq!(found.get("uuid"), Some(&Replacement::Text));
        let Some(Replacement::Type { ty, features: Some(features) }) = found.get("a::B") else {
            panic!("{found:?}")
        };
        assert_eq!((ty.package.as_str(), features.len()), ("c-d", 0));
        assert_ne!(found.to_text(), Replacements::default().to_text());
        let uuid = read("uuid = \"String\"\ndate = \"time::Date\"").expect("it is well formed");
        let date = r#"{"features":null,"type":{"crate":"time","path":"time::Date","version":"0.3"}}"#;
        assert_eq!(uuid.to_text(), format!(r#"{{"date":{date},"uuid":"String"}}"#));
        for same in
            ["chrono::DateTime", "chrono::DateTime<chrono::Utc>", "chrono::DateTime<chrono::FixedOffset>"]
        {
            let found = read(&format!("date-time = \"{same}\"")).expect(same);
            let Some(Replacement::Type { ty, .. }) = found.get("date-time") else { panic!("{found:?}") };
            assert!(ty.to_string().starts_with(same), "{ty}");
        }
    }

    #[test]
    fn an_invalid_entry_is_an_error_with_a_remedy() {
        for (entry, message, hint) in [
            ("dates = \"String\"", "`dates` is neither the path of a type nor a format", "date-time, date, "),
            (
                "\"chrono::Datetime\" = \"String\"",
                "contracts do not name the type `chrono::Datetime`",
                "chrono::DateTime",
            ),
            ("date = \"Strin\"", "type `Strin` is not known", "chrono::NaiveDate"),
            (
                "date = \"chrono::DateTime\"",
                "`chrono::DateTime` is a `date-time` in JSON, and `date` is a `date`",
                "chrono::NaiveDate",
            ),
            ("date = 7", "the value is neither a string nor a table", "my-money"),
            ("date = { version = \"1\", path = \"a::B\" }", "`crate` is missing", "crate = "),
            (
                "date = { crate = \"a\", version = 1, path = \"a::B\" }",
                "`version` is not a string",
                "crate = ",
            ),
            (
                "date = { crate = \"a\", version = \"1\", path = \"B\" }",
                "`B` is not a path such as `a::Type`",
                "crate = ",
            ),
            ("date = { crates = \"a\" }", "unknown key `crates`", "crate = "),
            (
                "date = { crate = \"a\", version = \"1\", path = \"a::B\", features = [1] }",
                "`features` has an item that is not a string",
                "features = ",
            ),
            (
                "date = { crate = \"a\", version = \"1\", path = \"a::B\", features = \"serde\" }",
                "`features` is not a list",
                "features = ",
            ),
        ] {
            let error = read(entry).expect_err(entry);
            assert_eq!(error.message, message);
            assert!(error.hint.contains(hint), "{}", error.hint);
        }
    }
}
