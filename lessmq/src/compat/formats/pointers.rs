//! `json-pointer` and `relative-json-pointer`.

/// A pointer by [RFC 6901](https://www.rfc-editor.org/rfc/rfc6901).
pub(super) fn is_pointer(text: &str) -> bool {
    let is_escaped = |rest: &str| rest.starts_with(['0', '1']);
    (text.is_empty() || text.starts_with('/')) && text.split('~').skip(1).all(is_escaped)
}

/// A number of levels up, and then a pointer or `#`.
pub(super) fn is_relative_pointer(text: &str) -> bool {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (levels, rest) = text.split_at(end);
    let is_number = !levels.is_empty() && (levels == "0" || !levels.starts_with('0'));
    is_number && (rest == "#" || is_pointer(rest))
}
