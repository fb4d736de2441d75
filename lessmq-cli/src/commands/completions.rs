//! `lessmq-cli completions`: what a shell needs to complete our command line.

use clap::CommandFactory;
use clap_complete::Shell;

/// Prints completions for a shell.
///
/// For bash: lessmq-cli completions bash > ~/.local/share/bash-completion/completions/lessmq-cli
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// A script for a shell.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) text: String,
}

pub(crate) fn run(arguments: &Arguments) -> Script {
    let mut command = crate::arguments::Arguments::command();
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, env!("CARGO_PKG_NAME"), &mut text);
    Script { text: String::from_utf8_lossy(&text).into_owned() }
}
