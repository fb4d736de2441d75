//! `lessmq.toml`.

use crate::check::committed;
use crate::support::Project;

/// A service that has broken its contract, and the finding's fingerprint.
fn broken(name: &str) -> (Project, String) {
    let project = committed(name);
    project.replace("src/lib.rs", "Paid,", "Paid,\n    Lost,");
    let output = project.cli(["check", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    let finding = &report["services"][0]["baselines"][0]["findings"][0]["fingerprint"];
    (project, finding.as_str().unwrap().to_owned())
}

fn allow(finding: &str, expires: &str) -> String {
    format!(
        "[[allow]]\nfinding = \"{finding}\"\nreason = \"the one consumer has been told\"\nexpires = {expires}\n"
    )
}

#[test]
fn an_allowed_finding_does_not_count_and_is_told() {
    let (project, finding) = broken("allowed");
    project.write("lessmq.toml", &allow(&finding, "9999-12-31"));
    project.cli(["check"]).redact(&finding, "[FINDING]").check("allowed");
    for format in ["json", "github", "sarif", "junit", "markdown"] {
        let output = project.cli(["check", "--format", format]);
        assert_eq!(output.exit, 0, "{output:?}");
        assert!(output.stdout.contains("the one consumer has been told"), "{output:?}");
    }
}

#[test]
fn an_allowance_that_has_expired_counts_for_nothing_and_says_so() {
    let (project, finding) = broken("expired");
    project.write("lessmq.toml", &allow(&finding, "2020-02-29"));
    project.cli(["check"]).redact(&finding, "[FINDING]").check("expired");
}

#[test]
fn an_allowance_for_nothing_is_a_warning() {
    let project = committed("unused");
    project.write("lessmq.toml", &allow("0123456789abcdef", "9999-12-31"));
    project.cli(["check"]).check("allowed-unused");
    let narrowed = project.cli(["check", "--service", "shop"]);
    assert_eq!((narrowed.exit, narrowed.stderr.as_str()), (0, ""), "another service may have it");
}

#[test]
fn defaults_are_taken_where_the_command_line_says_nothing() {
    let project = committed("defaults");
    project.write("lessmq.toml", "[check]\nagainst = \"released\"\ndeny-stale = true\n");
    project.cli(["check"]).check("defaults-nothing");
    std::fs::create_dir(project.root.join("released")).unwrap();
    std::fs::rename(project.root.join("contracts/shop"), project.root.join("released/shop")).unwrap();
    // A path in the settings is one from the top of the workspace.
    project.cli_in("src", ["check"]).check("defaults-stale");
    let overridden = project.cli(["check", "--against", "contracts"]);
    assert_eq!(overridden.exit, 2, "{overridden:?}");
}

#[test]
fn wrong_settings_are_refused_with_their_line() {
    let project = committed("wrong-settings");
    for (name, text) in [
        ("unknown", "[check]\nagainst = \"contracts\"\ntransitiv = true\n"),
        ("no-expiry", "[[allow]]\nfinding = \"0123456789abcdef\"\nreason = \"because\"\n"),
        ("no-toml", "[check\n"),
        ("nowhere", "[check]\nagainst = \"git:nope\"\n"),
    ] {
        project.write("lessmq.toml", text);
        project.cli(["check"]).check(&format!("settings-{name}"));
    }
}
