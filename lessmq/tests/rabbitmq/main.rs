//! The RabbitMQ driver, against a real broker at `LESSMQ_TEST_AMQP_URL` (`cargo xtask test` sets it).
#![allow(clippy::unwrap_used, reason = "where a test meets an error, it has failed")]

mod calls;
mod connecting;
mod consuming;
mod encrypted;
mod existing;
mod messages;
mod restarting;
mod settling;
mod support;
mod topology;
