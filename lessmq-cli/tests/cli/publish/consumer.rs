//! Who depends on a released contract: it compiles, until a release does not fit.

use std::process::Command;

use xtask::registries::Registry;

use super::support::{bare_repository, set_version, use_registry, write_and_commit, written_shop};
use crate::support::Project;

#[test]
fn a_consumer_compiles_against_a_release_and_stops_at_one_that_does_not_fit() {
    let registry = Registry::crates().unwrap();
    let mut service = written_shop("publish-consumed");
    use_registry(&mut service, &registry);
    let publish = || assert_eq!(service.cli(["publish", "--registry", "local"]).exit, 0);
    publish();
    let mut consumer = consumer("publish-consumer", "version = \"1.2\", registry = \"local\"");
    use_registry(&mut consumer, &registry);
    compiles(&consumer);
    break_it(&service);
    publish();
    consumer.replace("Cargo.toml", "version = \"1.2\"", "version = \"2.0\"");
    does_not_compile(&consumer);
}

#[test]
fn a_consumer_may_depend_on_a_tag() {
    let service = written_shop("publish-tagged");
    let repository = bare_repository("publish-tagged-remote");
    let url = format!("file://{}", repository.root.display());
    let publish = || assert_eq!(service.cli(["publish", "--git", &url]).exit, 0);
    publish();
    let dependency = format!("git = {url:?}, tag = \"shop-contract-v1.2.0\"");
    let mut consumer = consumer("publish-tagged-consumer", &dependency);
    consumer.environment = vec![("CARGO_NET_OFFLINE", "false".to_owned())];
    compiles(&consumer);
    break_it(&service);
    publish();
    compiles(&consumer);
    consumer.replace("Cargo.toml", "-v1.2.0", "-v2.0.0");
    does_not_compile(&consumer);
}

/// The incompatible change.
fn break_it(service: &Project) {
    service.replace("src/lib.rs", "async fn order(", "async fn find_order(");
    set_version(service, "1.2.0", "2.0.0");
    write_and_commit(service);
}

/// A package in an empty folder that depends on the contract and uses its call.
fn consumer(name: &str, dependency: &str) -> Project {
    let consumer = Project::package(name, "");
    consumer.replace(
        "Cargo.toml",
        "[dependencies]\n",
        &format!("[dependencies]\nshop-contract = {{ {dependency} }}\n"),
    );
    consumer.write("src/lib.rs", "//! A consumer.\npub const CALL: &str = shop_contract::ORDER;\n");
    // Where LessMQ would come from crates.io.
    let lessmq = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../lessmq").canonicalize().unwrap();
    consumer.write(".cargo/config.toml", &format!("[patch.crates-io]\nlessmq = {{ path = {lessmq:?} }}\n"));
    consumer
}

fn compiles(consumer: &Project) {
    let (compiled, said) = compile(consumer);
    assert!(compiled, "{said}");
}

/// The error is in the consumer's code, and names what changed.
fn does_not_compile(consumer: &Project) {
    let (compiled, said) = compile(consumer);
    assert!(!compiled, "{said}");
    assert!(said.contains("--> src/lib.rs:2:"), "{said}");
    assert!(said.contains("cannot find value `ORDER` in crate `shop_contract`"), "{said}");
}

/// Compiles in the directory in which the service was compiled too, so that only what is new is compiled.
fn compile(consumer: &Project) -> (bool, String) {
    let mut cargo: Command = consumer.cargo(&["build", "--quiet"]);
    let output = cargo.output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}
