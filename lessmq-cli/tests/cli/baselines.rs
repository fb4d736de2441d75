//! `check --against` a git revision, and the errors of all baselines.

use crate::check::{SHOP, committed};
use crate::support::Project;

/// A committed service on `main`, with another branch checked out.
fn repository(name: &str) -> Project {
    let project = committed(name);
    project.repository();
    project.git(&["switch", "--quiet", "--create", "feature"]);
    project
}

#[test]
fn a_branch_means_its_merge_base() {
    let project = repository("git-branch");
    // Later commits of `main` are no part of the baseline.
    project.git(&["switch", "--quiet", "main"]);
    project.replace("src/lib.rs", "async fn state", "async fn count(&self) -> u64;\n    async fn state");
    assert_eq!(project.cli(["contract", "--write"]).exit, 0);
    project.commit("Count");
    project.git(&["switch", "--quiet", "feature"]);
    project.replace("src/lib.rs", "Paid,", "Paid,\n    Lost,");
    let base = project.git(&["merge-base", "main", "HEAD"]);
    project.cli(["check", "--against", "git:main"]).redact(&base[..10], "[BASE]").check("git-branch");
}

#[test]
fn a_tag_is_used_directly() {
    let project = repository("git-tag");
    project.git(&["switch", "--quiet", "main"]);
    project.replace("src/lib.rs", "Paid,", "Paid,\n    Lost,");
    assert_eq!(project.cli(["contract", "--write"]).exit, 0);
    project.commit("Lose");
    project.git(&["tag", "v1.3.0"]);
    project.git(&["switch", "--quiet", "feature"]);
    let ahead = project.cli(["check", "--against", "git:v1.3.0"]);
    assert!(ahead.stdout.contains("contracts/shop/contract.json of git:v1.3.0 (1.2.0)"), "{ahead:?}");
    assert!(ahead.stdout.contains("compatible"), "{ahead:?}");
}

#[test]
fn a_tag_is_a_release_and_its_successor_needs_a_new_version() {
    let project = repository("git-released");
    project.git(&["tag", "v1.2.0"]);
    let added = "async fn count(&self) -> u64;\n    async fn state";
    project.replace("src/lib.rs", "async fn state", added);
    let check = |against: &str| project.cli(["check", "--against", against]);
    check("git:v1.2.0").check("git-version-taken");
    let markdown = project.cli(["check", "--against", "git:v1.2.0", "--format", "markdown"]);
    markdown.check("git-version-taken-markdown");
    assert_eq!(check("git:main").exit, 0, "a change after a commit may keep its version");
    let set_version = |from: &str, to: &str| {
        project.replace("Cargo.toml", &format!("version = \"{from}\""), &format!("version = \"{to}\""));
    };
    set_version("1.2.0", "1.2.1");
    check("git:v1.2.0").check("git-insufficient-bump");
    set_version("1.2.1", "1.1.0");
    check("git:v1.2.0").check("git-version-lower");
    assert_eq!(check("git:main").exit, 1, "a version lower than a committed one is a finding");
    set_version("1.1.0", "1.3.0");
    assert_eq!(check("git:v1.2.0").exit, 0);
}

#[test]
fn transitive_checks_all_committed_versions() {
    let project = committed("git-transitive");
    project.repository();
    // 1.2.0 has `Lost`. Removing it in 1.3.0 is compatible, because it is in a reply. Then it is added again.
    for (version, from, to) in [("1.3.0", "Paid,", "Paid,\n    Lost,"), ("1.4.0", "    Lost,\n", "")] {
        let manifest = project.read("Cargo.toml");
        let old = manifest.lines().find(|line| line.starts_with("version")).unwrap();
        project.write("Cargo.toml", &manifest.replace(old, &format!("version = \"{version}\"")));
        project.replace("src/lib.rs", from, to);
        assert_eq!(project.cli(["contract", "--write"]).exit, 0);
        project.commit(version);
    }
    project.replace("Cargo.toml", "1.4.0", "1.5.0");
    let hash = |commit: &str| project.git(&["rev-parse", "--short=10", commit]);
    let (middle, first) = (hash("HEAD~1"), hash("HEAD~2"));
    let redacted = |project: &Project, arguments: &[&str]| {
        project.cli(arguments).redact(&middle, "[1.3.0]").redact(&first, "[1.2.0]")
    };
    redacted(&project, &["check", "--against", "git:HEAD", "--transitive"]).check("git-transitive");
    project.replace("src/lib.rs", "Paid,", "Paid,\n    Lost,");
    redacted(&project, &["check", "--against", "git:HEAD", "--transitive"]).check("git-transitive-broken");
    let newest = project.cli(["check", "--against", "git:HEAD~1"]);
    assert_eq!(newest.exit, 0, "{newest:?}");
    project.cli(["check", "--transitive"]).check("git-transitive-without-releases");
}

#[test]
fn a_service_that_the_revision_lacks_is_new_if_it_is_committed() {
    let project = Project::package("git-new", SHOP);
    project.repository();
    project.cli(["check", "--against", "git:HEAD"]).check("git-new-uncommitted");
    let denied = project.cli(["check", "--against", "git:HEAD", "--deny-stale"]);
    assert_eq!(denied.exit, 0, "{denied:?}");
    assert_eq!(project.cli(["contract", "--write"]).exit, 0);
    project.cli(["check", "--against", "git:HEAD"]).check("git-new");
}

#[test]
fn a_workspace_below_the_top_of_its_repository_is_found() {
    let project = repository("git-below");
    let inner = project.root.join("inner");
    std::fs::create_dir(&inner).unwrap();
    for name in ["Cargo.toml", "Cargo.lock", "src", "contracts"] {
        std::fs::rename(project.root.join(name), inner.join(name)).unwrap();
    }
    project.commit("Move");
    let manifest = ["check", "--against", "git:HEAD", "--manifest-path", "inner/Cargo.toml"];
    let output = project.cli(manifest);
    assert_eq!((output.exit, output.stderr.as_str()), (0, ""), "{output:?}");
    // GitHub expects paths from the top of the repository.
    project.replace("inner/src/lib.rs", "Paid,", "Paid,\n    Lost,");
    let github = project.cli([&manifest[..], &["--format", "github"]].concat());
    assert!(github.stdout.contains("file=inner/src/lib.rs,line=12,"), "{github:?}");
    let sarif = project.cli([&manifest[..], &["--format", "sarif"]].concat());
    assert!(sarif.stdout.contains("\"uri\": \"inner/src/lib.rs\""), "{sarif:?}");
}

#[test]
fn uncommitted_changes_are_reported() {
    let project = repository("git-dirty");
    project.replace(
        "src/lib.rs",
        "cancel(&self, order: u64",
        "cancel(&self, order: u64, reason: Option<String>",
    );
    assert_eq!(project.cli(["contract", "--write"]).exit, 0);
    project.cli(["check", "--against", "git:main"]).check("git-dirty");
}

#[test]
fn an_unknown_revision_is_named() {
    let project = repository("git-unknown");
    for reference in ["nope", "", "--all", "main:src"] {
        let output = project.cli(["check", "--against", &format!("git:{reference}")]);
        assert_eq!((output.exit, output.stdout.as_str()), (2, ""), "{output:?}");
        assert!(output.stderr.contains(&format!("no revision `{reference}`")), "{output:?}");
    }
    project.cli(["check", "--against", "git:nope"]).check("git-unknown");
}

#[test]
fn a_shallow_clone_is_an_error_with_a_hint() {
    let project = repository("git-shallow");
    project.commit("More");
    let source = format!("file://{}", project.root.display());
    project.git(&["clone", "--quiet", "--depth=1", "--branch=feature", &source, "clone"]);
    let output =
        project.cli(["check", "--against", "git:origin/main", "--manifest-path", "clone/Cargo.toml"]);
    output.check("git-shallow");
    let transitive =
        ["check", "--against", "git:HEAD", "--transitive", "--manifest-path", "clone/Cargo.toml"];
    project.cli(transitive).check("git-shallow-transitive");
}

#[test]
fn a_history_that_git_cannot_read_is_an_error() {
    let project = repository("git-history-lost");
    let lost = project.git(&["rev-parse", "HEAD"]);
    project.commit("More");
    std::fs::remove_file(project.root.join(".git/objects").join(&lost[..2]).join(&lost[2..])).unwrap();
    let output = project.cli(["check", "--against", "git:HEAD", "--transitive"]);
    assert_eq!(output.exit, 2, "{output:?}");
    assert!(output.stderr.contains("error: git cannot read the history of contracts/shop"), "{output:?}");
    assert!(output.stderr.ends_with("hint: run `git fsck`: the repository may be damaged\n"), "{output:?}");
}

#[test]
fn without_a_repository_git_is_no_baseline() {
    let project = committed("git-nowhere");
    project.cli(["check", "--against", "git:main"]).check("git-nowhere");
}

#[test]
fn a_repository_that_git_refuses_to_read_is_an_error() {
    let mut project = repository("git-refused");
    // Git refuses a repository that belongs to another user.
    project.environment.push(("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1".to_owned()));
    for arguments in [&["check", "--against", "git:main"][..], &["publish"], &["init"]] {
        let output = project.cli(arguments);
        assert_eq!((output.exit, output.stdout.as_str()), (2, ""), "{output:?}");
        let error = "error: git cannot read the repository of `[DIR]`\n  caused by: ";
        assert!(output.stderr.contains(error), "{output:?}");
        assert!(output.stderr.contains("dubious ownership"), "{output:?}");
    }
    assert_eq!(project.cli(["check"]).exit, 0, "a file as the baseline needs no git");
}

#[test]
fn an_invalid_document_of_a_revision_is_named() {
    let project = repository("git-corrupt");
    let document = project.read("contracts/shop/contract.json");
    project.write("contracts/shop/contract.json", "{");
    project.commit("Break");
    project.write("contracts/shop/contract.json", &document.replace("\"shop\"", "\"user\""));
    project.commit("Mistake");
    let huge = std::fs::File::create(project.root.join("contracts/shop/contract.json")).unwrap();
    huge.set_len(50 * 1024 * 1024).unwrap();
    project.commit("Bloat");
    project.write("contracts/shop/contract.json", &document);
    project.commit("Mend");
    project.cli(["check", "--against", "git:HEAD~3"]).check("git-corrupt");
    project.cli(["check", "--against", "git:HEAD~2"]).check("git-strange");
    project.cli(["check", "--against", "git:HEAD~1"]).check("git-huge");
}

#[test]
fn a_contract_of_50_megabytes_is_an_error_in_a_file_too() {
    let project = committed("huge");
    let huge = std::fs::File::create(project.root.join("contracts/shop/contract.json")).unwrap();
    huge.set_len(50 * 1024 * 1024).unwrap();
    project.cli(["check"]).check("check-huge");
}

#[test]
fn an_unreachable_broker_is_named_without_its_password() {
    let project = committed("bus-away");
    // Nothing listens on port 9.
    let address = "amqp://user:secret@127.0.0.1:9";
    let output = project.cli(["check", "--against", address, "--timeout", "300"]);
    assert_eq!((output.exit, output.stdout.as_str()), (2, ""), "{output:?}");
    assert!(!output.stderr.contains("secret"), "{output:?}");
    assert!(output.stderr.contains("amqp://127.0.0.1:9"), "{output:?}");
    for other in ["kafka://user:secret@127.0.0.1", "amqp://user:secret@127.0.0.1:port", "memory:"] {
        let output = project.cli(["check", "--against", other]);
        assert_eq!((output.exit, output.stdout.as_str()), (2, ""), "{output:?}");
        assert!(!output.stderr.contains("secret"), "{output:?}");
    }
    project.cli(["check", "--against", "bus"]).check("bus-unset");
}
