//! What people want to be called.

/// A name of 1 to 64 characters that can be shown on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DisplayName(String);

/// Why a text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidDisplayName {
    #[error("the name is empty")]
    Empty,
    #[error("the name has more than 64 characters")]
    TooLong,
    #[error("the name has characters that cannot be shown")]
    NotShown,
}

impl DisplayName {
    const LONGEST: usize = 64;

    /// Reads a name; spaces around it do not count.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidDisplayName> {
        let name = text.trim();
        if name.is_empty() {
            return Err(InvalidDisplayName::Empty);
        }
        if name.chars().count() > Self::LONGEST {
            return Err(InvalidDisplayName::TooLong);
        }
        if name.chars().any(cannot_be_shown) {
            return Err(InvalidDisplayName::NotShown);
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

/// Control characters, line and paragraph separators, and what turns the direction of the text around it.
fn cannot_be_shown(c: char) -> bool {
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
    fn names_are_read() {
        check("Alice", Ok("Alice"));
        check("  Ада Лавлейс ", Ok("Ада Лавлейс"));
        check("👩‍🚀", Ok("👩‍🚀"));
        check(&"é".repeat(64), Ok(&"é".repeat(64)));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        check(" \t ", Err(InvalidDisplayName::Empty));
        check(&"é".repeat(65), Err(InvalidDisplayName::TooLong));
        check("Alice\r\nBcc: all@example.com", Err(InvalidDisplayName::NotShown));
        check("Al\0ice", Err(InvalidDisplayName::NotShown));
        check("\u{202e}ecilA", Err(InvalidDisplayName::NotShown));
    }
}
