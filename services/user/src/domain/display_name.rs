//! Display names.

/// A name of 1 to 64 characters that can be displayed on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DisplayName(String);

/// Why a text is not a valid name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidDisplayName {
    #[error("the name is empty")]
    Empty,
    #[error("the name has more than 64 characters")]
    TooLong,
    #[error("the name has characters that cannot be displayed")]
    Unprintable,
}

impl DisplayName {
    const MAX_LENGTH: usize = 64;

    /// Parses a name. Leading and trailing spaces are removed.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidDisplayName> {
        let name = text.trim();
        if name.is_empty() {
            return Err(InvalidDisplayName::Empty);
        }
        if name.chars().count() > Self::MAX_LENGTH {
            return Err(InvalidDisplayName::TooLong);
        }
        if name.chars().any(is_unprintable) {
            return Err(InvalidDisplayName::Unprintable);
        }
        Ok(Self(name.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

/// Control characters, line and paragraph separators, and characters that change the direction of text.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, InvalidDisplayName>) {
        let name = DisplayName::parse(text);
        assert_eq!(name.as_ref().map(DisplayName::as_str).map_err(|error| *error), expected, "{text:?}");
    }

    #[test]
    fn valid_names_are_parsed() {
        check("Alice", Ok("Alice"));
        check("  Ада Лавлейс ", Ok("Ада Лавлейс"));
        check("👩‍🚀", Ok("👩‍🚀"));
        check(&"é".repeat(64), Ok(&"é".repeat(64)));
    }

    #[test]
    fn invalid_names_are_rejected() {
        check(" \t ", Err(InvalidDisplayName::Empty));
        check(&"é".repeat(65), Err(InvalidDisplayName::TooLong));
        check("Alice\r\nBcc: all@example.com", Err(InvalidDisplayName::Unprintable));
        check("Al\0ice", Err(InvalidDisplayName::Unprintable));
        check("\u{202e}ecilA", Err(InvalidDisplayName::Unprintable));
    }
}
