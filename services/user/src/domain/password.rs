//! Passwords.

use std::fmt;

/// A password that is strong enough, in clear text. It is never printed.
#[derive(Clone)]
pub(crate) struct NewPassword(String);

/// The hash of a password in the PHC string format, with its algorithm and salt.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PasswordHash(pub(crate) String);

/// Why a password is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WeakPassword {
    #[error("the password has fewer than 8 characters")]
    Short,
    #[error("the password has more than 128 characters")]
    Long,
    #[error("the password needs a letter and a character that is not a letter")]
    Plain,
}

impl NewPassword {
    const MIN_LENGTH: usize = 8;
    const MAX_LENGTH: usize = 128;

    /// Checks a password. Spaces are characters as well.
    pub(crate) fn parse(text: &str) -> Result<Self, WeakPassword> {
        let length = text.chars().take(Self::MAX_LENGTH + 1).count();
        if length < Self::MIN_LENGTH {
            return Err(WeakPassword::Short);
        }
        if length > Self::MAX_LENGTH {
            return Err(WeakPassword::Long);
        }
        if text.chars().all(char::is_alphabetic) || !text.chars().any(char::is_alphabetic) {
            return Err(WeakPassword::Plain);
        }
        Ok(Self(text.to_owned()))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword(…)")
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<(), WeakPassword>) {
        assert_eq!(NewPassword::parse(text).map(drop), expected, "{text:?}");
    }

    #[test]
    fn weak_passwords_are_rejected() {
        check("SecureP@ss1!", Ok(()));
        check("correct horse battery", Ok(()));
        check("пароль-123", Ok(()));
        check("Short1!", Err(WeakPassword::Short));
        check("", Err(WeakPassword::Short));
        check("password", Err(WeakPassword::Plain));
        check("1234567890", Err(WeakPassword::Plain));
        check(&"a1".repeat(65), Err(WeakPassword::Long));
    }

    #[test]
    fn debug_does_not_print_passwords() {
        let password = NewPassword::parse("SecureP@ss1!").expect("it is strong enough");
        assert!(!format!("{password:?}").contains("Secure"));
        assert!(!format!("{:?}", PasswordHash("$argon2id$…".to_owned())).contains("argon2"));
    }
}
