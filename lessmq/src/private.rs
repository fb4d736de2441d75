//! Items that generated code uses. This is not a public interface: it may change at any time.

pub use inventory;
pub use schemars;
pub use serde;

pub use crate::client::InterfaceClient;
pub use crate::contract::{CallTypes, Codec, ContractBuilder, MethodMeta, codec};
pub use crate::fake::{BoxFuture, FakeMethod};
pub use crate::payload::Payload;
pub use crate::registry::RegisteredInterface;
pub use crate::runtime::run_main;
pub use crate::server::ServerBuilder;
