//! The service on the bus: its interfaces, and the server that implements them.

mod interface;
mod server;
mod types;

pub use self::interface::{UserEvents, UserEventsClient, UserEventsServer, Users, UsersClient, UsersServer};
pub(crate) use self::server::UsersOverMessages;
pub use self::types::{Account, GetError, Password, SignUpError, UserRegistered};
