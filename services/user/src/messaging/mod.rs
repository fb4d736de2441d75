//! The service on the bus: what it promises, and how that is kept.

mod interface;
mod server;
mod types;

pub use self::interface::{UserEvents, UserEventsClient, UserEventsServer, Users, UsersClient, UsersServer};
pub(crate) use self::server::UsersOverMessages;
pub use self::types::{Account, GetError, Password, SignUpError, UserRegistered};
