//! `publish` without a target: what is written to the workspace.

use super::support::{redacted, set_version, shop, written_shop};

#[test]
fn the_contract_crate_is_written_to_the_contracts_directory() {
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
fn a_type_that_becomes_arbitrary_json_is_reported_with_its_line() {
    let project = shop("publish-opaque");
    let amount = "/// Text or a number.\n#[derive(Debug, Serialize, Deserialize, JsonSchema)]\n\
                  #[schemars(extend(\"type\" = [\"string\", \"integer\"]))]\npub struct Amount(pub String);\n\n";
    project.replace("src/lib.rs", "/// Orders.", &format!("{amount}/// Orders."));
    project.replace("src/lib.rs", "pub price: u32", "pub price: Amount");
    redacted(project.cli(["publish"]), None).check("publish-opaque");
    let json = project.cli(["publish", "--format", "json"]).stdout;
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    let warning = &report["crates"][0]["warnings"][0];
    assert_eq!((&warning["rule"], &warning["severity"]), (&"opaque-type".into(), &"warning".into()));
    assert_eq!(warning["location"]["file"], "src/lib.rs");
}

#[test]
fn a_break_is_written_only_if_the_version_announces_it() {
    let project = written_shop("publish-break");
    project.replace("src/lib.rs", "pub price: u32", "pub price: String");
    redacted(project.cli(["publish"]), None).check("publish-break");
    let json = project.cli(["publish", "--format", "json"]).stdout;
    assert!(json.contains("\"rule\": \"insufficient-bump\""), "{json}");
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
fn an_allowed_break_is_written_until_the_allowance_expires() {
    let project = written_shop("publish-allowed");
    project.replace("src/lib.rs", "pub price: u32", "pub price: String");
    let output = project.cli(["publish", "--format", "json"]);
    assert_eq!(output.exit, 1, "{output:?}");
    let report: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    let finding = report["crates"][0]["rejection"]["findings"][0]["fingerprint"].as_str().unwrap();
    for (expires, exit) in [("2020-02-29", 1), ("9999-12-31", 0)] {
        let allowed = format!("[[allow]]\nfinding = {finding:?}\nreason = \"meant\"\nexpires = {expires}\n");
        project.write("lessmq.toml", &allowed);
        for verb in ["check", "publish"] {
            let output = project.cli([verb]);
            assert_eq!(output.exit, exit, "{expires}: {output:?}");
        }
    }
}

#[test]
fn a_retirement_is_written_with_the_option_and_listed_in_the_changelog() {
    let project = written_shop("publish-retired");
    set_version(&project, "1.2.0", "1.3.0");
    let second = "/// One order.\n    #[version(2)]\n    async fn order_v2(&self, number: String) -> Order;\n    /// One order.";
    project.replace("src/lib.rs", "/// One order.", second);
    super::support::write_and_commit(&project);
    let section = |version: &str| {
        let changelog = project.read("contracts/shop/CHANGELOG.md");
        let (_, section) = changelog.split_once(&format!("## [{version}]")).unwrap();
        section.split_once("## [").unwrap().0.to_owned()
    };
    assert!(section("1.3.0").contains("### Added\n\n- call `order@2`: One order."), "{}", section("1.3.0"));

    set_version(&project, "1.3.0", "1.4.0");
    project.replace("src/lib.rs", "    async fn order(&self, number: u32) -> Order;\n", "");
    project.replace("src/lib.rs", "    /// One order.\n}", "}");
    assert_eq!(project.cli(["publish"]).exit, 1);
    let output = project.cli(["publish", "--allow-retired", "shop.order@1"]);
    assert_eq!(output.exit, 0, "{output:?}");
    let retired = section("1.4.0");
    assert!(retired.contains("### Removed\n\n- call `order`, an older version of `order@2`\n"), "{retired}");
    assert!(!retired.contains("Breaking"), "{retired}");
}

#[test]
fn the_trait_keeps_its_name_next_to_the_trait_of_an_older_version() {
    let project = written_shop("publish-version");
    let has_trait = |methods: &[&str]| {
        let text = project.read("contracts/shop/src/interfaces.rs");
        let expected = methods.iter().all(|method| text.contains(&format!("async fn {method}(")));
        assert!(
            expected && text.contains("pub trait Orders {") && text.matches("pub trait").count() == 1,
            "{text}"
        );
    };
    has_trait(&["order"]);
    set_version(&project, "1.2.0", "1.3.0");
    project.replace("src/lib.rs", "pub trait Orders", "pub trait OrdersV1");
    let second = "\n/// Orders.\n#[lessmq::interface(service = \"shop\", version = 2)]\npub trait Orders {\n    /// One order.\n    async fn order(&self, number: String) -> Order;\n}\n";
    let text = project.read("src/lib.rs");
    project.write("src/lib.rs", &format!("{text}{second}"));
    super::support::write_and_commit(&project);
    has_trait(&["order", "order_v2"]);
}

#[test]
fn an_unreleased_version_can_be_extended() {
    let project = written_shop("publish-grows");
    set_version(&project, "1.2.0", "1.3.0");
    for (call, expected) in [("a", vec!["a"]), ("b", vec!["a", "b"])] {
        let added = format!("/// Answers.\n    async fn {call}(&self) -> bool;\n    /// One order.");
        project.replace("src/lib.rs", "/// One order.", &added);
        super::support::write_and_commit(&project);
        let changelog = project.read("contracts/shop/CHANGELOG.md");
        let section = changelog.split_once("## [1.3.0]").unwrap().1.split_once("## [1.2.0]").unwrap().0;
        let lines: Vec<String> = expected.iter().map(|call| format!("- call `{call}`: Answers.")).collect();
        assert!(section.contains(&format!("### Added\n\n{}\n", lines.join("\n"))), "{section}");
    }
}

#[test]
fn foreign_files_are_neither_changed_nor_removed() {
    let project = shop("publish-by-hand");
    for (file, text) in [
        ("Cargo.toml", "[package]\nname = \"mine\"\n"),
        ("src/lib.rs", "// Mine.\n"),
        ("src/more.rs", "// Mine too.\n"),
    ] {
        let path = format!("contracts/shop/{file}");
        project.write(&path, text);
        for arguments in [&["publish", "--dry-run"][..], &["publish"]] {
            let output = project.cli(arguments);
            assert_eq!(output.exit, 2, "{output:?}");
            assert!(output.stderr.contains(&format!("hint: move [DIR]/{path} away")), "{output:?}");
        }
        assert_eq!(project.read(&path), text);
        std::fs::remove_file(project.root.join(&path)).unwrap();
    }
    assert_eq!(project.cli(["publish"]).exit, 0);
}

#[test]
fn nothing_is_written_through_a_symbolic_link() {
    let project = shop("publish-link");
    project.write("outside/src/lib.rs", "// Generated by lessmq-cli for another.\n");
    for (link, target) in [
        ("contracts", "outside"),
        ("contracts/shop", "../outside"),
        ("contracts/shop/src", "../../outside/src"),
        ("contracts/shop/src/more", "../../../outside/src"),
        ("contracts/shop/README.md", "../../outside/README.md"),
    ] {
        let path = project.root.join(link);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(target, &path).unwrap();
        let output = project.cli(["publish"]);
        assert_eq!(output.exit, 2, "{link}: {output:?}");
        let expected = format!(
            "error: `[DIR]/{link}` is a symbolic link, and a contract crate is not written through one"
        );
        assert!(output.stderr.contains(&expected), "{output:?}");
        std::fs::remove_file(&path).unwrap();
    }
    assert_eq!(project.read("outside/src/lib.rs"), "// Generated by lessmq-cli for another.\n");
    assert_eq!(std::fs::read_dir(project.root.join("outside")).unwrap().count(), 1);
}

#[test]
fn a_changelog_that_cannot_be_read_is_not_overwritten() {
    let project = written_shop("publish-changelog");
    let path = project.root.join("contracts/shop/CHANGELOG.md");
    std::fs::write(&path, b"## [1.0.0] - 2026-01-31\n\n\xff\n").unwrap();
    let output = project.cli(["publish"]);
    assert_eq!(output.exit, 2, "{output:?}");
    assert!(
        output.stderr.contains("error: cannot read the changelog `[DIR]/contracts/shop/CHANGELOG.md`"),
        "{output:?}"
    );
    assert!(std::fs::read(&path).unwrap().contains(&0xff));
}

#[test]
fn a_crate_with_edited_sources_is_stale() {
    let project = written_shop("publish-stale");
    let is_fresh = || {
        let found = project.cli(["check", "--deny-stale"]);
        let remedy = "`lessmq-cli publish -p publish-stale --service shop`";
        let is_stale = found.stdout.contains("contract-stale") && found.stdout.contains(remedy);
        assert_eq!(found.exit, i32::from(is_stale), "{found:?}");
        !is_stale
    };
    assert!(is_fresh());
    for (file, edit) in [
        ("src/types.rs", Some("pub price: u64")),
        ("src/types.rs", None),
        ("src/more.rs", Some("// Added.\n")),
    ] {
        let path = project.root.join("contracts/shop").join(file);
        let original = std::fs::read(&path).ok();
        match edit {
            Some(text) => std::fs::write(&path, text).unwrap(),
            None => std::fs::remove_file(&path).unwrap(),
        }
        assert!(!is_fresh(), "{file} {edit:?}");
        match original {
            Some(original) => std::fs::write(&path, original).unwrap(),
            None => std::fs::remove_file(&path).unwrap(),
        }
        assert!(is_fresh(), "{file} as it was");
    }
    let manifest = project.read("contracts/shop/Cargo.toml");
    let without_fingerprint: String =
        manifest.split_inclusive('\n').filter(|line| !line.starts_with("fingerprint")).collect();
    assert_ne!(without_fingerprint, manifest);
    project.write("contracts/shop/Cargo.toml", &without_fingerprint);
    assert!(!is_fresh());
}
