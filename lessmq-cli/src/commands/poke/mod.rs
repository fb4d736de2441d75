//! Calls, messages and events by hand: what people use to try out a live service.
//!
//! All of them go by a contract, which is that of the live service or a document (`access`), and find their method in it
//! (`method`). What is sent is checked first (`payload`).

mod access;
mod address;
pub(crate) mod call;
mod event;
pub(crate) mod listen;
mod message;
mod method;
pub(crate) mod methods;
mod payload;
pub(crate) mod send;
