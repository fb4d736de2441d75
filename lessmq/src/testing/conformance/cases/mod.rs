//! The cases. `promises.rs` lists each of them with the promise that it checks.

pub(super) mod batches;
pub(super) mod calls;
pub(super) mod capabilities;
pub(super) mod commands;
pub(super) mod consumers;
pub(super) mod dead_letters;
pub(super) mod deadlines;
pub(super) mod envelopes;
pub(super) mod events;
pub(super) mod external;
pub(super) mod lifecycle;
pub(super) mod names;
pub(super) mod ordering;
pub(super) mod redrives;
pub(super) mod releases;
pub(super) mod removal;
pub(super) mod resources;
pub(super) mod restart;
pub(super) mod settlement;
pub(super) mod sizes;
pub(super) mod status;
pub(super) mod streams;
