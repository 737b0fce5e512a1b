//! Text that is served as it is, with its entity tag.

use std::fmt::Write as _;

use bytes::Bytes;
use poem::Response;
use poem::http::{HeaderMap, HeaderValue, StatusCode, header};
use sha2::{Digest as _, Sha256};

/// How long a copy may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caching {
    /// Ask each time; an entity tag makes that cheap.
    Revalidate,
    /// Forever: what is under this path never changes.
    Immutable,
}

/// A text and the headers that it is served with.
#[derive(Debug, Clone)]
pub(super) struct Asset {
    body: Bytes,
    etag: String,
    headers: HeaderMap,
}

impl Asset {
    pub(super) fn new(media_type: &'static str, body: String, caching: Caching) -> Self {
        let etag = format!("\"{}\"", hex(&Sha256::digest(&body)));
        let caching = match caching {
            Caching::Revalidate => "no-cache",
            Caching::Immutable => "public, max-age=31536000, immutable",
        };
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
        if let Ok(etag) = HeaderValue::from_str(&etag) {
            headers.insert(header::ETAG, etag);
        }
        Self {
            body: body.into(),
            etag,
            headers,
        }
    }

    /// An HTML page that may do only what `policy` says.
    pub(super) fn page(body: String, policy: &str) -> Self {
        let mut asset = Self::new("text/html; charset=utf-8", body, Caching::Revalidate);
        if let Ok(policy) = HeaderValue::from_str(policy) {
            asset.headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        asset
            .headers
            .insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        asset
    }

    /// The same, readable by scripts of any origin: it is public and says nothing about who asks.
    pub(super) fn shared(mut self) -> Self {
        self.headers
            .insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        self
    }

    /// The answer to a GET with `request` headers: 304 if the client has this very text (RFC 9110 §13.1.2).
    pub(super) fn answer(&self, request: &HeaderMap) -> Response {
        let is_known = request
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|tag| tag.trim() == "*" || tag.trim().trim_start_matches("W/") == self.etag);
        let mut response = if is_known {
            Response::builder().status(StatusCode::NOT_MODIFIED).finish()
        } else {
            Response::builder().body(self.body.clone())
        };
        *response.headers_mut() = self.headers.clone();
        if is_known {
            response.headers_mut().remove(header::CONTENT_TYPE);
        }
        response
    }
}

/// `response` with a word to caches that another client may get another one.
pub(super) fn varying_by_accept(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::VARY, HeaderValue::from_static("Accept"));
    response
}

/// Whether the client likes JSON better than HTML (RFC 9110 §12.5.1). One that likes anything is shown the page.
pub(super) fn prefers_json(request: &HeaderMap) -> bool {
    let accepted = request
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let accepted: Vec<&str> = accepted.flat_map(|value| value.split(',')).collect();
    quality(&accepted, "application/json") > quality(&accepted, "text/html")
}

/// How much `accepted` likes `media_type`: the most specific range decides.
fn quality(accepted: &[&str], media_type: &str) -> f32 {
    let kind = media_type.split('/').next().unwrap_or_default();
    accepted
        .iter()
        .filter_map(|range| {
            let mut parameters = range.split(';').map(str::trim);
            let range = parameters.next().unwrap_or_default().to_ascii_lowercase();
            let specific = match range.split_once('/')? {
                ("*", "*") => 0,
                (range_kind, "*") if range_kind == kind => 1,
                _ if range == media_type => 2,
                _ => return None,
            };
            let quality = parameters.find_map(|parameter| parameter.strip_prefix("q=")?.parse().ok());
            Some((specific, quality.unwrap_or(1.0)))
        })
        .max_by_key(|(specific, _)| *specific)
        .map_or(0.0, |(_, quality)| quality)
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_for_those_who_prefer_it() {
        let prefers = |accept: &'static str| {
            prefers_json(&HeaderMap::from_iter([(
                header::ACCEPT,
                HeaderValue::from_static(accept),
            )]))
        };
        assert!(prefers("application/json"));
        assert!(prefers("text/html;q=0.5, application/*"));
        assert!(prefers("text/html;q=0, */*"));
        assert!(!prefers("*/*"));
        assert!(!prefers(
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
        ));
        assert!(!prefers("application/json;q=0.5, text/html"));
        assert!(!prefers_json(&HeaderMap::new()));
    }
}
