//! Names that headers can have.

/// Whether a header can have this name, which must be a token (RFC 9110 §5.1, §5.6.2).
pub(crate) fn is_header_name(name: &str) -> bool {
    let is_of_token = |other: u8| other.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&other);
    !name.is_empty() && name.bytes().all(is_of_token)
}
