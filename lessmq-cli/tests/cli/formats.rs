//! The formats for other tools. None of them shows a failure as a success.

use crate::check::{SHOP, committed};
use crate::support::{Output, Project};

const FORMATS: [&str; 4] = ["github", "sarif", "junit", "markdown"];

fn check_all(project: &Project, name: &str, arguments: &[&str]) -> Vec<Output> {
    let run = |format| {
        let output = project.cli([arguments, &["--format", format]].concat());
        output.check(&format!("format-{name}-{format}"));
        output
    };
    FORMATS.map(run).into()
}

#[test]
fn every_format_shows_a_break() {
    let project = committed("format-break");
    project.replace("src/lib.rs", "Paid,", "Paid,\n    Lost,");
    project.replace(
        "src/lib.rs",
        "    #[command]\n    async fn cancel(&self, order: u64) -> lessmq::HandlerResult;\n",
        "",
    );
    for output in check_all(&project, "break", &["check"]) {
        assert_eq!(output.exit, 1);
    }
}

#[test]
fn every_format_shows_a_success() {
    for output in check_all(&committed("format-fine"), "fine", &["check"]) {
        assert_eq!(output.exit, 0);
    }
}

#[test]
fn no_format_shows_a_missing_baseline_as_a_success() {
    for output in
        check_all(&Project::package("format-missing", SHOP), "missing", &["check", "-p", "format-missing"])
    {
        assert_eq!(output.exit, 2);
    }
}

#[test]
fn every_format_shows_that_a_service_is_not_published() {
    for output in check_all(&Project::package("format-unpublished", SHOP), "unpublished", &["check"]) {
        assert_eq!(output.exit, 0);
        assert!(output.stdout.contains("is not published yet"), "{output:?}");
    }
}

#[test]
fn no_format_shows_an_error_as_a_success() {
    let project = Project::empty("format-failure");
    for output in check_all(&project, "failure", &["diff", "a.json", "b.json"]) {
        assert_eq!(output.exit, 2);
    }
    project.cli(["diff", "a.json", "b.json", "--format", "json"]).check("format-failure-json");
}

#[test]
fn sarif_has_all_required_properties() {
    let project = committed("format-sarif");
    project.replace("src/lib.rs", "Paid,", "Paid,\n    Lost,");
    let output = project.cli(["check", "--format", "sarif"]);
    let log: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let (rules, results) = (&run["tool"]["driver"]["rules"], run["results"].as_array().unwrap());
    assert_eq!(results.len(), 1);
    for result in results {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(rule["help"]["text"].as_str().is_some_and(|text| !text.is_empty()));
        assert!(result["message"]["text"].as_str().is_some_and(|text| !text.is_empty()));
        assert!(result["partialFingerprints"]["lessmqFinding/v1"].is_string());
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "src/lib.rs");
        let line = usize::try_from(place["region"]["startLine"].as_u64().unwrap()).unwrap();
        assert_eq!(project.read("src/lib.rs").lines().nth(line - 1), Some("    Lost,"));
    }
}

#[test]
fn an_unsupported_format_is_an_error() {
    let project = Project::empty("format-unknown");
    for arguments in
        [["ps", "amqp://127.0.0.1:9", "--format=sarif"].as_slice(), &["diff", "a", "b", "--format=xml"]]
    {
        let output = project.cli(arguments);
        assert_eq!((output.exit, output.stdout.as_str()), (2, ""));
        assert!(output.stderr.contains("invalid value"), "{output:?}");
    }
}
