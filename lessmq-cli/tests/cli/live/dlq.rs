//! `dlq`, on a real broker.

use lessmq::transport::Source;
use lessmq::{HandlerError, HandlerResult};
use serde_json::Value;
use xtask::process::wait_until;

use super::*;

#[lessmq::interface(service = "user")]
trait Jobs {
    #[command]
    async fn reindex(&self, since: u64) -> HandlerResult;
}

impl Jobs for Service {
    async fn reindex(&self, _: u64) -> HandlerResult {
        Err(HandlerError::terminal("the index is closed\u{1b}[31m"))
    }
}

impl Scope {
    /// `dlq VERB URL …`
    fn dlq(&self, verb: &str, rest: &[&str]) -> Output {
        let arguments = [&["dlq", verb, &self.url], rest, &["--namespace", &self.namespace]].concat();
        self.project.cli(arguments)
    }

    fn dlq_json(&self, verb: &str, rest: &[&str]) -> Value {
        let output = self.dlq(verb, &[rest, &["--format", "json"]].concat());
        assert_eq!((output.exit, output.stderr.as_str()), (0, ""), "{output:?}");
        serde_json::from_str(&output.stdout).unwrap()
    }

    /// Sends jobs, which fail, and waits until each is a dead letter.
    fn fail_jobs(&self, jobs: u64) {
        let mut options = ConnectOptions::default();
        options.namespace = self.namespace.parse().unwrap();
        let transport = self.runtime.block_on(connect(&self.url, options)).unwrap();
        let bus = Bus::new(transport).named("web");
        let letters = bus.dead_letters("user.commands".parse::<Source>().unwrap());
        for job in 1..=jobs {
            self.runtime.block_on(JobsClient::new(&bus).reindex(job).into_future()).unwrap();
            let is_dead = || self.runtime.block_on(letters.status()).unwrap().waiting >= Some(job);
            assert!(wait_until(PATIENCE, is_dead), "job {job} is not a dead letter");
        }
        self.runtime.block_on(bus.close()).unwrap();
    }

    fn stop(&mut self) {
        for running in std::mem::take(&mut self.running) {
            self.runtime.block_on(running.shut_down()).unwrap();
        }
    }

    /// With the ids and times of messages replaced.
    fn redact_messages(&self, output: Output) -> Output {
        let messages = self.dlq_json("show", &["user.commands"])["messages"].clone();
        let mut output = self.redact(output, &[]);
        for message in messages.as_array().unwrap() {
            output = output.redact(message["id"].as_str().unwrap(), "[ID]");
            output = output.redact(message["sent_at"].as_str().unwrap(), "[TIME]");
        }
        output
    }
}

#[test]
fn dead_letters_are_listed_shown_redriven_and_purged() {
    let mut scope = Scope::new("dead-letters");
    scope.start("user", |app| app.serve(JobsServer::new(Service)));
    scope.fail_jobs(3);
    scope.redact(scope.dlq("ls", &[]), &[]).check("dlq-ls");
    scope.redact_messages(scope.dlq("show", &["user.commands", "--limit", "2"])).check("dlq-show");
    let shown = scope.dlq_json("show", &["user.commands"]);
    assert_eq!((&shown["dead"], &shown["messages"][2]["payload"]["since"]), (&3.into(), &3.into()));
    scope.redact(scope.dlq("purge", &["user.commands"]), &[]).check("dlq-purge-unconfirmed");

    scope.stop();
    scope.redact(scope.dlq("redrive", &["user.commands", "--limit", "2"]), &[]).check("dlq-redrive");
    scope.redact(scope.dlq("ls", &["--wait", "200"]), &[]).check("dlq-ls-empty");
    let listed = scope.dlq("ls", &["--wait", "200", "--source", "user.commands"]);
    scope.redact(listed, &[]).check("dlq-ls-source");
    scope.redact(scope.dlq("purge", &["user.commands", "--yes"]), &[]).check("dlq-purge");
    scope.redact(scope.dlq("show", &["user.commands"]), &[]).check("dlq-show-empty");
}

#[test]
fn every_dead_letter_is_redriven_once() {
    let mut scope = Scope::new("redrive");
    scope.start("user", |app| app.serve(JobsServer::new(Service)));
    scope.fail_jobs(2);
    assert_eq!(scope.dlq_json("redrive", &["user.commands"])["moved"], 2);
}

#[test]
fn a_source_that_does_not_exist_is_an_error() {
    let scope = Scope::new("dead-letters-of-nothing");
    scope.redact(scope.dlq("show", &["user"]), &[]).check("dlq-invalid-source");
    scope.redact(scope.dlq("redrive", &["user.commands"]), &[]).check("dlq-missing-source");
    scope.redact(scope.dlq("redrive", &["user.broadcast"]), &[]).check("dlq-broadcast");
}

#[test]
fn an_error_about_a_source_that_does_not_exist_lists_those_that_do() {
    let mut scope = Scope::new("dead-letters-mistyped");
    scope.start("user", |app| app.serve(JobsServer::new(Service)));
    scope.redact(scope.dlq("show", &["usr.commands"]), &[]).check("dlq-show-mistyped");
    for arguments in [&["purge", "usr.commands", "--yes"][..], &["redrive", "usr.commands"]] {
        let output = scope.dlq(arguments[0], &arguments[1..]);
        assert!(
            output.exit == 2 && output.stderr.contains("the processes on the bus consume `user.commands`")
        );
    }
    let output = scope.dlq("ls", &["--wait", "200", "--source", "usr.commands"]);
    assert!(output.exit == 2 && output.stderr.contains("`usr.commands` does not exist"), "{output:?}");
}
