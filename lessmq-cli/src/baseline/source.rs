//! The value of `--against`.

use std::path::{Path, PathBuf};

use crate::report::{Error, Result};

/// Where baselines come from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// `contracts/` at the top of the workspace.
    Committed,
    /// A contract document, or a directory with `SERVICE/contract.json`.
    Path(PathBuf),
    /// The contracts of a git commit: `git:REF`.
    Git(String),
    /// `registry`, or `registry:NAME` as cargo's configuration names it.
    Registry(Option<String>),
    /// The address of a broker.
    Bus(String),
}

/// The variable with the broker's address, for `bus`.
const URL_VARIABLE: &str = "LESSMQ_URL";

impl Source {
    /// Parses the value of `--against`.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        match text.split_once(':') {
            Some(("git", reference)) => return Ok(Self::Git(reference.to_owned())),
            Some(("registry", name)) if !name.is_empty() => {
                return Ok(Self::Registry(Some(name.to_owned())));
            }
            // Connecting reports which schemes are supported, and that `memory:` is not.
            Some((scheme, rest)) if rest.starts_with("//") || scheme == "memory" => {
                return Ok(Self::Bus(text.to_owned()));
            }
            _ => {}
        }
        match text {
            "registry" => Ok(Self::Registry(None)),
            "bus" => std::env::var(URL_VARIABLE).map(Self::Bus).map_err(|_| {
                Error::new(format!("--against bus: {URL_VARIABLE} is not set"))
                    .hint(format!("set {URL_VARIABLE} to the broker's address, as for the services"))
            }),
            path => Ok(Self::Path(path.into())),
        }
    }

    /// Fails if it is a path that does not exist.
    pub(crate) fn check_exists(&self) -> Result<()> {
        match self {
            Self::Path(path) if !path.exists() => Err(Error::new(format!(
                "`{}` does not exist, so there is nothing to check against",
                path.display()
            ))
            .hint(
                "give a contract document, a directory with SERVICE/contract.json, git:REF, registry, or a \
                     broker's address",
            )),
            _ => Ok(()),
        }
    }

    /// The same source, with a relative path below `root`.
    pub(crate) fn relative_to(self, root: &Path) -> Self {
        match self {
            Self::Path(path) => Self::Path(root.join(path)),
            source => source,
        }
    }

    /// Whether the source has earlier contracts of a service, not only the last one.
    pub(crate) fn has_history(&self) -> bool {
        matches!(self, Self::Git(_) | Self::Registry(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_other_text_is_a_path() {
        let git = |reference: &str| Source::Git(reference.to_owned());
        let path = |path: &str| Source::Path(path.into());
        for (text, expected) in [
            ("git:v1.2.0", git("v1.2.0")),
            ("git:", git("")),
            ("registry", Source::Registry(None)),
            ("registry:ours", Source::Registry(Some("ours".to_owned()))),
            ("amqps://host/v", Source::Bus("amqps://host/v".to_owned())),
            ("kafka://user:secret@host", Source::Bus("kafka://user:secret@host".to_owned())),
            ("memory:", Source::Bus("memory:".to_owned())),
            ("./registry", path("./registry")),
            ("C:\\contracts", path("C:\\contracts")),
            ("contracts", path("contracts")),
        ] {
            assert_eq!(Source::parse(text).expect("it is a source"), expected, "{text}");
        }
    }
}
