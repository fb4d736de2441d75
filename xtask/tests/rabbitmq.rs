//! A private broker can be stopped, started and killed, and is cleaned up.

use std::net::TcpStream;

use xtask::probe;
use xtask::rabbitmq::Node;

fn port(node: &Node) -> u16 {
    let (_, after) = node.url().rsplit_once(':').expect("a URL has a port");
    after.trim_end_matches("/%2f").parse().expect("a port is a number")
}

#[test]
fn a_broker_restarts_on_the_same_port_after_a_stop_and_after_a_kill() {
    let mut node = Node::start("restarts").expect("RabbitMQ is installed");
    let (port, folder) = (port(&node), node.folder().to_owned());
    probe::rabbitmq(port).expect("it accepts guest");

    node.stop().expect("it stops");
    TcpStream::connect(("127.0.0.1", port)).expect_err("it is stopped");
    node.start_again().expect("it starts on its old data");
    probe::rabbitmq(port).expect("it accepts guest again");

    node.kill().expect("it can be killed");
    TcpStream::connect(("127.0.0.1", port)).expect_err("it was killed");
    node.start_again().expect("it starts on its old data");
    probe::rabbitmq(port).expect("it accepts guest again");

    drop(node);
    TcpStream::connect(("127.0.0.1", port)).expect_err("it was killed");
    assert!(!folder.exists(), "{} is deleted", folder.display());
}
