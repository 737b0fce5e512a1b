//! JSON pointers.

/// RFC 6901 §3
pub(super) fn is_json_pointer(text: &str) -> bool {
    let escapes = || text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    text.is_empty() || (text.starts_with('/') && escapes())
}

/// How many levels up, and from there `#` or a JSON pointer.
pub(super) fn is_relative(text: &str) -> bool {
    let end = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    let (levels, rest) = text.split_at(end);
    let is_count = levels == "0" || (!levels.is_empty() && !levels.starts_with('0'));
    is_count && (rest == "#" || is_json_pointer(rest))
}
