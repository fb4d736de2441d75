//! Registries that are down, refuse, or hold something else; and what is left when something fails.

use xtask::registries::Registry;

use super::support::{bare_repository, git, redacted, use_npm, use_registry, written_shop};

#[test]
fn nothing_is_released_anywhere_when_one_of_the_targets_cannot_be() {
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
fn a_push_that_fails_says_what_was_done_and_what_was_not() {
    let registry = Registry::crates().unwrap();
    let mut project = written_shop("publish-push-fails");
    use_registry(&mut project, &registry);
    let repository = bare_repository("publish-push-fails-remote");
    // Only a real push comes by the hook.
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
fn a_registry_that_nobody_knows_or_that_is_down_is_named() {
    let mut registry = Registry::crates().unwrap();
    let mut project = written_shop("publish-down");
    use_registry(&mut project, &registry);
    project.cli(["publish", "--registry", "nowhere"]).check("publish-registry-unknown");
    registry.kill().unwrap();
    project.environment.push(("CARGO_NET_RETRY", "0".to_owned()));
    let output = redacted(project.cli(["publish", "--registry", "local"]), Some(&registry));
    assert_eq!(output.exit, 2, "{output:?}");
    assert!(output.stderr.contains("error: cannot read the registry `local`\n"), "{output:?}");
    assert!(
        output.stderr.ends_with("hint: is the registry up, and its index right in .cargo/config.toml?\n"),
        "{output:?}"
    );
}

#[test]
fn a_crate_without_a_contract_is_no_release_to_follow() {
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
