//! `lessmq.toml`.

use crate::check::committed;
use crate::support::Project;

/// A service with an incompatible change, and the fingerprint of its finding.
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
        "[[allow]]\nfinding = \"{finding}\"\nreason = \"the only consumer is prepared\"\nexpires = {expires}\n"
    )
}

#[test]
fn an_allowed_finding_does_not_count_and_is_shown() {
    let (project, finding) = broken("allowed");
    project.write("lessmq.toml", &allow(&finding, "9999-12-31"));
    project.cli(["check"]).redact(&finding, "[FINDING]").check("allowed");
    for format in ["json", "github", "sarif", "junit", "markdown"] {
        let output = project.cli(["check", "--format", format]);
        assert_eq!(output.exit, 0, "{output:?}");
        assert!(output.stdout.contains("the only consumer is prepared"), "{output:?}");
    }
}

#[test]
fn an_expired_allowance_has_no_effect_and_is_shown() {
    let (project, finding) = broken("expired");
    project.write("lessmq.toml", &allow(&finding, "2020-02-29"));
    project.cli(["check"]).redact(&finding, "[FINDING]").check("expired");
}

#[test]
fn an_unused_allowance_is_a_warning() {
    let project = committed("unused");
    project.write("lessmq.toml", &allow("0123456789abcdef", "9999-12-31"));
    project.cli(["check"]).check("allowed-unused");
    // The finding may be of another service, which is not checked.
    let other =
        "\n#[lessmq::interface(service = \"stock\")]\npub trait Stock { async fn left(&self) -> u64; }\n";
    project.write("src/lib.rs", &format!("{}{other}", project.read("src/lib.rs")));
    for narrowed in [["--service", "shop"], ["--against", "contracts/shop/contract.json"]] {
        let narrowed = project.cli([&["check"][..], &narrowed].concat());
        assert_eq!((narrowed.exit, narrowed.stderr.as_str()), (0, ""), "{narrowed:?}");
    }
}

#[test]
fn the_settings_are_defaults_for_the_command_line() {
    let project = committed("defaults");
    project.write("lessmq.toml", "[check]\nagainst = \"released\"\ndeny-stale = true\n");
    project.cli(["check"]).check("defaults-nothing");
    std::fs::create_dir(project.root.join("released")).unwrap();
    std::fs::rename(project.root.join("contracts/shop"), project.root.join("released/shop")).unwrap();
    // A path in the settings is relative to the top of the workspace.
    project.cli_in("src", ["check"]).check("defaults-stale");
    let overridden = project.cli(["check", "--against", "contracts"]);
    assert_eq!(overridden.exit, 0, "{overridden:?}");
    assert!(overridden.stdout.contains("not published yet"), "{overridden:?}");
}

#[test]
fn invalid_settings_are_an_error_with_the_line() {
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
