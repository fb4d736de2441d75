//! `check --against` a bus.

use url::Url;

use super::{Scope, Service, UsersServer, newer};
use crate::support::{Output, Project};

impl Scope {
    /// The output of `check` against the bus as soon as the expected number of instances answer.
    fn check(&self, expected: usize, format: &str) -> Output {
        let json = self.ps(expected, &["ps", "--format", "json"]);
        let found: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
        assert_eq!(found["instances"].as_array().map(Vec::len), Some(expected));
        let json = self.cli(&["ps", "--format", "json"]);
        let found: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
        let instances = found["instances"].as_array().unwrap();
        let mut ids: Vec<&str> = instances.iter().map(|instance| instance["id"].as_str().unwrap()).collect();
        ids.sort_unstable();
        let arguments = ["check", "--against", &self.url, "--namespace", &self.namespace, "--format", format];
        let output = self.redact(self.project.cli(arguments), &ids);
        let port = Url::parse(&self.url).unwrap().port().unwrap_or(5672).to_string();
        output.redact(&format!(":{port}"), ":[PORT]")
    }
}

/// The source of a service whose contract is that of [`Users`].
const USERS: &str =
    "\n#[lessmq::interface(service = \"user\")]\npub trait Users {\n    async fn count(&self) -> u64;\n}\n";

/// The source of [`Admin`](super::Admin), another interface of the service.
const ADMIN: &str =
    "\n#[lessmq::interface(service = \"user\")]\npub trait Admin {\n    async fn block(&self, id: u64);\n}\n";

fn committed(name: &str) -> Project {
    let project = Project::package(name, USERS);
    assert_eq!(project.cli(["contract", "--write"]).exit, 0);
    project
}

#[test]
fn check_compares_with_live_copies() {
    let mut scope = Scope::of(committed("check-live"));
    scope.start("user", |app| app.serve(UsersServer::new(Service)));
    scope.start("user", |app| app.serve(UsersServer::new(Service)));
    scope.check(2, "human").check("check-live");
    scope.project.replace("src/lib.rs", "count(&self)", "count(&self, of: String)");
    scope.check(2, "human").check("check-live-broken");
}

#[test]
fn check_finds_differing_copies_and_contracts_that_were_never_committed() {
    let mut scope = Scope::of(committed("check-drift"));
    scope.start("user-1", |app| app.serve(UsersServer::new(Service)));
    scope.start("user-2", |app| app.serve(newer::UsersServer::new(Service)));
    let found = scope.check(2, "human");
    found.check("check-drift");
    assert_eq!(found.exit, 1);
    assert!(found.stdout.contains("have 2 different contracts"), "{found:?}");
    assert!(found.stdout.contains("was never committed"), "{found:?}");
    // A contract in the history counts as committed.
    let newest = "count(&self) -> u64;\n    async fn latest(&self) -> Option<u64>;";
    scope.project.repository();
    scope.project.replace("src/lib.rs", "count(&self) -> u64;", newest);
    assert_eq!(scope.project.cli(["contract", "--write"]).exit, 0);
    scope.project.commit("Add latest");
    let found = scope.check(2, "human");
    assert!(found.stdout.contains("have 2 different contracts"), "{found:?}");
    assert!(!found.stdout.contains("never committed"), "{found:?}");
}

#[test]
fn a_process_with_one_interface_of_the_committed_contract_is_known() {
    let project = Project::package("check-interfaces", &format!("{USERS}{ADMIN}"));
    assert_eq!(project.cli(["contract", "--write"]).exit, 0);
    let mut scope = Scope::of(project);
    scope.start("user", |app| app.serve(UsersServer::new(Service)));
    scope.check(1, "human").check("check-interfaces");
}

#[test]
fn an_absent_service_is_no_answer() {
    let scope = Scope::of(committed("check-absent"));
    scope.check(0, "human").check("check-absent");
}
