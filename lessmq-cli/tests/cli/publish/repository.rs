//! A git repository of contracts.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use super::support::{bare_repository, commit, git, redacted, set_version, written_shop};

#[test]
fn a_release_is_a_commit_with_a_tag_and_is_made_once() {
    let project = written_shop("publish-git");
    let repository = bare_repository("publish-git-remote");
    let url = format!("file://{}", repository.root.display());
    let publish = |arguments: &[&str]| {
        let arguments = [&["publish", "--git", url.as_str()], arguments].concat();
        redacted(project.cli(arguments), None).redact(&url, "[REPOSITORY]")
    };
    publish(&["--dry-run"]).check("publish-git-dry-run");
    assert_eq!(git(&repository, &["tag"]), "", "a dry run pushes nothing");
    publish(&[]).check("publish-git");
    publish(&[]).check("publish-git-again");
    project.replace("src/lib.rs", "pub price: u32", "pub price: String");
    assert_eq!(publish(&["--allow-dirty"]).exit, 1);
    set_version(&project, "1.2.0", "2.0.0");
    assert_eq!(project.cli(["publish"]).exit, 0);
    commit(&project);
    assert_eq!(publish(&[]).exit, 0);
    assert_eq!(git(&repository, &["tag"]), "shop-contract-v1.2.0\nshop-contract-v2.0.0\n");
    let shown =
        |path: &str| git(&repository, &["show", &format!("shop-contract-v2.0.0:shop-contract/{path}")]);
    assert!(shown("CHANGELOG.md").contains("## [1.2.0] - "));
    let manifest = shown("Cargo.toml");
    assert!(manifest.contains("version = \"2.0.0\"") && !manifest.contains("path ="), "{manifest}");
    let contract = git(&repository, &["show", "main:shop-contract/contract.json"]);
    assert_eq!(contract, project.read("contracts/shop/contract.json"), "the branch has the last release");
}

#[test]
fn a_repository_that_is_away_is_an_error_without_its_password() {
    let project = written_shop("publish-git-away");
    let url = "https://ada:lovelace1815@127.0.0.1:9/contracts.git";
    project.cli(["publish", "--git", url]).redact(url, "[URL]").check("publish-git-away");
}

#[test]
fn a_variable_that_is_no_text_is_in_nobodys_way() {
    let project = written_shop("publish-no-text");
    let url = project.root.join("nowhere").display().to_string();
    let mut command = project.command("", &["publish", "--git", &url]);
    let output = command.env("SOME_TOKEN", OsStr::from_bytes(b"\xff\xfe\xff\xfe\xff\xfe")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("error: cannot read the git repository "), "{said}");
}
