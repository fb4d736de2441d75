//! A mail in the format of RFC 5322.

use lettre::Message;
use lettre::message::{Mailbox, header};

use crate::domain::Mail;

/// The sender.
const FROM: &str = "LessMQ <welcome@lessmq.example>";

/// The mail with its headers. Its `Message-ID` is made of the mail's id, so that a mail that is sent twice is
/// recognised as one.
pub(super) fn letter(mail: &Mail) -> anyhow::Result<Message> {
    Ok(Message::builder()
        .from(FROM.parse::<Mailbox>()?)
        .to(Mailbox::new(Some(mail.name.clone()), mail.to.clone()))
        .subject(mail.subject.as_str())
        .message_id(Some(format!("<{}@lessmq.example>", mail.id)))
        .header(header::ContentType::TEXT_PLAIN)
        .body(mail.text.clone())?)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn text(name: &str) -> String {
        let mail = Mail::welcome(Uuid::nil(), "ada@example.com", name).expect("it is valid");
        String::from_utf8_lossy(&letter(&mail).expect("it can be written").formatted()).into_owned()
    }

    #[test]
    fn a_letter_has_its_headers() {
        let text = text("Ada");
        assert!(text.contains("To: Ada <ada@example.com>\r\n"), "{text}");
        assert!(text.contains("Subject: Welcome, Ada!\r\n"), "{text}");
        assert!(
            text.contains("Message-ID: <welcome-00000000-0000-0000-0000-000000000000@lessmq.example>\r\n")
        );
    }

    #[test]
    fn a_name_cannot_add_headers() {
        let text = text("Ada\r\nBcc: all@example.com");
        assert!(!text.contains("\r\nBcc:"), "{text:?}");
    }
}
