//! `hostname` and `email`.

use std::net::{Ipv4Addr, Ipv6Addr};

/// A name of labels of letters, digits and hyphens ([RFC 1123, section 2.1](https://www.rfc-editor.org/rfc/rfc1123)).
/// Labels with an encoded international name (`xn--…`) are not decoded.
pub(super) fn is_hostname(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    let is_reserved = label.get(2..4) == Some("--") && !label.starts_with("xn");
    !label.is_empty()
        && label.len() <= 63
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
        && !is_reserved
}

/// A mailbox ([RFC 5321, section 4.1.2](https://www.rfc-editor.org/rfc/rfc5321)).
pub(super) fn is_email(text: &str) -> bool {
    text.rsplit_once('@').is_some_and(|(local, domain)| is_local_part(local) && is_domain(domain))
}

fn is_local_part(text: &str) -> bool {
    let quoted = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    text.len() <= 64 && quoted.map_or_else(|| text.split('.').all(is_atom), is_quoted)
}

fn is_atom(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_allowed)
}

fn is_quoted(text: &str) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let is_allowed = match byte {
            b'\\' => bytes.next().is_some_and(|next| next.is_ascii_graphic()),
            b'"' => false,
            _ => byte.is_ascii_graphic() || byte == b' ' || byte == b'\t',
        };
        if !is_allowed {
            return false;
        }
    }
    true
}

fn is_domain(text: &str) -> bool {
    match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        None => is_hostname(text),
        Some(literal) => match literal.split_at_checked(5) {
            Some((tag, address)) if tag.eq_ignore_ascii_case("IPv6:") => address.parse::<Ipv6Addr>().is_ok(),
            _ => literal.parse::<Ipv4Addr>().is_ok(),
        },
    }
}
