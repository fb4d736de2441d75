//! The contract of the service `user`: what its consumers compile against.
//!
//! ```
//! # async fn example(bus: lessmq::Bus) -> Result<(), Box<dyn std::error::Error>> {
//! use user_contract::{Password, UsersClient};
//!
//! let users = UsersClient::new(&bus);
//! let account =
//!     users.sign_up("ada@example.com".into(), Password::new("analytical engine 1"), "Ada".into()).await?;
//! println!("{}", account.id);
//! # Ok(())
//! # }
//! ```

mod interfaces;
mod types;

pub use crate::interfaces::{
    UserEvents, UserEventsClient, UserEventsServer, Users, UsersClient, UsersServer,
};
pub use crate::types::{Account, GetError, Password, SignUpError, UserRegistered};

/// The contract as a document.
pub const CONTRACT: &str = include_str!("../contract.json");
