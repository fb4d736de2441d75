//! Parts that drivers share.
//!
//! * [`Names`]: the broker's names of queues and topics.
//! * [`PendingReplies`]: callers that wait for their replies.
//! * [`Batcher`]: combines the items of many tasks into few requests.
//! * [`LeaseKeeper`]: leases of unsettled deliveries, extended in time.
//! * [`Backoff`]: growing, jittered delays between attempts.
//! * [`ConnectionMonitor`]: whether the broker is reachable.
//! * [`Marks`]: attempts and dead-letter reasons as text attributes.
//!
//! Each file depends on [`transport`](super), and not on other files in this folder.

mod backoff;
mod batch;
mod lease;
mod marks;
mod monitor;
mod names;
mod pending;
pub(crate) mod single_flight;

pub use self::backoff::{Backoff, Delays};
pub use self::batch::{BatchOptions, Batcher};
pub use self::lease::{LEASES_LOST, Lease, LeaseKeeper, LeaseState};
pub use self::marks::Marks;
pub use self::monitor::{CONNECTED, ConnectionMonitor};
pub use self::names::{NameStyle, Names};
pub use self::pending::{PendingReplies, PendingReply};
