//! `completions`: scripts for shells.

use crate::support::Project;

#[test]
fn every_shell_gets_a_script_with_the_commands() {
    let project = Project::empty("completions");
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = project.cli(["completions", shell]);
        assert_eq!((output.exit, output.stderr.as_str()), (0, ""), "{shell}");
        for word in ["lessmq-cli", "check", "--against", "transitive"] {
            assert!(output.stdout.contains(word.trim_start_matches('-')), "{shell} lacks {word}");
        }
    }
    assert_eq!(project.cli(["completions", "tcsh"]).exit, 2);
}
