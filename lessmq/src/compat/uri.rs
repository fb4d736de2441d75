//! URIs and IRIs: their syntax ([RFC 3986](https://www.rfc-editor.org/rfc/rfc3986),
//! [RFC 3987](https://www.rfc-editor.org/rfc/rfc3987)), and references that are relative to a base.

use std::net::Ipv6Addr;

/// The parts of a URI reference, with nothing decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Parts<'t> {
    scheme: Option<&'t str>,
    authority: Option<&'t str>,
    path: &'t str,
    query: Option<&'t str>,
    fragment: Option<&'t str>,
}

/// Whether `text` is a URI: it has a scheme.
pub(super) fn is_uri(text: &str) -> bool {
    Parts::of(text).scheme.is_some() && is_uri_reference(text)
}

/// Whether `text` is a URI, or a reference that is relative to one.
pub(super) fn is_uri_reference(text: &str) -> bool {
    text.is_ascii() && is_iri_reference(text)
}

/// Whether `text` is an IRI: a URI in which letters need not be ASCII.
pub(super) fn is_iri(text: &str) -> bool {
    Parts::of(text).scheme.is_some() && is_iri_reference(text)
}

/// Whether `text` is an IRI, or a reference that is relative to one.
pub(super) fn is_iri_reference(text: &str) -> bool {
    let Parts { scheme, authority, path, query, fragment } = Parts::of(text);
    // Without a scheme, a colon in the first segment would end a scheme.
    let is_ambiguous = scheme.is_none()
        && authority.is_none()
        && path.split('/').next().is_some_and(|first| first.contains(':'));
    !is_ambiguous
        && authority.is_none_or(is_authority)
        && consists_of(path, ":@/")
        && query.is_none_or(|query| consists_of(&without_private(query), ":@/?"))
        && fragment.is_none_or(|fragment| consists_of(fragment, ":@/?"))
}

/// The absolute URI of `reference`, which is relative to `base` (RFC 3986, section 5.2). The scheme and the host are in
/// lower case. Invalid characters are left as they are.
pub(super) fn resolve(base: &str, reference: &str) -> String {
    let (base, to) = (Parts::of(base), Parts::of(reference));
    let joined;
    let target = if to.scheme.is_some() {
        to
    } else if to.authority.is_some() {
        Parts { scheme: base.scheme, ..to }
    } else if to.path.is_empty() {
        Parts { query: to.query.or(base.query), fragment: to.fragment, ..base }
    } else {
        joined = base.merge(to.path);
        Parts { path: &joined, query: to.query, fragment: to.fragment, ..base }
    };
    target.normal()
}

impl<'t> Parts<'t> {
    /// Splits `text` (RFC 3986, appendix B).
    fn of(text: &'t str) -> Self {
        let (text, fragment) = split_before(text, '#');
        let (text, query) = split_before(text, '?');
        let (scheme, text) = match text.split_once(':') {
            Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme), rest),
            _ => (None, text),
        };
        let (authority, path) = match text.strip_prefix("//") {
            Some(rest) => {
                let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                (Some(authority), path)
            }
            None => (None, text),
        };
        Self { scheme, authority, path, query, fragment }
    }

    /// The path of a reference that has only a path.
    fn merge(&self, path: &str) -> String {
        if path.starts_with('/') {
            return path.to_owned();
        }
        match self.path.rsplit_once('/') {
            Some((folder, _)) => format!("{folder}/{path}"),
            None if self.authority.is_some() => format!("/{path}"),
            None => path.to_owned(),
        }
    }

    fn normal(&self) -> String {
        let mut text = String::new();
        if let Some(scheme) = self.scheme {
            text.push_str(&scheme.to_ascii_lowercase());
            text.push(':');
        }
        if let Some(authority) = self.authority {
            text.push_str("//");
            let host = authority.rfind('@').map_or(0, |at| at + 1);
            text.push_str(&authority[..host]);
            text.push_str(&authority[host..].to_ascii_lowercase());
        }
        text.push_str(&without_dots(self.path));
        for (mark, part) in [('?', self.query), ('#', self.fragment)] {
            text.extend(part.is_some().then_some(mark));
            text.push_str(part.unwrap_or_default());
        }
        text
    }
}

/// The text before `mark`, and the text after it if there is one.
fn split_before(text: &str, mark: char) -> (&str, Option<&str>) {
    match text.split_once(mark) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn is_scheme(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(is_allowed)
}

/// `[user@]host[:port]`, where the host is a name, an IPv4 address, or an address in brackets.
fn is_authority(text: &str) -> bool {
    let (user, rest) = text.split_once('@').unwrap_or(("", text));
    let (host, port) = match rest.strip_prefix('[').and_then(|literal| literal.split_once(']')) {
        Some((address, "")) => return consists_of(user, ":") && is_address(address),
        Some((address, port)) => match port.strip_prefix(':') {
            Some(port) if is_address(address) => ("", port),
            _ => return false,
        },
        None => rest.split_once(':').unwrap_or((rest, "")),
    };
    consists_of(user, ":") && consists_of(host, "") && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// An IPv6 address, or one of a future version: `v1.address`.
fn is_address(text: &str) -> bool {
    let is_future = |rest: &str| {
        rest.split_once('.').is_some_and(|(version, address)| {
            let is_version = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_hexdigit());
            is_version
                && !address.is_empty()
                && address.is_ascii()
                && !address.contains('%')
                && consists_of(address, ":")
        })
    };
    text.parse::<Ipv6Addr>().is_ok() || text.strip_prefix(['v', 'V']).is_some_and(is_future)
}

/// Whether `text` has only characters that every part of a URI may have, encoded characters (`%41`), and those of
/// `more`.
fn consists_of(text: &str, more: &str) -> bool {
    let is_encoded =
        |rest: &str| rest.len() >= 2 && rest.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
    let is_allowed = |c: char| {
        c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=%".contains(c) || more.contains(c) || is_letter(c)
    };
    text.chars().all(is_allowed) && text.split('%').skip(1).all(is_encoded)
}

/// `ucschar` of RFC 3987.
fn is_letter(c: char) -> bool {
    let is_noncharacter = u32::from(c) & 0xfffe == 0xfffe;
    match c {
        '\u{a0}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{ffef}' => true,
        '\u{e0000}'..='\u{e0fff}' => false,
        '\u{10000}'..='\u{effff}' => !is_noncharacter,
        _ => false,
    }
}

/// A query without the private characters that it may have.
fn without_private(query: &str) -> String {
    let is_noncharacter = |c: char| u32::from(c) & 0xfffe == 0xfffe;
    let is_private = |c: char| matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..) && !is_noncharacter(c);
    query.chars().filter(|&c| !is_private(c)).collect()
}

/// The path without the segments `.` and `..` (RFC 3986, section 5.2.4).
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let rooted = path.starts_with('/');
    let segments: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
    for (index, &segment) in segments.iter().enumerate() {
        match segment {
            "." | ".." => {
                if segment == ".." {
                    kept.pop();
                }
                if index + 1 == segments.len() {
                    kept.push("");
                }
            }
            _ => kept.push(segment),
        }
    }
    format!("{}{}", if rooted { "/" } else { "" }, kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved_as_in_section_5_4_of_rfc_3986() {
        for (reference, expected) in [
            ("g:h", "g:h"),
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y#s", "http://a/b/c/g?y#s"),
            ("#s", "http://a/b/c/d;p?q#s"),
            (";x", "http://a/b/c/;x"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../../g", "http://a/g"),
            ("../../../g", "http://a/g"),
            ("g..", "http://a/b/c/g.."),
            ("g/./h/../i", "http://a/b/c/g/i"),
            ("HTTP://USER@G/X", "http://USER@g/X"),
        ] {
            assert_eq!(resolve("http://a/b/c/d;p?q", reference), expected, "{reference}");
        }
        assert_eq!(resolve("json-schema:///", "a/b"), "json-schema:///a/b");
        assert_eq!(resolve("urn:a:b", "#c"), "urn:a:b#c");
        assert_eq!(resolve("http://a", "b"), "http://a/b");
    }
}
