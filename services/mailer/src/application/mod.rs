//! The use cases, and the ports that they need.

mod send_welcome;

pub(crate) use self::send_welcome::{Postman, SendWelcome, SendWelcomeFailure};
