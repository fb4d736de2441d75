//! The real binary, on small packages and on a real broker. Each test pins exit code, standard output and standard
//! error in `snapshots/`; `LESSMQ_BLESS=1` writes them anew.

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
