//! The commands. Each takes its arguments as a struct and returns a report. None of them prints.

mod address;
pub(crate) mod check;
pub(crate) mod compat;
pub(crate) mod completions;
pub(crate) mod contract;
pub(crate) mod describe;
pub(crate) mod diff;
pub(crate) mod dlq;
pub(crate) mod docs;
pub(crate) mod explain;
pub(crate) mod generate;
pub(crate) mod init;
pub(crate) mod poke;
pub(crate) mod ps;
pub(crate) mod publish;
mod query;
mod selection;
