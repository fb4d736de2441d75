//! Options that all drivers need to connect.

use crate::name::Name;

/// Options for connecting.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectOptions {
    /// The prefix of every name that the driver creates, so that environments and test runs can share a broker.
    pub namespace: Name,
    /// The name of this connection, shown by the broker.
    pub client_name: String,
}

impl Default for ConnectOptions {
    /// The namespace `lessmq`, and the file name of this program as the connection name.
    fn default() -> Self {
        let namespace = Name::parse("namespace", "lessmq").expect("it is a valid name");
        Self { namespace, client_name: program_name() }
    }
}

fn program_name() -> String {
    let program = std::env::current_exe().ok();
    let stem = program.as_deref().and_then(|path| path.file_stem());
    stem.map_or_else(|| "lessmq".to_owned(), |stem| stem.to_string_lossy().into_owned())
}
