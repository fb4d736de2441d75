//! The workflow that `init` writes, run step by step as GitHub runs it, without a change.
//!
//! Two programs are replaced, because they would download and compile for minutes: `cargo install` puts the tested binary
//! where its arguments say, and `rustup` does nothing. Actions are not run; the test clones the repository itself.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::Value;

use crate::check::{SHOP, committed};
use crate::support::Project;

/// A repository with the files of `init`, and a clone of it in `clone`, as the action for the checkout makes it.
struct Runner {
    project: Project,
    workflow: Value,
    /// The directory of the replaced programs.
    programs: PathBuf,
}

/// A step that was run.
#[derive(Debug)]
struct Step {
    exit: i32,
    /// Standard output, then standard error.
    output: String,
}

/// What follows `cargo install --locked --root DIRECTORY` is where the program comes from.
const CARGO: &str = r#"#!/bin/sh
if [ "$1 $2 $3" = "install --locked --root" ]; then
    echo "$@" >> "$HOME/installed"
    mkdir -p "$4/bin" && ln -sf "$LESSMQ_CLI" "$4/bin/lessmq-cli"
else
    exec "$REAL_CARGO" "$@"
fi
"#;

const RUSTUP: &str = "#!/bin/sh\necho \"$@\" >> \"$HOME/toolchains\"\n";

impl Runner {
    fn new(project: Project) -> Self {
        let initialised = project.cli(["init"]);
        assert_eq!(initialised.exit, 0, "{initialised:?}");
        project.repository();
        project.git(&["clone", "--quiet", ".", "clone"]);
        let workflow = project.read("clone/.github/workflows/contracts.yml");
        let programs = project.root.join("programs");
        for (name, script) in [("cargo", CARGO), ("rustup", RUSTUP)] {
            project.write(&format!("programs/{name}"), script);
            fs::set_permissions(programs.join(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self { project, workflow: serde_yaml_ng::from_str(&workflow).unwrap(), programs }
    }

    fn job(&self) -> &Value {
        &self.workflow["jobs"]["check"]
    }

    fn steps(&self) -> &[Value] {
        self.job()["steps"].as_array().unwrap()
    }

    /// Runs the job for a pull request to `base`, or for a push if `base` is empty. Returns the steps up to the first one
    /// that fails.
    fn run(&self, base: &str) -> Vec<Step> {
        let mut finished = Vec::new();
        for step in self.steps().iter().filter(|step| self.is_wanted(step)) {
            finished.push(self.run_step(step, base));
            if finished.last().is_some_and(|step| step.exit != 0) {
                break;
            }
        }
        finished
    }

    /// Whether a step runs a command, and its condition holds.
    fn is_wanted(&self, step: &Value) -> bool {
        let is_installed = self.project.root.join(".lessmq-cli").exists();
        step["run"].is_string()
            && match step["if"].as_str() {
                None => true,
                // What the cache has restored is still in the home directory.
                Some("steps.lessmq-cli.outputs.cache-hit != 'true'") => !is_installed,
                Some(other) => panic!("the test does not know the condition {other}"),
            }
    }

    fn run_step(&self, step: &Value, base: &str) -> Step {
        let script = step["run"].as_str().unwrap();
        assert!(!script.contains("${{"), "a script gets values by its environment: {script}");
        let settings = [&self.job()["env"], &step["env"]].into_iter().filter_map(Value::as_object).flatten();
        let environment: BTreeMap<&String, String> =
            settings.map(|(name, value)| (name, evaluate(value.as_str().unwrap(), base))).collect();
        let below = self.job()["defaults"]["run"]["working-directory"].as_str().unwrap_or_default();
        let directory = Path::new("clone").join(below);
        let mut bash = self.project.program("bash", directory.to_str().unwrap(), &["-e", "-c", script]);
        let home = |variable: &str, name: &str| {
            env::var_os(variable)
                .map_or_else(|| Path::new(&env::var("HOME").unwrap()).join(name), PathBuf::from)
        };
        bash.env("CARGO_HOME", home("CARGO_HOME", ".cargo"))
            .env("RUSTUP_HOME", home("RUSTUP_HOME", ".rustup"));
        bash.env("REAL_CARGO", env::var_os("CARGO").unwrap()).env_remove("CARGO");
        bash.env("LESSMQ_CLI", env!("CARGO_BIN_EXE_lessmq-cli")).env("HOME", &self.project.root);
        let path = format!("{}:{}", self.programs.display(), env::var("PATH").unwrap());
        let event = if base.is_empty() { "push" } else { "pull_request" };
        bash.env("PATH", path)
            .env("CI", "true")
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_EVENT_NAME", event);
        bash.env("GITHUB_BASE_REF", base).env("GITHUB_WORKSPACE", self.project.root.join("clone"));
        let output = bash.envs(environment).output().unwrap();
        Step {
            exit: output.status.code().unwrap(),
            output: String::from_utf8([output.stdout, output.stderr].concat()).unwrap(),
        }
    }

    /// Commits a change of the clone.
    fn change(&self, from: &str, to: &str) {
        self.project.replace("clone/src/lib.rs", from, to);
        self.project.git(&["-C", "clone", "commit", "--quiet", "--all", "--message", "Change"]);
    }
}

/// The value of a setting in a run.
fn evaluate(setting: &str, base: &str) -> String {
    let value = setting.replace("${{ github.base_ref }}", base);
    assert!(!value.contains("${{"), "the test does not know the expression {value}");
    value
}

/// The exit codes of the steps, and the last one.
fn outcome(steps: &[Step]) -> (Vec<i32>, &Step) {
    (steps.iter().map(|step| step.exit).collect(), steps.last().unwrap())
}

#[test]
fn the_workflow_passes_and_fails_as_the_check_does() {
    let runner = Runner::new(committed("workflow"));
    let steps = runner.run("main");
    let (exits, _) = outcome(&steps);
    assert_eq!(exits, [0, 0, 0], "{steps:?}");
    let installed = runner.project.read("installed");
    let release =
        concat!("--git https://github.com/lessmq/lessmq --tag v", env!("CARGO_PKG_VERSION"), " lessmq-cli\n");
    assert!(installed.ends_with(release), "{installed}");
    // A compatible change without the new contract: `deny-stale` is set in lessmq.toml.
    runner.change("cancel(&self, order: u64", "cancel(&self, order: u64, reason: Option<String>");
    let steps = runner.run("main");
    let (exits, last) = outcome(&steps);
    assert_eq!(exits, [0, 1], "the tool is installed once: {steps:?}");
    assert!(last.output.contains("contract-stale"), "{last:?}");
    // An incompatible change.
    runner.change("Paid,", "Paid,\n    Lost,");
    let steps = runner.run("main");
    let (exits, last) = outcome(&steps);
    assert_eq!(exits, [0, 1], "{steps:?}");
    assert!(last.output.contains("::error file=src/lib.rs,line=12,"), "{last:?}");
    assert_eq!(runner.project.read("installed"), installed);
}

#[test]
fn a_push_is_checked_against_the_committed_contract() {
    let runner = Runner::new(committed("workflow-push"));
    let steps = runner.run("");
    assert_eq!(outcome(&steps).0, [0, 0, 0], "{steps:?}");
    runner.change("Paid,", "Paid,\n    Lost,");
    assert_eq!(outcome(&runner.run("")).0, [0, 1]);
}

#[test]
fn a_pull_request_of_a_workspace_without_contracts_passes() {
    let runner = Runner::new(Project::package("workflow-new", SHOP));
    let steps = runner.run("main");
    let (exits, last) = outcome(&steps);
    assert_eq!(exits, [0, 0, 0], "{steps:?}");
    assert!(last.output.starts_with("::notice "), "{last:?}");
}

#[test]
fn a_toolchain_file_selects_the_toolchain() {
    let project = committed("workflow-toolchain");
    let toolchain = include_str!("../../../rust-toolchain.toml");
    project.write("rust-toolchain.toml", toolchain);
    let runner = Runner::new(project);
    assert!(runner.job()["env"].is_null());
    let steps = runner.run("main");
    assert_eq!(outcome(&steps).0, [0, 0, 0], "{steps:?}");
    assert_eq!(runner.project.read("toolchains"), "show active-toolchain\n");
}

#[test]
fn everything_in_the_workflow_is_pinned_and_its_rights_are_few() {
    let runner = Runner::new(committed("workflow-pinned"));
    let actions: Vec<&str> = runner.steps().iter().filter_map(|step| step["uses"].as_str()).collect();
    assert_eq!(actions.len(), 3);
    for action in actions {
        let (_, commit) = action.split_once('@').unwrap();
        assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{action}");
    }
    assert_eq!(runner.workflow["permissions"], serde_json::json!({"contents": "read"}));
    let toolchain = runner.job()["env"]["RUSTUP_TOOLCHAIN"].as_str().unwrap();
    assert_eq!(toolchain.split('.').count(), 3, "{toolchain}");
    assert!(!runner.job()["runs-on"].as_str().unwrap().ends_with("latest"));
    runner.run("main");
    let installed = format!("toolchain install {toolchain} --profile minimal --no-self-update\n");
    assert_eq!(runner.project.read("toolchains"), installed);
}
