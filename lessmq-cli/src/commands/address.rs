//! The address of the broker among the positional arguments. It may be left out, because it may be in the environment.

use crate::report::{Error, Result};

/// The variable with the broker's address.
const VARIABLE: &str = "LESSMQ_URL";

/// The address of a command whose only positional argument it is.
pub(super) fn only(word: Option<&String>) -> Result<String> {
    word.map_or_else(from_environment, |word| Ok(word.clone()))
}

/// The address, and the one other argument, which is `what`. `hint` says how to find a value for it.
pub(super) fn with_one<'a>(
    words: [&'a Option<String>; 2],
    what: &str,
    hint: &str,
) -> Result<(String, &'a str)> {
    let (url, words) = split(words.into_iter().flatten())?;
    match *words {
        [word] => Ok((url, word)),
        [] => Err(Error::new(format!("the {what} is missing")).hint(hint)),
        [_, unexpected, ..] => Err(Error::new(format!("unexpected argument `{unexpected}`"))
            .hint("with two arguments, the first one is the address of the broker")),
    }
}

/// Splits the positional arguments into the address, from the command line or the environment, and the others.
pub(super) fn split<'a>(words: impl IntoIterator<Item = &'a String>) -> Result<(String, Vec<&'a str>)> {
    let mut words: Vec<&str> = words.into_iter().map(String::as_str).collect();
    if words.first().is_some_and(|first| is_address(first)) {
        return Ok((words.remove(0).to_owned(), words));
    }
    Ok((from_environment()?, words))
}

fn from_environment() -> Result<String> {
    let url = std::env::var(VARIABLE).ok().filter(|url| !url.is_empty());
    url.ok_or_else(|| {
        Error::new("the broker's address is missing").hint(format!(
            "give it as the first argument, such as amqp://guest:guest@localhost, or set {VARIABLE}"
        ))
    })
}

/// Whether a word is an address, and not the name of a service.
fn is_address(word: &str) -> bool {
    word.contains("://") || word.starts_with("memory:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_may_be_an_address() {
        let words = ["amqp://host", "user.get", "{}"].map(str::to_owned);
        let (url, others) = split(&words).expect("the address is there");
        assert_eq!((url.as_str(), others.as_slice()), ("amqp://host", &["user.get", "{}"][..]));
    }

    #[test]
    fn one_word_follows_the_address() {
        let [url, word, more] = ["amqp://host", "user", "mailer"].map(|word| Some(word.to_owned()));
        let read = with_one([&url, &word], "service", "").expect("both are there");
        assert_eq!(read, ("amqp://host".to_owned(), "user"));
        let missing = with_one([&url, &None], "service", "").expect_err("the service is missing");
        assert_eq!(missing.message, "the service is missing");
        assert!(with_one([&word, &more], "service", "").is_err(), "the first one is no address");
    }
}
