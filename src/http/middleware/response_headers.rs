//! What every answer carries.

use poem::Response;
use poem::http::{HeaderValue, header};

use super::RequestIdentity;
use super::identity::CORRELATION_HEADER;

/// Adds the correlation id and the headers that keep browsers and caches from guessing.
pub(super) fn add(response: &mut Response, identity: &RequestIdentity) {
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&identity.correlation_id.to_string()) {
        headers.insert(CORRELATION_HEADER, value);
    }
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    // An answer belongs to a tenant unless somebody said that it may be kept.
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    headers.remove(header::SERVER);
}
