//! The error type of the tool.

use std::fmt::Display;

/// The result of functions of this tool.
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// The reason why the tool could not run, and what the user can do.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Error {
    pub(crate) message: String,
    pub(crate) causes: Vec<String>,
    pub(crate) hint: Option<String>,
}

impl Error {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), causes: Vec::new(), hint: None }
    }

    /// Adds a cause.
    pub(crate) fn because(mut self, cause: impl Display) -> Self {
        self.causes.push(cause.to_string());
        self
    }

    /// Adds a hint: what the user can do.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the place at the start of the message.
    pub(crate) fn at(mut self, place: impl Display) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }

    /// Message, causes and hint, each on its own line.
    pub(crate) fn lines(&self) -> String {
        let causes = self.causes.iter().map(|cause| format!("caused by: {}", cause.trim_end()));
        let hint = self.hint.iter().map(|hint| format!("hint: {hint}"));
        [self.message.clone()].into_iter().chain(causes).chain(hint).collect::<Vec<_>>().join("\n")
    }
}

impl From<lessmq::Error> for Error {
    fn from(error: lessmq::Error) -> Self {
        let mut causes = Vec::new();
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            causes.push(error.to_string());
            cause = error.source();
        }
        Self { message: error.to_string(), causes, hint: error.hint().map(str::to_owned) }
    }
}
