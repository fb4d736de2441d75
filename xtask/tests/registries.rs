//! Package registries start, respond and are cleaned up.

use std::net::TcpStream;

use xtask::registries::Registry;

fn check(registry: Registry) {
    let address = registry.url().trim_start_matches("http://").trim_end_matches('/').to_owned();
    let (_, port) = address.rsplit_once(':').expect("a URL has a port");
    let port: u16 = port.parse().expect("a port is a number");
    TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    drop(registry);
    TcpStream::connect(("127.0.0.1", port)).expect_err("it was stopped");
}

#[test]
fn a_registry_of_crates_responds_until_it_is_dropped() {
    check(Registry::crates().expect("it starts"));
}

#[test]
fn a_registry_of_npm_packages_responds_until_it_is_dropped() {
    check(Registry::npm().expect("it starts"));
}
