//! `init`: the files that a workspace needs.

use crate::check::{SHOP, committed};
use crate::support::Project;

#[test]
fn the_files_are_written_and_work() {
    let project = committed("init");
    let toolchain = project.cargo(&["--version"]).output().unwrap();
    let toolchain = String::from_utf8(toolchain.stdout).unwrap();
    let version = toolchain.split_whitespace().nth(1).unwrap();
    project.cli(["init", "--dry-run"]).redact(version, "[TOOLCHAIN]").check("init-dry-run");
    assert!(!project.root.join("lessmq.toml").exists());
    project.cli(["init"]).check("init");
    let check = project.cli(["check"]);
    assert_eq!((check.exit, check.stderr.as_str()), (0, ""), "lessmq.toml is valid");
    let renovate: serde_json::Value = serde_json::from_str(&project.read("renovate.json")).unwrap();
    for rule in renovate["packageRules"].as_array().unwrap() {
        assert_eq!(
            (&rule["matchManagers"][0], &rule["matchDepNames"][0]),
            (&"cargo".into(), &"/-contract$/".into())
        );
    }
}

#[test]
fn the_example_in_the_settings_is_valid() {
    let project = committed("init-example");
    assert_eq!(project.cli(["init"]).exit, 0);
    let settings = project.read("lessmq.toml").replace("# [[", "[[");
    let keys = ["finding", "reason", "expires", "transitive", "require-baseline"];
    let settings =
        keys.iter().fold(settings, |text, key| text.replace(&format!("# {key} ="), &format!("{key} =")));
    project.write("lessmq.toml", &settings);
    project.cli(["check"]).check("init-example");
}

#[test]
fn contracts_that_are_not_committed_are_asked_for() {
    let project = Project::package("init-contracts", SHOP);
    project.repository();
    let hint = "write the contracts with";
    assert!(project.cli(["init"]).stderr.contains(hint));
    project.cli(["contract", "--write"]);
    assert!(project.cli(["init"]).stderr.contains(hint), "they are not committed");
    project.commit("Write the contracts");
    assert_eq!(project.cli(["init"]).stderr, "");
}

#[test]
fn an_existing_file_is_kept_without_force() {
    let project = Project::package("init-kept", SHOP);
    project.write("renovate.json", "{}\n");
    project.cli(["init"]).check("init-kept");
    assert_eq!(project.read("renovate.json"), "{}\n");
    project.cli(["init", "--force"]).check("init-forced");
    assert!(project.read("renovate.json").contains("packageRules"));
}

#[test]
fn the_workflow_is_written_at_the_top_of_the_repository() {
    let project = Project::package("init-below", SHOP);
    let inner = project.root.join("the inner");
    std::fs::create_dir(&inner).unwrap();
    for name in ["Cargo.toml", "Cargo.lock", "src"] {
        std::fs::rename(project.root.join(name), inner.join(name)).unwrap();
    }
    project.repository();
    project.cli_in("the inner", ["init"]).check("init-below");
    let workflow = project.read(".github/workflows/contracts.yml");
    assert!(workflow.contains("        working-directory: \"the inner\"\n"), "{workflow}");
    assert!(project.root.join("the inner/lessmq.toml").is_file());
}

#[test]
fn a_file_in_place_of_a_directory_is_named() {
    let project = Project::package("init-refused", SHOP);
    project.write(".github", "a file");
    project.cli(["init"]).check("init-unwritable");
}

#[test]
fn the_readme_shows_the_settings_for_renovate() {
    let readme = include_str!("../../../README.md");
    assert!(readme.contains(include_str!("../../src/templates/renovate.json").trim_end()));
}
