//! The words of a type: all its identifiers, in their order.

use std::borrow::Cow;

use lessmq::contract::schema;

/// The parameters of `chrono::DateTime`.
const TIME_ZONES: [&str; 3] = ["FixedOffset", "Local", "Utc"];

/// The name of a type: the first of its words that is no module.
pub(crate) fn type_name(words: &[String]) -> Option<&String> {
    words.iter().find(|word| is_type(word))
}

/// Whether a word is the name of a type: the names of modules begin with a small letter.
fn is_type(word: &str) -> bool {
    word.starts_with(char::is_uppercase)
}

/// The types of the keys of all maps in a type.
pub(super) fn keys(words: &[String]) -> Vec<&[String]> {
    maps(words).map(|map| &words[map + 1..key_end(words, map)]).collect()
}

/// The places of the maps in a type.
fn maps(words: &[String]) -> impl Iterator<Item = usize> {
    words.iter().enumerate().filter(|(_, word)| word.ends_with("Map")).map(|(place, _)| place)
}

/// The place after the key of a map.
fn key_end(words: &[String], map: usize) -> usize {
    let end = |from: usize| words[from..].iter().position(|word| is_type(word)).map(|end| from + end + 1);
    let Some(key) = end(map + 1) else { return map + 1 };
    // A time zone is a parameter of the type before it.
    end(key).filter(|end| TIME_ZONES.contains(&words[end - 1].as_str())).unwrap_or(key)
}

/// The words of a type that follow the keys of the maps around a place.
pub(super) fn without_keys(words: &[String], maps_around: usize) -> &[String] {
    let map = maps_around.checked_sub(1).and_then(|index| maps(words).nth(index));
    map.map_or(words, |map| &words[key_end(words, map)..])
}

/// The number of maps that a place is in, within the type of its field.
pub(super) fn maps_around(pointer: &str) -> usize {
    let steps = steps(pointer);
    let field = steps.iter().rposition(|step| ["properties", "$defs"].contains(&step.as_str()));
    let within = field.map_or(&steps[..], |field| steps.get(field + 2..).unwrap_or_default());
    within.iter().filter(|step| *step == "additionalProperties").count()
}

/// The decoded steps of a pointer.
pub(super) fn steps(pointer: &str) -> Vec<String> {
    schema::steps(pointer).map(Cow::into_owned).collect()
}
