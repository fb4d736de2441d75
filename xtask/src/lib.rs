//! What the project's automation is made of, and the part of it that tests use.
//!
//! `cargo xtask` is the command; `cargo xtask help` lists what it can do. Tests that need a broker which they may
//! stop, start and kill take one of their own from [`rabbitmq::Node`].
//!
//! Everything is synchronous and stands on `std::process`; it knows nothing of the library that it builds and tests.

#![expect(clippy::print_stderr, reason = "a developer's command: stderr is talk")]

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
