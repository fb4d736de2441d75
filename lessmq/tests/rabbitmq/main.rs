//! The RabbitMQ driver, against a real broker at `LESSMQ_TEST_AMQP_URL` (`cargo xtask test` sets it).
#![allow(clippy::unwrap_used, reason = "an error fails the test")]

mod administration;
mod batches;
mod calls;
mod connecting;
mod consuming;
mod dead_letters;
#[cfg(feature = "tls")]
mod encrypted;
mod external;
mod log;
mod messages;
mod redelivered_calls;
mod restarting;
mod settling;
mod support;
mod topology;
