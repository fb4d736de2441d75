//! The example over the in-process bus, and over an existing queue and exchange of RabbitMQ.

use std::process::Command;

use lapin::options::{
    ExchangeDeclareOptions, ExchangeDeleteOptions, QueueDeclareOptions, QueueDeleteOptions,
};
use lapin::types::FieldTable;
use lapin::{Connection, ConnectionProperties, ExchangeKind};

fn check(url: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_example-existing-queue"))
        .env("LESSMQ_URL", url)
        .env("LESSMQ_NAMESPACE", format!("existing-{}", std::process::id()))
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed, "the order matches its contract\norder 7 for umbrella\norder 7 was shipped\n");
}

#[test]
fn in_memory_the_queue_and_the_topic_are_created() {
    check("memory:");
}

#[tokio::test]
async fn on_rabbitmq_the_queue_and_the_exchange_stay_as_they_are() {
    let url = std::env::var("LESSMQ_TEST_AMQP_URL").expect("`cargo xtask test` sets LESSMQ_TEST_AMQP_URL");
    let connection = Connection::connect(&url, ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    // LessMQ would declare them durable and with arguments.
    let queue = QueueDeclareOptions::default();
    channel.queue_declare("legacy-orders".into(), queue, FieldTable::default()).await.unwrap();
    let exchange = ExchangeDeclareOptions::default();
    channel
        .exchange_declare("shop".into(), ExchangeKind::Direct, exchange, FieldTable::default())
        .await
        .unwrap();

    tokio::task::spawn_blocking(move || check(&url)).await.unwrap();

    channel.queue_delete("legacy-orders".into(), QueueDeleteOptions::default()).await.unwrap();
    channel.exchange_delete("shop".into(), ExchangeDeleteOptions::default()).await.unwrap();
}
