//! Typical changes of a service, and what `check` reports.

use crate::support::Project;

const USERS: &str = r#"
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An account.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Account {
    /// Its id.
    id: u64,
    /// The name that its owner chose.
    display_name: String,
    /// Its state.
    state: State,
}

/// The state of an account.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Active,
    Locked,
}

/// A search for accounts.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Search {
    /// A part of the name.
    text: String,
}

/// Accounts.
#[lessmq::interface(service = "user")]
pub trait Users {
    /// One account by id.
    async fn get(&self, id: u64) -> Account;
    /// Accounts by name.
    async fn find(&self, search: Search) -> Vec<Account>;
}

/// Changes of accounts.
#[lessmq::interface(service = "user", events)]
pub trait UserEvents {
    /// After an account was locked.
    async fn locked(&self, event: Account) -> lessmq::HandlerResult;
}
"#;

/// Checks a service after one edit.
fn check(name: &str, from: &str, to: &str, exit: i32) {
    let project = Project::package(name, USERS);
    assert_eq!(project.cli(["contract", "--write"]).exit, 0);
    project.replace("src/lib.rs", from, to);
    let output = project.cli(["check"]);
    output.check(name);
    assert_eq!(output.exit, exit);
}

#[test]
fn an_optional_reply_field_is_an_error() {
    check("edit-reply", "    display_name: String,", "    display_name: Option<String>,", 1);
}

#[test]
fn a_changed_field_type_is_an_error() {
    check("edit-type", "    id: u64,\n    /// The", "    id: String,\n    /// The", 1);
}

#[test]
fn an_added_optional_request_field_passes() {
    check(
        "edit-optional",
        "    text: String,",
        "    text: String,\n    /// How many.\n    limit: Option<u32>,",
        0,
    );
}

#[test]
fn an_added_optional_argument_passes() {
    check("edit-argument", "get(&self, id: u64)", "get(&self, id: u64, deleted: Option<bool>)", 0);
}

#[test]
fn an_added_required_request_field_is_an_error() {
    check("edit-required", "    text: String,", "    text: String,\n    /// How many.\n    limit: u32,", 1);
}

#[test]
fn an_added_required_argument_is_an_error() {
    check("edit-required-argument", "get(&self, id: u64)", "get(&self, id: u64, deleted: bool)", 1);
}

const SEARCH: &str = "#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Search {
    /// A part of the name.
    text: String,";

#[test]
fn a_renamed_request_field_with_an_alias_passes() {
    let renamed = "#[lessmq::reads]
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Search {
    /// A part of the name.
    #[serde(alias = \"text\")]
    name: String,";
    check("edit-alias", SEARCH, renamed, 0);
}

#[test]
fn a_renamed_request_field_without_an_alias_is_an_error() {
    check("edit-rename", "    text: String,", "    name: String,", 1);
}

#[test]
fn a_type_that_cannot_read_what_it_writes_is_reported_at_its_cause() {
    let project = Project::package("unreadable", USERS);
    let name = "    /// The name that its owner chose.\n";
    let renamed = format!("{name}    #[serde(rename(serialize = \"name\", deserialize = \"display\"))]\n");
    project.replace("src/lib.rs", name, &renamed);
    let output = project.cli(["contract", "--write"]);
    output.check("unreadable-contract");
    assert_eq!(output.exit, 0);
    project.replace("src/lib.rs", "    /// Its state.\n", "    nick: Option<String>,\n    /// Its state.\n");
    let output = project.cli(["check"]);
    output.check("unreadable-check");
    assert_eq!(output.exit, 1);
}

#[test]
fn a_variant_for_unknown_names_accepts_added_variants() {
    let derive = "#[derive(Serialize, Deserialize, JsonSchema)]\n#[serde(rename_all = \"snake_case\")]";
    let open = USERS.replace(derive, &format!("#[lessmq::reads]\n{derive}"));
    let open = open.replace("    Locked,\n", "    Locked,\n    #[serde(other)]\n    Unknown,\n");
    let project = Project::package("other", &open);
    let output = project.cli(["contract", "--write"]);
    assert_eq!(output.exit, 0, "{}{}", output.stdout, output.stderr);
    project.replace("src/lib.rs", "    Locked,", "    Locked,\n    Deleted,");
    let output = project.cli(["check"]);
    assert_eq!(output.exit, 0, "{}{}", output.stdout, output.stderr);
}

#[test]
fn an_added_reply_variant_is_an_error() {
    check("edit-variant", "    Locked,", "    Locked,\n    Deleted,", 1);
}

#[test]
fn a_removed_call_is_an_error() {
    check("edit-removed", "    /// One account by id.\n    async fn get(&self, id: u64) -> Account;", "", 1);
}

#[test]
fn a_long_counter_example_has_several_lines() {
    let fields: String = ('a'..='h').map(|c| format!("    {}: u64,\n", c.to_string().repeat(12))).collect();
    let from = "    display_name: String,";
    let project = Project::package("edit-long", &USERS.replace(from, &format!("{from}\n{fields}")));
    assert_eq!(project.cli(["contract", "--write"]).exit, 0);
    project.replace("src/lib.rs", "    Locked,", "    Locked,\n    Deleted,");
    project.cli(["check"]).check("edit-long");
}
