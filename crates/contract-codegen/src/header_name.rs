//! Names that headers can have, and those of which parameters are not looked at.

/// What is said of a name that is no token.
pub(crate) const NO_HEADER_NAME: &str =
    "no header can have this name (RFC 9110 §5.1); it is shown, and nothing else";

/// What OpenAPI has other words for (3.0.3 §4.7.12.2.1).
const RULED: [&str; 3] = ["Accept", "Content-Type", "Authorization"];

/// Whether a header can have this name, which must be a token (RFC 9110 §5.1, §5.6.2).
pub(crate) fn is_header_name(name: &str) -> bool {
    let is_of_token = |other: u8| other.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&other);
    !name.is_empty() && name.bytes().all(is_of_token)
}

/// Why no header of this name is looked at as a parameter, if that is so.
pub(crate) fn why_ignored(name: &str) -> Option<&'static str> {
    if RULED.iter().any(|ruled| ruled.eq_ignore_ascii_case(name)) {
        return Some("OpenAPI ignores parameters of this name; it is shown, not enforced");
    }
    (!is_header_name(name)).then_some(NO_HEADER_NAME)
}
