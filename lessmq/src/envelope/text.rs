//! Short texts of messages.

use std::borrow::Borrow;
use std::collections::BTreeSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

/// A short text that many messages share, such as a service or a method. Clones are cheap.
#[derive(Clone)]
pub struct Text(Form);

#[derive(Clone)]
enum Form {
    Interned(&'static str),
    Shared(Arc<str>),
}

/// The texts that were interned, at most [`MAX_INTERNED`].
static INTERNED: Mutex<Interned> = Mutex::new(Interned(BTreeSet::new()));

/// How many texts are interned. A program has fewer names, but it may choose the name of a bus at run time.
const MAX_INTERNED: usize = 10_000;

struct Interned(BTreeSet<&'static str>);

impl Interned {
    fn intern(&mut self, text: &str) -> Text {
        if let Some(known) = self.0.get(text) {
            return Text(Form::Interned(known));
        }
        if self.0.len() == MAX_INTERNED {
            return text.into();
        }
        let text: &'static str = text.to_owned().leak();
        self.0.insert(text);
        Text(Form::Interned(text))
    }
}

impl Text {
    /// A text that is stored once, for the life of the program. Its clones share no counter, which tasks on several
    /// threads would otherwise write to with each message. For the names in the program's own interfaces. A text from a
    /// message must not be interned, because it would never be freed.
    pub(crate) fn interned(text: &str) -> Self {
        INTERNED.lock().unwrap_or_else(PoisonError::into_inner).intern(text)
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.0 {
            Form::Interned(text) => text,
            Form::Shared(text) => text,
        }
    }
}

impl Default for Text {
    fn default() -> Self {
        Self(Form::Interned(""))
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        if text.is_empty() { Self::default() } else { Self(Form::Shared(text.into())) }
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(Form::Shared(text.into()))
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(&**self, &**other) || **self == **other
    }
}

impl Eq for Text {}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn an_interned_text_is_stored_once() {
        let (first, second) = (Text::interned("user.get"), Text::interned(&["user", "get"].join(".")));
        assert!(std::ptr::eq(&*first, &*second));
    }

    #[test]
    fn the_number_of_interned_texts_is_limited() {
        let mut interned = Interned(BTreeSet::new());
        for number in 0..=MAX_INTERNED {
            let text = number.to_string();
            assert_eq!(*interned.intern(&text), *text);
        }
        assert_eq!(interned.0.len(), MAX_INTERNED);
    }

    #[test]
    fn texts_are_compared_by_content() {
        let texts = [Text::interned("user.get"), "user.get".into(), "user.get".to_owned().into()];
        assert!(texts.iter().all(|text| *text == texts[0]));
        assert_eq!(HashSet::from(texts.clone()).len(), 1);
        assert_ne!(texts[0], "user.set".into());
    }
}
