//! The use cases and their ports.

mod send_welcome;

pub(crate) use self::send_welcome::{Postman, SendWelcome, SendWelcomeFailure};
