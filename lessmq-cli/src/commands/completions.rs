//! `lessmq-cli completions`: a script with which a shell completes our command line.

use clap_complete::Shell;

use crate::report::Text;

/// Prints completions for a shell.
///
/// For bash: lessmq-cli completions bash > ~/.local/share/bash-completion/completions/lessmq-cli
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// The completions of `command`, which is the whole command line.
pub(crate) fn run(arguments: &Arguments, mut command: clap::Command) -> Text {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, env!("CARGO_PKG_NAME"), &mut text);
    Text(String::from_utf8_lossy(&text).into_owned())
}
