//! No lint finds anything in what is generated, whether the trait is used or not.

#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused,
    unused_qualifications,
    unused_results,
    single_use_lifetimes,
    elided_lifetimes_in_paths,
    trivial_casts,
    let_underscore_drop,
    refining_impl_trait
)]
#![forbid(unsafe_code)]

#[lessmq::interface(service = "unused")]
trait Unused {
    async fn get(&self, id: u64, note: Option<String>) -> Result<u64, String>;
    #[command]
    async fn put(&self, id: u64) -> lessmq::HandlerResult;
}

#[lessmq::interface(service = "unused", events)]
pub(crate) trait UnusedEvents {
    async fn put(&self, id: String) -> lessmq::HandlerResult;
}

/// On its way out.
#[deprecated(note = "use `Users`")]
#[lessmq::interface(service = "old")]
pub trait Old {
    /// One.
    #[deprecated]
    #[expect(clippy::too_many_arguments, reason = "so it is")]
    async fn get(&self, a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8) -> u64;
    /// Two.
    #[deprecated = "use nothing"]
    #[allow(deprecated, reason = "it is on its way out")]
    async fn put(&self, #[allow(unused_variables, reason = "as a user writes it")] id: OldId);
}

/// On its way out too.
#[lessmq::interface(service = "old", events)]
#[deprecated]
pub trait OldEvents {
    /// Three.
    #[allow(deprecated, reason = "it is on its way out")]
    async fn put(&self, ctx: &lessmq::Context, id: OldId) -> lessmq::HandlerResult;
}

mod inner {
    /// Its fake is not exported.
    #[lessmq::interface(service = "partly")]
    pub trait Exported {
        /// One.
        async fn get(&self, behaviour: u64) -> Result<u64, String>;
    }
}
pub use inner::{Exported, ExportedClient, ExportedServer};

/// Gone soon.
#[deprecated]
pub type OldId = u64;
