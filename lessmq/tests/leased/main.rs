//! `Leased` over a broker that fails as a script says, on a paused clock.
#![allow(clippy::unwrap_used, reason = "an error fails the test")]

mod calls;
mod connection;
mod handlers;
mod harness;
mod polling;
mod purging;
mod reply_queue;
mod sending;
mod settling;
mod temporary;
