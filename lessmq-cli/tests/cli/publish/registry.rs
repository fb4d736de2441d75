//! A cargo registry.

use xtask::registries::Registry;

use super::support::{TOKEN, redacted, set_version, use_registry, write_and_commit, written_shop};

#[test]
fn a_release_is_made_once_and_the_next_one_needs_a_sufficient_version() {
    let registry = Registry::crates().unwrap();
    let mut project = written_shop("publish-registry");
    use_registry(&mut project, &registry);
    let publish = |arguments: &[&str]| {
        let output = project.cli([&["publish", "--registry", "local"], arguments].concat());
        let output = redacted(output, Some(&registry));
        assert!(!format!("{output:?}").contains(TOKEN), "{output:?}");
        output
    };
    publish(&["--dry-run"]).check("publish-registry-dry-run");
    publish(&[]).check("publish-registry");
    publish(&[]).check("publish-registry-again");
    project.replace("src/lib.rs", "number: u32) -> Order;", "number: u32, note: Option<String>) -> Order;");
    publish(&[]).check("publish-registry-dirty");
    let check = |arguments: &[&str]| {
        let output = project.cli([&["check"], arguments].concat());
        redacted(output, Some(&registry))
    };
    publish(&["--allow-dirty"]).check("publish-registry-taken");
    check(&["--against", "registry:local"]).check("check-registry-taken");
    set_version(&project, "1.2.0", "1.2.1");
    publish(&["--allow-dirty"]).check("publish-registry-patch");
    check(&["--against", "registry:local"]).check("check-registry-patch");
    set_version(&project, "1.2.1", "1.1.9");
    publish(&["--allow-dirty"]).check("publish-registry-lower");
    check(&["--against", "registry:local"]).check("check-registry-lower");
    set_version(&project, "1.1.9", "1.2.1");
    set_version(&project, "1.2.1", "1.3.0");
    write_and_commit(&project);
    publish(&[]).check("publish-registry-minor");
    project.replace("src/lib.rs", "pub price: u32", "pub cost: u32");
    set_version(&project, "1.3.0", "1.4.0");
    publish(&["--allow-dirty"]).check("publish-registry-break");
    check(&["--against", "registry:local"]).check("check-registry-break");
    check(&["--against", "registry:local", "--transitive"]).check("check-registry-transitive");
    check(&["--against", "registry:nowhere"]).check("check-registry-unknown");
}

#[test]
fn releases_are_baselines_of_check() {
    let registry = Registry::crates().unwrap();
    let mut project = written_shop("publish-checked");
    use_registry(&mut project, &registry);
    let check =
        |arguments: &[&str]| project.cli([&["check", "--against", "registry:local"], arguments].concat());
    assert!(check(&[]).stdout.contains("shop-contract in registry `local`"), "nothing is released yet");
    assert_eq!(project.cli(["publish", "--registry", "local"]).exit, 0);
    project.replace(
        "src/lib.rs",
        "/// One order.",
        "/// Answers.\n    async fn a(&self) -> bool;\n    /// One order.",
    );
    set_version(&project, "1.2.0", "1.3.0");
    write_and_commit(&project);
    assert_eq!(project.cli(["publish", "--registry", "local"]).exit, 0);
    let found = check(&[]);
    assert!(
        found.exit == 0 && found.stdout.contains("shop-contract in registry `local` (1.3.0)"),
        "{found:?}"
    );
    project.replace(
        "src/lib.rs",
        "    /// One order.\n    async fn order(&self, number: u32) -> Order;\n",
        "",
    );
    let found = check(&[]);
    assert!(
        found.exit == 1 && !found.stdout.contains("shop-contract in registry `local` (1.2.0)"),
        "{found:?}"
    );
    let found = check(&["--transitive"]);
    assert!(
        found.exit == 1 && found.stdout.contains("shop-contract in registry `local` (1.2.0)"),
        "{found:?}"
    );
}
