//! The library of `cargo xtask`, which tests use as well.
//!
//! `cargo xtask help` lists the commands. A test that stops, starts or kills a broker takes a private one from
//! [`rabbitmq::Node`].
//!
//! All code is synchronous and uses `std::process`. It does not know the library that it builds and tests.

#![expect(clippy::print_stderr, reason = "a command for developers: messages go to stderr")]

pub mod account;
pub mod folder;
pub mod guard;
pub mod imports;
pub mod ports;
pub mod probe;
pub mod process;
pub mod program;
pub mod rabbitmq;
pub mod registries;
pub mod services;
pub mod summary;
pub mod tools;
