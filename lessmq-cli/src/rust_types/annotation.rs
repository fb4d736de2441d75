//! The annotation of a schema that names its Rust type.

use std::fmt;

use semver::{Comparator, VersionReq};
use serde_json::{Value, json};

/// A type of another crate: the value of [`RUST_TYPE`](lessmq::contract::schema::RUST_TYPE).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RustType {
    /// The name of the package, as in a manifest.
    pub(crate) package: String,
    /// The requirement for its version.
    pub(crate) version: String,
    /// The path, which begins with the name of the crate: `chrono::NaiveDate`.
    pub(crate) path: String,
    pub(crate) parameters: Vec<Self>,
}

impl RustType {
    /// Reads the annotation.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(value: &Value) -> Result<Self, String> {
        let text = |key: &str| match value.get(key) {
            Some(Value::String(text)) => Ok(text.clone()),
            Some(_) => Err(format!("`{key}` is not a string")),
            None => Err(format!("`{key}` is missing")),
        };
        let parameters = match value.get("parameters") {
            None => Vec::new(),
            Some(Value::Array(parameters)) => {
                parameters.iter().map(Self::parameter).collect::<Result<_, _>>()?
            }
            Some(_) => return Err("`parameters` is not a list".to_owned()),
        };
        let ty = Self { package: text("crate")?, version: text("version")?, path: text("path")?, parameters };
        ty.check()?;
        Ok(ty)
    }

    /// A parameter is a schema that names its type in turn.
    fn parameter(schema: &Value) -> Result<Self, String> {
        let annotation = schema.get(lessmq::contract::schema::RUST_TYPE);
        annotation.map_or_else(|| Err("a parameter does not name its type".to_owned()), Self::read)
    }

    /// Checks that the parts are what they are called.
    pub(crate) fn check(&self) -> Result<(), String> {
        let Self { package, version, path, .. } = self;
        let is_package = !package.is_empty()
            && package.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        if !is_package {
            return Err(format!("`{}` is not the name of a crate", package.escape_debug()));
        }
        if VersionReq::parse(version).is_err() {
            return Err(format!("`{}` is not a requirement for a version", version.escape_debug()));
        }
        let segments: Vec<&str> = path.split("::").collect();
        if segments.len() < 2 || !segments.iter().all(|segment| is_name(segment)) {
            return Err(format!(
                "`{}` is not a path such as `{}::Type`",
                path.escape_debug(),
                package.replace('-', "_")
            ));
        }
        if segments[0] != package.replace('-', "_") {
            return Err(format!("`{path}` does not begin with the name of its crate, `{package}`"));
        }
        Ok(())
    }

    pub(crate) fn to_json(&self) -> Value {
        let Self { package, version, path, parameters } = self;
        let mut annotation = json!({"crate": package, "version": version, "path": path});
        if !parameters.is_empty() {
            let schema = |parameter: &Self| json!({lessmq::contract::schema::RUST_TYPE: parameter.to_json()});
            annotation["parameters"] = parameters.iter().map(schema).collect();
        }
        annotation
    }

    /// The part of the version whose change makes it a different type: `1` of `1.4`, `0.4` of `0.4.38`.
    pub(crate) fn line(&self) -> String {
        version_line(&self.version)
    }

    /// The name without its path.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit("::").next().unwrap_or(&self.path)
    }
}

impl fmt::Display for RustType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if let Some((first, rest)) = self.parameters.split_first() {
            write!(f, "<{first}")?;
            rest.iter().try_for_each(|parameter| write!(f, ", {parameter}"))?;
            f.write_str(">")?;
        }
        Ok(())
    }
}

/// The part of a requirement whose change is incompatible.
fn version_line(requirement: &str) -> String {
    let first = VersionReq::parse(requirement).ok().and_then(|parsed| parsed.comparators.first().cloned());
    match first {
        Some(Comparator { major: 0, minor: Some(0), patch: Some(patch), .. }) => format!("0.0.{patch}"),
        Some(Comparator { major: 0, minor: Some(minor), .. }) => format!("0.{minor}"),
        Some(Comparator { major, .. }) => major.to_string(),
        None => requirement.to_owned(),
    }
}

/// Whether a segment of a path is the name of a module or a type.
fn is_name(segment: &str) -> bool {
    segment != "_"
        && segment.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && segment.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && syn::parse_str::<syn::Ident>(segment).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_written_and_read() {
        let annotation = json!({
            "crate": "chrono", "version": "0.4.38", "path": "chrono::DateTime",
            "parameters": [{"x-rust-type": {"crate": "chrono", "version": "0.4.38", "path": "chrono::Utc"}}],
        });
        let ty = RustType::read(&annotation).expect("it is well formed");
        assert_eq!((ty.name(), ty.parameters[0].path.as_str()), ("DateTime", "chrono::Utc"));
        assert_eq!(ty.to_json(), annotation);
    }

    #[test]
    fn an_error_says_what_is_wrong() {
        let check = |key: &str, value: Value, expected: &str| {
            let mut annotation = json!({"crate": "my-money", "version": "1", "path": "my_money::Money"});
            match value {
                Value::Null => annotation.as_object_mut().expect("it is one").remove(key),
                value => annotation.as_object_mut().expect("it is one").insert(key.to_owned(), value),
            };
            assert_eq!(RustType::read(&annotation).expect_err("it is wrong"), expected);
        };
        check("crate", json!(null), "`crate` is missing");
        check("crate", json!("a b"), "`a b` is not the name of a crate");
        check("version", json!(1), "`version` is not a string");
        check("version", json!("one"), "`one` is not a requirement for a version");
        for path in
            ["Money", "", "my-money::Money", "my_money::Money<T>", "my_money::type", "std::process::exit(1)"]
        {
            check("path", json!(path), &format!("`{path}` is not a path such as `my_money::Type`"));
        }
        check(
            "path",
            json!("money::Money"),
            "`money::Money` does not begin with the name of its crate, `my-money`",
        );
        check("parameters", json!({}), "`parameters` is not a list");
        check("parameters", json!([{}]), "a parameter does not name its type");
    }
}
