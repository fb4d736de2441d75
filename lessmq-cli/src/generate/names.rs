//! Converts names on the wire to names in code.

use std::collections::{BTreeSet, HashMap, HashSet};

/// The words of a name: `firstName`, `first_name`, `FIRST-NAME` and `FirstName` have the same two.
pub(crate) fn words(name: &str) -> Vec<String> {
    let characters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (index, &c) in characters.iter().enumerate() {
        if !c.is_alphanumeric() {
            words.push(String::new());
            continue;
        }
        let before = index.checked_sub(1).map(|before| characters[before]);
        let after = characters.get(index + 1);
        let follows_small = before.is_some_and(|before| before.is_lowercase() || before.is_numeric());
        let ends_capitals = before.is_some_and(char::is_uppercase) && after.is_some_and(|c| c.is_lowercase());
        if c.is_uppercase() && (follows_small || ends_capitals) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The name in Pascal case: `FirstName`.
pub(crate) fn pascal(name: &str) -> String {
    words(name).iter().map(|word| capitalised(word)).collect()
}

/// The name in snake case: `first_name`.
pub(crate) fn snake(name: &str) -> String {
    words(name).join("_")
}
/// The name in camel case: `firstName`.
pub(crate) fn camel(name: &str) -> String {
    let name = pascal(name);
    let mut characters = name.chars();
    characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}

pub(crate) fn capitalised(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// The first of `name`, `name2`, `name3`, … that is not in `taken`. Adds it to `taken`.
pub(crate) fn unique(name: &str, taken: &mut BTreeSet<String>) -> String {
    let numbered = (2..).map(|number| format!("{name}{number}"));
    let free = std::iter::once(name.to_owned()).chain(numbered).find(|name| !taken.contains(name));
    let free = free.unwrap_or_default();
    taken.insert(free.clone());
    free
}

/// A set of used names, which is fast if many differ only in their number.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    names: HashSet<String>,
    numbers: HashMap<String, Numbers>,
}

/// The used numbers of a name. 1 is the name without a number.
#[derive(Debug, Default)]
struct Numbers {
    /// The highest used number. All lower numbers are used too, except those in `free`.
    last: usize,
    /// Numbers that were used and then released.
    free: BTreeSet<usize>,
}

impl Taken {
    pub(crate) fn new(names: &BTreeSet<String>) -> Self {
        Self { names: names.iter().cloned().collect(), numbers: HashMap::new() }
    }

    /// A name that is not used yet, made from `name`; as [`unique`].
    pub(crate) fn unique(&mut self, name: &str) -> String {
        let numbers = self.numbers.entry(name.to_owned()).or_default();
        loop {
            let number = numbers.free.pop_first().unwrap_or_else(|| {
                numbers.last += 1;
                numbers.last
            });
            let numbered = if number == 1 { name.to_owned() } else { format!("{name}{number}") };
            if self.names.insert(numbered.clone()) {
                return numbered;
            }
        }
    }

    /// Releases a name, so that it can be used again.
    pub(crate) fn give_back(&mut self, name: &str) {
        self.names.remove(name);
        // A name may be several names with a number: `A12` is `A` with 12, `A1` with 2, and `A12` itself.
        let digits = name.len() - name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        for (stem, number) in (0..=digits).map(|digits| name.split_at(name.len() - digits)) {
            let number = if number.is_empty() { Some(1) } else { number.parse().ok() };
            let is_written_so = !name[stem.len()..].starts_with('0');
            if let (Some(numbers), Some(number), true) = (self.numbers.get_mut(stem), number, is_written_so)
                && number <= numbers.last
            {
                numbers.free.insert(number);
            }
        }
    }
}

/// Whether a text is an identifier in Rust. The parser alone would ignore spaces and comments around it, but a comment
/// in Rust may be code in other languages. It does not know the keywords since edition 2024.
pub(crate) fn is_identifier(text: &str) -> bool {
    text != "gen" && syn::parse_str::<syn::Ident>(text).is_ok_and(|ident| ident == text)
}

/// A name of ASCII letters, digits and underscores that begins with a letter; `otherwise` if no character remains.
pub(crate) fn ascii(name: &str, otherwise: &str) -> String {
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect::<String>();
    let name = name.trim_matches('_');
    match name.chars().next() {
        None => otherwise.to_owned(),
        Some(first) if first.is_ascii_digit() => format!("{otherwise}_{name}"),
        Some(_) => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_of_words_however_they_are_written() {
        for name in ["firstName", "first_name", "FIRST-NAME", "FirstName", "first name", "__first.name"] {
            assert_eq!(
                (pascal(name), snake(name)),
                ("FirstName".to_owned(), "first_name".to_owned()),
                "{name}"
            );
        }
        assert_eq!(pascal("HTTPServer2"), "HttpServer2");
        assert_eq!(camel("E-mail address"), "eMailAddress");
        assert_eq!(pascal("🦀"), "");
        assert_eq!(snake("größeÜber"), "größe_über");
    }

    #[test]
    fn texts_that_are_not_names_become_names() {
        assert_eq!(ascii("日本", "field"), "field");
        assert_eq!(ascii("2nd", "field"), "field_2nd");
        assert_eq!(ascii("größe", "field"), "gr__e");
    }

    #[test]
    fn spaces_and_comments_are_not_part_of_an_identifier() {
        assert!(is_identifier("Größe") && is_identifier("r#type") && is_identifier("r#gen"));
        for text in ["", "type", "gen", "A ", "\nA", "A/*\nevil()\n#*/", "A // b", "A b", "²"] {
            assert!(!is_identifier(text), "{text}");
        }
    }

    #[test]
    fn a_used_name_gets_a_number() {
        let mut taken = BTreeSet::new();
        assert_eq!(unique("a", &mut taken), "a");
        assert_eq!(unique("a", &mut taken), "a2");
        assert_eq!(unique("a", &mut taken), "a3");
    }

    #[test]
    fn the_fast_set_finds_the_same_names_as_the_simple_one() {
        // Names that are used (true) and released (false).
        let script = [
            ("a", true),
            ("a", true),
            ("a1", true),
            ("a", true),
            ("a1", true),
            ("a1", false),
            ("a1", true),
            ("a12", true),
            ("a", false),
            ("a2", false),
            ("a12", false),
            ("a", true),
            ("a", true),
            ("a", true),
            ("a1", true),
            ("a0", true),
            ("a", true),
            ("a02", true),
            ("a02", false),
            ("a0", true),
        ];
        let (mut few, mut many) = (BTreeSet::from(["a3".to_owned()]), Taken::default());
        many.names.insert("a3".to_owned());
        for (name, is_taken) in script {
            if is_taken {
                assert_eq!(many.unique(name), unique(name, &mut few), "{name}");
            } else {
                few.remove(name);
                many.give_back(name);
            }
        }
        assert_eq!(many.names, few.into_iter().collect());
    }
}
