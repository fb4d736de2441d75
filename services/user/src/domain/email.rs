//! Email addresses.

use email_address::Options;

/// An email address. Addresses that differ only in letter case are equal.
#[derive(Clone, Debug)]
pub(crate) struct EmailAddress(String);

/// Why a text is not a valid address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidEmail {
    #[error("the address is too long")]
    TooLong,
    #[error("the address is not of the form name@example.com")]
    Malformed,
}

impl EmailAddress {
    /// The longest address in SMTP (RFC 5321, 4.5.3.1.3, without the brackets), in bytes.
    const MAX_LENGTH: usize = 254;

    /// Parses an address. Leading and trailing spaces are removed.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidEmail> {
        let address = text.trim();
        if address.len() > Self::MAX_LENGTH {
            return Err(InvalidEmail::TooLong);
        }
        let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
        let parsed = email_address::EmailAddress::parse_with_options(address, options);
        // Quoted parts may contain almost any character, and no one has such an address.
        let unusual = |c: char| c == '"' || c.is_control() || c.is_whitespace();
        match parsed {
            Ok(parsed) if !address.contains(unusual) => Ok(Self(parsed.to_string())),
            _ => Err(InvalidEmail::Malformed),
        }
    }

    /// The address as it was given.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn into_string(self) -> String {
        self.0
    }

    /// Equal for equal addresses.
    pub(crate) fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl PartialEq for EmailAddress {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, InvalidEmail>) {
        let address = EmailAddress::parse(text);
        assert_eq!(address.as_ref().map(EmailAddress::as_str).map_err(Clone::clone), expected, "{text:?}");
    }

    #[test]
    fn valid_addresses_are_parsed() {
        check("alice@example.com", Ok("alice@example.com"));
        check(" Alice.B+lists@Mail.Example.COM\n", Ok("Alice.B+lists@Mail.Example.COM"));
        check("аня@пример.рф", Ok("аня@пример.рф"));
    }

    #[test]
    fn invalid_addresses_are_rejected() {
        for text in [
            "",
            "@",
            "alice",
            "alice@",
            "@example.com",
            "alice@localhost",
            "a b@example.com",
            "alice@example.com\r\nBcc: all@example.com",
            "al\0ice@example.com",
            "alice@@example.com",
            "\"alice smith\"@example.com",
            "Alice <alice@example.com>",
            "alice@[127.0.0.1]",
            "alice@example..com",
        ] {
            check(text, Err(InvalidEmail::Malformed));
        }
        check(&format!("{}@example.com", "a".repeat(300)), Err(InvalidEmail::TooLong));
    }

    #[test]
    fn letter_case_is_ignored() {
        let parse = |text| EmailAddress::parse(text).expect("it is valid");
        assert_eq!(parse("Alice@Example.com"), parse("alice@example.COM"));
        assert_ne!(parse("alice@example.com"), parse("alicia@example.com"));
    }
}
