//! Changelogs.

use lessmq::contract::{ContractBuilder, MethodMeta};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::*;

#[derive(Serialize, Deserialize, JsonSchema)]
struct Order {
    id: u32,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct OrderWithNote {
    id: u32,
    note: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct OrderWithCustomer {
    id: u32,
    customer: u32,
}

fn contract<R: lessmq::Payload>(version: &str) -> Contract {
    ContractBuilder::new("shop", version)
        .call::<R, u32, lessmq::Never>(MethodMeta {
            description: Some("Places an order."),
            ..MethodMeta::new("place")
        })
        .build()
}

/// The changelog of a release that changes no code.
fn update(existing: Option<&str>, old: Option<&Contract>, new: &Contract, date: &str) -> String {
    super::update(existing, ReleasedChange { old, new, code_changes: &[] }, date)
}

fn sections(text: &str) -> &str {
    text.split_once("\n## ").map_or("", |(_, sections)| sections)
}

#[test]
fn the_first_release_lists_all_methods() {
    let text = update(None, None, &contract::<Order>("1.0.0"), "2026-01-31");
    assert!(text.starts_with("# Changelog\n"), "{text}");
    assert_eq!(
        sections(&text),
        "[1.0.0] - 2026-01-31\n\nThe first release.\n\n### Added\n\n- call `place`: Places an order.\n"
    );
}

#[test]
fn a_release_is_above_the_earlier_ones_which_are_kept() {
    let (old, new) = (contract::<Order>("1.0.0"), contract::<OrderWithNote>("1.1.0"));
    let first = "# Ours\n\n## [1.0.0] - 2025-12-24\n\nWritten by hand.\n";
    let text = update(Some(first), Some(&old), &new, "2026-01-31");
    assert_eq!(
        text,
        "# Ours\n\n## [1.1.0] - 2026-01-31\n\n### Added\n\n- call `place`, request: `note`\n\n\
         ## [1.0.0] - 2025-12-24\n\nWritten by hand.\n"
    );
    assert_eq!(update(Some(&text), Some(&old), &new, "2026-02-01"), text, "the date stays");
}

#[test]
fn a_break_is_listed_with_its_rule_and_an_example() {
    let (old, new) = (contract::<Order>("1.0.0"), contract::<OrderWithCustomer>("2.0.0"));
    let text = update(None, Some(&old), &new, "2026-01-31");
    let breaking = text.split_once("### Breaking\n\n").expect("there is a break").1;
    assert!(breaking.starts_with("- call `place`, request: "), "{breaking}");
    assert!(breaking.contains("for example `{\"id\":"), "{breaking}");
    assert_eq!(breaking.lines().count(), 1, "{breaking}");
}

#[test]
fn a_patch_of_an_older_line_is_next_to_its_line() {
    let releases = "# C\n\n## [2.0.0] - 2026-01-02\n\nB\n\n## [1.0.0] - 2026-01-01\n\nA\n";
    let (old, new) = (contract::<Order>("1.0.0"), contract::<Order>("1.0.1"));
    let text = update(Some(releases), Some(&old), &new, "2026-01-31");
    let places: Vec<_> = ["[2.0.0]", "[1.0.1]", "[1.0.0]"].iter().map(|title| text.find(title)).collect();
    assert!(places.is_sorted() && places[0].is_some(), "{text}");
    assert!(text.contains("Nothing changed for consumers."), "{text}");
    assert!(has_section(&text, &new.version) && !has_section(releases, &new.version));
}

#[test]
fn a_reason_with_several_lines_cannot_add_a_section() {
    let contract = |version, deprecated| {
        let meta = MethodMeta { deprecated, ..MethodMeta::new("place") };
        ContractBuilder::new("shop", version).call::<u32, u32, lessmq::Never>(meta).build()
    };
    let old = contract("1.0.0", None);
    for reason in ["use `put`\n## [9.9.9] - 2026-01-31\n", "use `put`\r## [9.9.9]"] {
        let text = update(None, Some(&old), &contract("1.0.1", Some(reason)), "2026-01-31");
        assert_eq!(
            sections(&text),
            "[1.0.1] - 2026-01-31\n\n### Deprecated\n\n- call `place`: use `put`\n",
            "{reason:?}"
        );
    }
}

#[test]
fn code_that_has_to_be_changed_is_listed() {
    let (old, new) = (contract::<Order>("1.0.0"), contract::<OrderWithNote>("1.1.0"));
    let change = CodeChange { method: Some("place".to_owned()), text: "code that calls it".to_owned() };
    let release = ReleasedChange { old: Some(&old), new: &new, code_changes: &[change] };
    let text = super::update(None, release, "2026-01-31");
    assert_eq!(
        sections(&text),
        "[1.1.0] - 2026-01-31\n\n### Code changes\n\n- code that calls it\n\n### Added\n\n- call `place`, request: `note`\n"
    );
}
