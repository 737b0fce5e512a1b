//! The token out of the `Authorization` header (RFC 6750 §2.1).

use poem::http::HeaderMap;
use poem::http::header::AUTHORIZATION;

use super::AuthFailure;

/// The bearer token of `headers`. A token in the query or the body is never looked for: those end up in logs.
pub(super) fn token(headers: &HeaderMap) -> Result<&str, AuthFailure> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(AuthFailure::Missing)?;
    if values.next().is_some() {
        return Err(AuthFailure::Malformed);
    }
    let (scheme, token) = value
        .to_str()
        .map_err(|_| AuthFailure::Malformed)?
        .split_once(' ')
        .ok_or(AuthFailure::Malformed)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(AuthFailure::Missing);
    }
    let token = token.trim_matches(' ');
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    if token.is_empty() || !token.bytes().all(is_token) {
        return Err(AuthFailure::Malformed);
    }
    Ok(token)
}
