//! An incompatible change, rolled out and completed while old and new consumers run.

use lessmq::{App, ErrorKind};
use serde_json::{Value, json};

use super::Scope;

/// The interface before the change, as consumers were built against it.
mod before {
    #[lessmq::interface(service = "user")]
    pub(super) trait Users {
        async fn get(&self, id: u64) -> String;
    }
}

/// The interface after the change: ids are texts.
mod after {
    #[lessmq::interface(service = "user", version = 2)]
    pub(super) trait Users {
        async fn get(&self, id: String) -> Option<String>;
    }
}

struct Accounts;

impl before::Users for Accounts {
    async fn get(&self, id: u64) -> String {
        format!("account {id}")
    }
}

impl after::Users for Accounts {
    async fn get(&self, id: String) -> Option<String> {
        Some(format!("account {id}"))
    }
}

fn serve_before(app: App) -> App {
    app.serve(before::UsersServer::new(Accounts))
}

fn serve_after(app: App) -> App {
    app.serve(after::UsersServer::new(Accounts))
}

/// What `ps` says about older versions, without times.
fn older_uses(scope: &Scope, instances: usize) -> Value {
    let output = scope.ps(instances, &["ps", "--format", "json"]);
    let report: Value = serde_json::from_str(&output.stdout).unwrap();
    let mut uses = report["older_uses"].as_array().cloned().unwrap_or_default();
    for one in &mut uses {
        one.as_object_mut().unwrap().remove("last_seconds_ago");
    }
    uses.into()
}

#[test]
fn an_old_and_a_new_consumer_work_through_a_roll_out_and_a_retirement() {
    let mut scope = Scope::new("versions");

    // The provider and a consumer before the change.
    scope.start("user", serve_before);
    scope.start("billing", |app| app.requires::<before::UsersClient>());
    let old = before::UsersClient::new(&scope.connect("billing"));
    let get_old = |scope: &Scope| scope.runtime.block_on(old.get(7).into_future());
    assert_eq!(get_old(&scope).unwrap(), "account 7");
    assert_eq!(older_uses(&scope, 2), json!([]));

    // The provider serves both versions. Its old copy stops.
    scope.start("user", |app| serve_after(serve_before(app)));
    scope.stop_first();
    assert_eq!(get_old(&scope).unwrap(), "account 7");
    assert_eq!(get_old(&scope).unwrap(), "account 7");
    scope.start("web", |app| app.requires::<after::UsersClient>());
    let new = after::UsersClient::new(&scope.connect("web"));
    let get_new = |scope: &Scope| scope.runtime.block_on(new.get("seven".to_owned()).into_future());
    assert_eq!(get_new(&scope).unwrap().as_deref(), Some("account seven"));
    let called = scope.cli(&["call", "user.get@2", r#"{"id": "8"}"#]);
    assert_eq!((called.exit, called.stdout.trim()), (0, r#""account 8""#), "{called:?}");

    #[cfg(unix)]
    {
        let complete = |word| super::poke::complete(&scope, &format!("lessmq-cli call {} {word}", scope.url));
        assert_eq!(complete("user.g"), "user.get user.get@2");
        assert_eq!(complete("user.get@"), "2", "bash splits words at `@`");
    }

    // The old consumer is listed, and the new one is not.
    let used =
        json!([{"service": "user", "method": "get", "newer": "get@2", "caller": "billing", "messages": 2}]);
    assert_eq!(older_uses(&scope, 3), used);
    let shown = scope.ps(3, &["ps"]).stdout;
    assert!(shown.contains("OLDER VERSION") && shown.contains("user.get@2"), "{shown}");

    // The old consumer is upgraded, so no process uses the old version.
    scope.stop_first();
    scope.start("billing", |app| app.requires::<after::UsersClient>());

    // The retirement: only the new version is served. A consumer that was forgotten gets an error that says so.
    scope.start("user", serve_after);
    scope.stop_first();
    assert_eq!(get_new(&scope).unwrap().as_deref(), Some("account seven"));
    let error = lessmq::Error::from(get_old(&scope).unwrap_err());
    assert_eq!(error.kind(), ErrorKind::ContractMismatch, "{error:#}");
    assert!(format!("{error:#}").contains("`get@2` remains"), "{error:#}");
    assert_eq!(older_uses(&scope, 3), json!([]));
}
