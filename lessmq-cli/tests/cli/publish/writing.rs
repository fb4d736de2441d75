//! Without a target: what is written to the workspace.

use super::support::{redacted, set_version, shop, written_shop};

#[test]
fn the_contract_crate_is_written_beside_the_service() {
    let project = shop("publish-writes");
    redacted(project.cli(["publish", "--dry-run"]), None).check("publish-dry-run");
    assert!(!project.root.join("contracts").exists(), "a dry run writes nothing");
    redacted(project.cli(["publish"]), None).check("publish-writes");
    redacted(project.cli(["publish"]), None).check("publish-up-to-date");
    for file in ["Cargo.toml", "README.md", "CHANGELOG.md", "contract.json", "src/lib.rs"] {
        assert!(!project.read(&format!("contracts/shop/{file}")).is_empty(), "{file}");
    }
}

#[test]
fn a_break_is_not_written_until_the_version_tells_of_it() {
    let project = written_shop("publish-break");
    project.replace("src/lib.rs", "pub price: u32", "pub price: String");
    redacted(project.cli(["publish"]), None).check("publish-break");
    assert!(
        project.cli(["publish", "--format", "json"]).stdout.contains("\"reason\": \"insufficient-bump\"")
    );
    assert!(project.read("contracts/shop/contract.json").contains("\"1.2.0\""));
    set_version(&project, "1.2.0", "2.0.0");
    assert_eq!(project.cli(["publish"]).exit, 0);
    let changelog = project.read("contracts/shop/CHANGELOG.md");
    let (new, old) = changelog.split_once("## [1.2.0]").unwrap();
    assert!(
        new.contains("## [2.0.0] - ") && new.contains("### Breaking\n\n- call `order`, reply: "),
        "{new}"
    );
    assert!(old.contains("The first release."), "{old}");
}

#[test]
fn what_was_not_released_yet_may_grow_in_its_version() {
    let project = written_shop("publish-grows");
    set_version(&project, "1.2.0", "1.3.0");
    for (call, told) in [("a", vec!["a"]), ("b", vec!["a", "b"])] {
        let added = format!("/// Answers.\n    async fn {call}(&self) -> bool;\n    /// One order.");
        project.replace("src/lib.rs", "/// One order.", &added);
        super::support::write_and_commit(&project);
        let changelog = project.read("contracts/shop/CHANGELOG.md");
        let section = changelog.split_once("## [1.3.0]").unwrap().1.split_once("## [1.2.0]").unwrap().0;
        let lines: Vec<String> = told.iter().map(|call| format!("- call `{call}`: Answers.")).collect();
        assert!(section.contains(&format!("### Added\n\n{}\n", lines.join("\n"))), "{section}");
    }
}
