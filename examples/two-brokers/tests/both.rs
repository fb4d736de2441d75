//! The same program over both brokers.

use std::process::Command;

fn check(url: &str, driver: &str) {
    let namespace = format!("two-brokers-{}", std::process::id());
    let output = Command::new(env!("CARGO_BIN_EXE_example-two-brokers"))
        .env("LESSMQ_URL", url)
        .env("LESSMQ_NAMESPACE", namespace)
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed, format!("over {driver}\n1 + 2 = 3\nnoted: added once\n"));
}

#[test]
fn in_memory() {
    check("memory:", "memory");
}

#[test]
fn over_rabbitmq() {
    let url = std::env::var("LESSMQ_TEST_AMQP_URL").expect("`cargo xtask test` sets LESSMQ_TEST_AMQP_URL");
    check(&url, "rabbitmq");
}
