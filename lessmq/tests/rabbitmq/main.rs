//! The RabbitMQ driver, against a real broker at `LESSMQ_TEST_AMQP_URL` (`cargo xtask test` sets it).
#![cfg(feature = "rabbitmq")]

mod calls;
mod connecting;
mod consuming;
mod existing;
mod messages;
mod restarting;
mod settling;
mod support;
mod topology;
