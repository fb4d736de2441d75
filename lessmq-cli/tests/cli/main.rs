//! The binary, on small packages and on a real broker. `snapshots/` pins exit codes, standard output and standard error;
//! `LESSMQ_BLESS=1` writes it again.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod baselines;
mod check;
mod compat;
mod completions;
mod contract;
mod diff;
mod docs;
mod documents;
mod edits;
mod explain;
mod formats;
mod generate;
mod init;
mod live;
mod publish;
mod settings;
mod support;
mod versions;
#[cfg(unix)]
mod workflow;
