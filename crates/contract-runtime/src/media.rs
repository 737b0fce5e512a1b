//! Media types: what a request carries and what its sender accepts (RFC 9110 §8.3, §12.5.1).

use poem::http::{HeaderMap, header};

use crate::MediaType;

/// The declared media type of a request's body. One with a content coding is none of them: this service decodes none.
pub(crate) fn of_request(headers: &HeaderMap, declared: &'static [MediaType]) -> Option<&'static MediaType> {
    if headers
        .get(header::CONTENT_ENCODING)
        .is_some_and(|coding| coding != "identity")
    {
        return None;
    }
    let text = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let (name, parameters) = text.split_once(';').unwrap_or((text, ""));
    let charset = parameters.split(';').find_map(|parameter| {
        let (key, value) = parameter.split_once('=')?;
        key.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| value.trim().trim_matches('"').to_ascii_lowercase())
    });
    if charset.is_some_and(|charset| charset != "utf-8" && charset != "us-ascii") {
        return None;
    }
    declared
        .iter()
        .find(|media_type| media_type.name.eq_ignore_ascii_case(name.trim()))
}

/// The offered media type that the client wants most; the first offered where it has no preference, or where nothing is
/// offered at all (`""`).
pub(crate) fn negotiate(headers: &HeaderMap, offered: &[&'static str]) -> Option<&'static str> {
    let ranges: Vec<Range> = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(Range::parse)
        .collect();
    if ranges.is_empty() || offered.is_empty() {
        return Some(offered.first().copied().unwrap_or_default());
    }
    let mut best: Option<(&'static str, f32)> = None;
    for name in offered {
        let quality = quality(&ranges, name);
        if quality > 0.0 && best.is_none_or(|(_, most)| quality > most) {
            best = Some((name, quality));
        }
    }
    best.map(|(name, _)| name)
}

/// The quality that the most specific matching range gives.
fn quality(ranges: &[Range], name: &str) -> f32 {
    let matching = ranges.iter().filter(|range| range.matches(name));
    matching
        .max_by_key(|range| range.specificity())
        .map_or(0.0, |range| range.quality)
}

struct Range {
    kind: String,
    subtype: String,
    quality: f32,
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';');
        let (kind, subtype) = parts.next()?.trim().split_once('/')?;
        let quality = parts.find_map(|parameter| {
            let (key, value) = parameter.split_once('=')?;
            key.trim()
                .eq_ignore_ascii_case("q")
                .then(|| value.trim().parse().unwrap_or(1.0))
        });
        Some(Self {
            kind: kind.trim().to_ascii_lowercase(),
            subtype: subtype.trim().to_ascii_lowercase(),
            quality: quality.unwrap_or(1.0),
        })
    }

    fn matches(&self, name: &str) -> bool {
        let (kind, subtype) = name.split_once('/').unwrap_or((name, ""));
        (self.kind == "*" || self.kind == kind) && (self.subtype == "*" || self.subtype == subtype)
    }

    fn specificity(&self) -> u8 {
        u8::from(self.kind != "*") + u8::from(self.subtype != "*")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(accept: &str, expected: Option<&str>) {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().unwrap());
        assert_eq!(
            negotiate(&headers, &["application/json", "text/event-stream"]),
            expected,
            "{accept}"
        );
    }

    #[test]
    fn the_most_specific_range_decides() {
        check("*/*", Some("application/json"));
        check("text/*", Some("text/event-stream"));
        check("text/event-stream, */*;q=0.1", Some("text/event-stream"));
        check("application/json;q=0, */*", Some("text/event-stream"));
        check(
            "application/*;q=0.5, text/event-stream;q=0.4",
            Some("application/json"),
        );
        check("application/xml", None);
    }
}
