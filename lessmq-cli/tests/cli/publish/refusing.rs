//! Unreachable, failing and unexpected targets, and the state after a failure.

use xtask::registries::Registry;

use super::support::{bare_repository, git, redacted, set_version, use_npm, use_registry, written_shop};

#[test]
fn nothing_is_released_if_one_target_fails_its_test() {
    let (registry, mut dead) = (Registry::crates().unwrap(), Registry::npm().unwrap());
    let mut project = written_shop("publish-half");
    use_registry(&mut project, &registry);
    use_npm(&mut project, &dead);
    dead.kill().unwrap();
    let repository = bare_repository("publish-half-remote");
    let url = repository.root.display().to_string();
    let arguments = ["publish", "--registry", "local", "--git", &url, "--npm", dead.url()];
    let output = project.cli(arguments).redact(dead.url(), "[REGISTRY]").redact(&url, "[REPOSITORY]");
    output
        .redact(dead.url().trim_end_matches('/').trim_start_matches("http://"), "[HOST]")
        .check("publish-half");
    assert_eq!(git(&repository, &["tag"]), "");
    let released = project.cli(["publish", "--registry", "local", "--dry-run"]);
    assert!(released.stdout.contains("would be released"), "{released:?}");
}

#[test]
fn a_failed_push_reports_what_was_released_and_what_was_not() {
    let registry = Registry::crates().unwrap();
    let mut project = written_shop("publish-push-fails");
    use_registry(&mut project, &registry);
    let repository = bare_repository("publish-push-fails-remote");
    // A dry run does not call the hook.
    let hook = repository.root.join("hooks/pre-receive");
    std::fs::write(&hook, "#!/bin/sh\necho 'nobody may push here' >&2\nexit 1\n").unwrap();
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let url = repository.root.display().to_string();
    let publish =
        || project.cli(["publish", "--registry", "local", "--git", &url]).redact(&url, "[REPOSITORY]");
    publish().check("publish-push-fails");
    std::fs::remove_file(&hook).unwrap();
    publish().check("publish-push-repeated");
}

#[test]
fn an_unknown_or_unreachable_registry_is_named() {
    let mut registry = Registry::crates().unwrap();
    let mut project = written_shop("publish-down");
    use_registry(&mut project, &registry);
    project.cli(["publish", "--registry", "nowhere"]).check("publish-registry-unknown");
    registry.kill().unwrap();
    project.environment.push(("CARGO_NET_RETRY", "0".to_owned()));
    let output = redacted(project.cli(["publish", "--registry", "local"]), Some(&registry));
    assert_eq!(output.exit, 2, "{output:?}");
    assert!(output.stderr.contains("error: cannot read registry `local`\n"), "{output:?}");
    assert!(
        output.stderr.ends_with("hint: check that the registry is up, and its index in .cargo/config.toml\n"),
        "{output:?}"
    );
}

#[test]
fn a_release_without_a_contract_is_an_error() {
    let registry = Registry::crates().unwrap();
    let mut project = written_shop("publish-stranger");
    use_registry(&mut project, &registry);
    project.write(
        "target/stranger/Cargo.toml",
        "[package]\nname = \"shop-contract\"\nversion = \"1.0.0\"\nlicense = \"MIT\"\ndescription = \"Not ours\"\n[workspace]\n",
    );
    project.write("target/stranger/src/lib.rs", "");
    let mut cargo = std::process::Command::new("cargo");
    cargo.args([
        "publish",
        "--quiet",
        "--registry",
        "local",
        "--allow-dirty",
        "--no-verify",
        "--manifest-path",
    ]);
    cargo.arg(project.root.join("target/stranger/Cargo.toml"));
    cargo.envs(project.environment.iter().map(|(name, value)| (*name, value)));
    assert!(cargo.status().unwrap().success());
    project.cli(["publish", "--registry", "local"]).check("publish-stranger");
}

#[test]
fn a_repository_that_git_cannot_read_is_an_error() {
    let project = written_shop("publish-unreadable");
    let repository = bare_repository("publish-unreadable-remote");
    set_version(&project, "1.2.0", "1.2.1");
    project.write(".git/HEAD", "garbage\n");
    let output = project.cli(["publish", "--git", &repository.root.display().to_string()]);
    assert_eq!(output.exit, 2, "{output:?}");
    assert!(output.stderr.contains("git cannot read the repository of `"), "{output:?}");
    assert_eq!(git(&repository, &["tag"]), "");
}

#[test]
fn the_variables_of_a_git_hook_are_ignored() {
    let mut project = written_shop("publish-hook");
    let (elsewhere, repository) =
        (bare_repository("publish-hook-other"), bare_repository("publish-hook-remote"));
    let url = repository.root.display().to_string();
    let other = elsewhere.root.display().to_string();
    project.environment.extend([
        ("GIT_DIR", other.clone()),
        ("GIT_WORK_TREE", other.clone()),
        ("GIT_INDEX_FILE", format!("{other}/index")),
    ]);
    let output = project.cli(["publish", "--git", &url]);
    assert_eq!(output.exit, 0, "{output:?}");
    assert_eq!(git(&repository, &["tag"]), "shop-contract-v1.2.0\n");
    assert_eq!(git(&elsewhere, &["count-objects"]), "0 objects, 0 kilobytes\n");
}
