//! Settings. They are read from the environment once, and checked there.

use std::collections::HashMap;
use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use crate::http::Listen;

/// An invalid setting. The value is not repeated: it may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable} {problem}; write {expected}")]
pub struct ConfigError {
    /// The variable.
    pub variable: &'static str,
    /// What is wrong with it.
    pub problem: &'static str,
    /// The expected form.
    pub expected: &'static str,
}

/// The environment of the process, or that of a test.
#[derive(Clone, Default)]
pub struct Environment {
    variables: HashMap<OsString, OsString>,
}

impl Environment {
    /// The variables of this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self { variables: std::env::vars_os().collect() }
    }

    /// The same environment with one variable changed.
    #[must_use]
    pub fn with(mut self, variable: &str, value: impl Into<OsString>) -> Self {
        self.variables.insert(variable.into(), value.into());
        self
    }

    /// The same environment without one variable.
    #[must_use]
    pub fn without(mut self, variable: &str) -> Self {
        self.variables.remove(&OsString::from(variable));
        self
    }

    /// A variable. An empty one counts as unset.
    ///
    /// # Errors
    /// The value is not valid UTF-8.
    pub fn text(&self, variable: &'static str) -> Result<Option<&str>, ConfigError> {
        match self.variables.get(&OsString::from(variable)) {
            None => Ok(None),
            Some(value) if value.is_empty() => Ok(None),
            Some(value) => value.to_str().map(Some).ok_or(ConfigError {
                variable,
                problem: "is not valid UTF-8",
                expected: "plain text",
            }),
        }
    }

    /// A variable, parsed by `parse`; `None` if it is not set. `expected` describes the form in errors.
    ///
    /// # Errors
    /// `parse` returns `None`.
    pub fn parsed<T>(
        &self,
        variable: &'static str,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, ConfigError> {
        let invalid = ConfigError { variable, problem: "is invalid", expected };
        self.text(variable)?.map(|text| parse(text).ok_or(invalid)).transpose()
    }

    /// The address for HTTP: `HTTP_ADDR`, or `PORT` on all interfaces, or `default_port` on the loopback interface.
    ///
    /// # Errors
    /// One of them is invalid.
    pub fn listen(&self, default_port: u16) -> Result<Listen, ConfigError> {
        let address =
            self.parsed("HTTP_ADDR", "an address and a port, such as 127.0.0.1:3000", |t| t.parse().ok())?;
        let port = self.parsed("PORT", "a port from 0 to 65535, such as 3000", |t| t.parse::<u16>().ok())?;
        let fallback = match port {
            Some(port) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)),
            None => SocketAddr::from((Ipv4Addr::LOCALHOST, default_port)),
        };
        Ok(Listen { address: address.unwrap_or(fallback), or_any_port: false })
    }

    /// The folder for files: `DATA_DIR`, or `./data`.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        let set = self.variables.get(&OsString::from("DATA_DIR")).filter(|value| !value.is_empty());
        set.map_or_else(|| PathBuf::from("data"), PathBuf::from)
    }

    /// The database: `DATABASE_URL`, or the file `{service}.db` in the [data folder](Self::data_dir).
    ///
    /// # Errors
    /// The database is neither SQLite nor PostgreSQL.
    pub fn database(&self, service: &str) -> Result<DatabaseUrl, ConfigError> {
        let known = |url: &str| {
            let schemes = ["sqlite:", "postgres:", "postgresql:"];
            let is_known = schemes.iter().any(|scheme| url.starts_with(scheme));
            is_known.then(|| DatabaseUrl { url: url.to_owned(), folder: None })
        };
        let set =
            self.parsed("DATABASE_URL", "postgres://user:password@host/database or sqlite:file", known)?;
        Ok(set.unwrap_or_else(|| DatabaseUrl::file(&self.data_dir().join(format!("{service}.db")))))
    }
}

/// Prints no values: the environment contains secrets.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment").finish_non_exhaustive()
    }
}

/// The address of a database. It may contain a password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    url: String,
    /// The folder of the default file, which is created first.
    folder: Option<PathBuf>,
}

impl DatabaseUrl {
    /// An SQLite database in a file. The file and its folder are created if they are missing.
    #[must_use]
    pub fn file(path: &Path) -> Self {
        // In an address, `?`, `#` and `%` are special characters.
        let escaped = path.to_string_lossy().replace('%', "%25").replace('?', "%3F").replace('#', "%23");
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).map(Path::to_owned);
        Self { url: format!("sqlite:{escaped}?mode=rwc"), folder }
    }

    /// The address itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.url
    }

    pub(crate) fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = self.url.split(':').next().unwrap_or_default();
        write!(f, "DatabaseUrl({scheme}:…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_http(variables: &[(&str, &str)], expected: Result<&str, &str>) {
        let environment =
            variables.iter().fold(Environment::default(), |env, (name, value)| env.with(name, value));
        let address = environment.listen(3000).map(|listen| listen.address.to_string());
        let address = address.map_err(|error| error.variable.to_owned());
        assert_eq!(address.as_deref().map_err(String::as_str), expected, "{variables:?}");
    }

    #[test]
    fn the_address_for_http_is_parsed() {
        check_http(&[], Ok("127.0.0.1:3000"));
        check_http(&[("PORT", "")], Ok("127.0.0.1:3000"));
        check_http(&[("PORT", "8080")], Ok("0.0.0.0:8080"));
        check_http(&[("HTTP_ADDR", "[::1]:80"), ("PORT", "8080")], Ok("[::1]:80"));
    }

    #[test]
    fn an_invalid_address_for_http_is_named() {
        check_http(&[("PORT", "http")], Err("PORT"));
        check_http(&[("PORT", "70000")], Err("PORT"));
        check_http(&[("PORT", "-1")], Err("PORT"));
        check_http(&[("HTTP_ADDR", "localhost")], Err("HTTP_ADDR"));
    }

    #[test]
    fn the_default_database_is_a_file() {
        let environment = Environment::default().with("DATA_DIR", "/var/lib/what?");
        let database = environment.database("user").expect("the settings are valid");
        assert_eq!(database.as_str(), "sqlite:/var/lib/what%3F/user.db?mode=rwc");
        let environment = environment.with("DATABASE_URL", "postgres://u:secret@db/user");
        let database = environment.database("user").expect("the settings are valid");
        assert_eq!(database.as_str(), "postgres://u:secret@db/user");
    }

    #[test]
    fn another_database_is_rejected_without_its_password() {
        let environment = Environment::default().with("DATABASE_URL", "mysql://u:secret@db/user");
        let error = environment.database("user").expect_err("this database is not supported").to_string();
        assert!(error.contains("DATABASE_URL") && !error.contains("secret"), "{error}");
    }

    #[test]
    fn debug_prints_no_secret() {
        let url = "postgres://u:secret@db/user";
        let environment = Environment::default().with("DATABASE_URL", url);
        let printed = format!("{environment:?} {:?}", environment.database("user"));
        assert!(!printed.contains("secret"), "{printed}");
    }

    #[cfg(unix)]
    #[test]
    fn a_value_that_is_not_utf8_is_rejected() {
        use std::os::unix::ffi::OsStringExt;
        let environment = Environment::default().with("SMTP_URL", OsString::from_vec(vec![0xff]));
        assert_eq!(environment.text("SMTP_URL").expect_err("it is not UTF-8").variable, "SMTP_URL");
    }
}
