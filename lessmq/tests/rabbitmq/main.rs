//! The RabbitMQ driver, against a real broker at `LESSMQ_TEST_AMQP_URL` (`cargo xtask test` sets it).
#![allow(clippy::unwrap_used, reason = "an error fails the test")]

mod administration;
mod calls;
mod connecting;
mod consuming;
mod encrypted;
mod external;
mod messages;
mod restarting;
mod settling;
mod support;
mod topology;
