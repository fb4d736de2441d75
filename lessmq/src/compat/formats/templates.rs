//! `uri-template` ([RFC 6570](https://www.rfc-editor.org/rfc/rfc6570)).

pub(super) fn is_template(text: &str) -> bool {
    let mut parts = text.split('{');
    let literal = parts.next().unwrap_or_default();
    is_literal(literal)
        && parts.all(|part| {
            part.split_once('}').is_some_and(|(inside, literal)| is_expression(inside) && is_literal(literal))
        })
}

fn is_literal(text: &str) -> bool {
    let is_allowed = |c: char| !c.is_ascii_control() && !" \"<>\\^`|}".contains(c);
    text.chars().all(is_allowed) && are_encoded(text)
}

fn is_expression(text: &str) -> bool {
    let operators = ['+', '#', '.', '/', ';', '?', '&', '=', ',', '!', '@', '|'];
    text.strip_prefix(operators).unwrap_or(text).split(',').all(is_variable)
}

/// A name, and then a length or `*`.
fn is_variable(text: &str) -> bool {
    let name = match text.split_once(':') {
        Some((name, length)) if is_length(length) => name,
        Some(_) => return false,
        None => text.strip_suffix('*').unwrap_or(text),
    };
    name.split('.').all(is_name)
}

/// A number from 1 to 9999.
fn is_length(text: &str) -> bool {
    (1..=4).contains(&text.len()) && !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_name(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'%';
    !text.is_empty() && text.bytes().all(is_allowed) && are_encoded(text)
}

/// Whether every `%` begins an encoded character.
fn are_encoded(text: &str) -> bool {
    let is_code = |rest: &str| rest.len() >= 2 && rest.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
    text.split('%').skip(1).all(is_code)
}
