//! `lessmq-cli completions`: a script with which a shell completes our command line.

use clap_complete::Shell;

use crate::report::Text;

/// Prints completions for a shell.
///
/// For bash: lessmq-cli completions bash > ~/.local/share/bash-completion/completions/lessmq-cli
///
/// In bash, zsh and fish, the names of methods are completed too: the bus is asked for its live services.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

const BASH_METHODS: &str = include_str!("completions/methods.bash");
const ZSH_METHODS: &str = include_str!("completions/methods.zsh");
const FISH_METHODS: &str = include_str!("completions/methods.fish");

/// The completions of `command`, which is the whole command line.
pub(crate) fn run(arguments: &Arguments, mut command: clap::Command) -> Text {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, env!("CARGO_PKG_NAME"), &mut text);
    let text = String::from_utf8_lossy(&text).into_owned();
    Text(match arguments.shell {
        // clap_complete 4.6 spells the name of a command with a hyphen in two ways, so that no option is completed.
        Shell::Bash => text.replace("lessmq__subcmd__cli", "lessmq__cli") + BASH_METHODS,
        Shell::Zsh => with_zsh_methods(&text),
        Shell::Fish => text + FISH_METHODS,
        _ => text,
    })
}

/// The script with the function that completes methods, for the arguments that may be one.
fn with_zsh_methods(script: &str) -> String {
    let mut out = String::new();
    for line in script.lines() {
        let is_method = ["':first --", "'::first --", "'::second --", "'*::events --"];
        let is_method = is_method.iter().any(|start| line.starts_with(start));
        out += &if is_method { line.replace(":_default'", ":_lessmq-cli_methods'") } else { line.to_owned() };
        out.push('\n');
        if line.starts_with("#compdef") {
            out += "\n";
            out += ZSH_METHODS;
        }
    }
    out
}
