//! Mails.

use std::fmt;

use lettre::Address;
use uuid::Uuid;

/// The id of a mail. The same mail has the same id whenever it is created.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct MailId(String);

impl fmt::Display for MailId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A mail to one person.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mail {
    pub(crate) id: MailId,
    pub(crate) to: Address,
    pub(crate) name: String,
    pub(crate) subject: String,
    pub(crate) text: String,
}

/// An address that no mail can be sent to.
#[derive(Debug, thiserror::Error)]
#[error("the recipient's address is not valid")]
pub(crate) struct InvalidRecipient(#[from] lettre::address::AddressError);

impl Mail {
    /// The mail to the owner of a new account.
    pub(crate) fn welcome(account: Uuid, email: &str, name: &str) -> Result<Self, InvalidRecipient> {
        let name = one_line(name);
        Ok(Self {
            id: MailId(format!("welcome-{account}")),
            to: email.parse()?,
            subject: format!("Welcome, {name}!"),
            text: format!(
                "Hello {name},\n\nyour account has been created, and you can sign in with this address.\n"
            ),
            name,
        })
    }
}

/// Removes line breaks, which would start another header: names come from other services.
fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_welcome_contains_the_name() {
        let mail = Mail::welcome(Uuid::nil(), "ada@example.com", "Ada").expect("it is valid");
        assert_eq!(mail.id.to_string(), "welcome-00000000-0000-0000-0000-000000000000");
        assert_eq!(mail.subject, "Welcome, Ada!");
        assert!(mail.text.contains("Hello Ada"));
    }

    #[test]
    fn an_invalid_address_is_rejected() {
        let mail = Mail::welcome(Uuid::nil(), "ada@example.com\r\nBcc: all@example.com", "Ada");
        assert!(mail.is_err(), "{mail:?}");
    }
}
