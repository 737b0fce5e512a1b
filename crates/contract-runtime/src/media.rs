//! Media types: what a request carries and what its sender accepts (RFC 9110 §8.3, §12.5.1).

use poem::http::{HeaderMap, header};

use crate::{ContentForm, MediaType};

/// A media type without its parameters, in lower case.
fn essence(text: &str) -> String {
    let name = text.split(';').next().unwrap_or_default();
    name.trim().to_ascii_lowercase()
}

/// Whether a body of this media type is JSON (RFC 8259, RFC 6839 §3.1).
pub(crate) fn is_json(text: &str) -> bool {
    let name = essence(text);
    matches!(
        name.as_str(),
        "application/json" | "text/json" | "application/x-json"
    ) || name.ends_with("+json")
}

/// How exactly a declared media type, which may be a range, is that of a body; `None` where it is not.
fn closeness(declared: &str, sent: &str) -> Option<u8> {
    let declared = essence(declared);
    if declared == sent {
        return Some(3);
    }
    let (kind, subtype) = declared.split_once('/')?;
    let (sent_kind, sent_subtype) = sent.split_once('/')?;
    if kind == "*" && subtype == "*" {
        return Some(0);
    }
    if kind != sent_kind {
        return None;
    }
    match subtype.strip_prefix('*')? {
        "" => Some(1),
        suffix => sent_subtype.ends_with(suffix).then_some(2),
    }
}

/// The declared media type that is closest to the one of a response.
pub(crate) fn declared(sent: &str, declared: &'static [MediaType]) -> Option<&'static MediaType> {
    let sent = essence(sent);
    let fitting = declared
        .iter()
        .filter_map(|media_type| Some((closeness(media_type.name, &sent)?, media_type)));
    fitting
        .max_by_key(|(closeness, _)| *closeness)
        .map(|(_, media_type)| media_type)
}

/// Whether a media type is one of those that `declared` lists with commas between.
pub(crate) fn is_one_of(sent: &str, declared: &str) -> bool {
    let sent = essence(sent);
    declared.split(',').any(|one| closeness(one, &sent).is_some())
}

/// The place of the declared media type of a request's body, and what was sent. One with a content coding is none of them: this
/// service decodes none.
pub(crate) fn of_request(headers: &HeaderMap, declared: &'static [MediaType]) -> Option<(usize, String)> {
    if headers
        .get(header::CONTENT_ENCODING)
        .is_some_and(|coding| coding != "identity")
    {
        return None;
    }
    let text = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let sent = essence(text);
    let fits = |media_type: &MediaType| {
        let closeness = closeness(media_type.name, &sent)?;
        // What is declared as a range and has a schema that is more than bytes is JSON, and nothing else is.
        let is_read = media_type.form != ContentForm::Json || is_json(&sent);
        let is_text = media_type.form == ContentForm::Bytes || has_known_charset(text);
        (is_read && is_text).then_some(closeness)
    };
    let fitting = declared
        .iter()
        .enumerate()
        .filter_map(|(index, media_type)| Some((fits(media_type)?, index)));
    let (_, index) = fitting.max_by_key(|(closeness, index)| (*closeness, std::cmp::Reverse(*index)))?;
    Some((index, text.to_owned()))
}

fn has_known_charset(text: &str) -> bool {
    let mut parameters = text.split(';').skip(1);
    let charset = parameters.find_map(|parameter| {
        let (key, value) = parameter.split_once('=')?;
        key.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| value.trim().trim_matches('"').to_ascii_lowercase())
    });
    charset.is_none_or(|charset| charset == "utf-8" || charset == "us-ascii")
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

    /// Whether it has media types in common with `name`, which may be a range as well.
    fn matches(&self, name: &str) -> bool {
        let name = essence(name);
        let (kind, subtype) = name.split_once('/').unwrap_or((&name, ""));
        let meet = |one: &str, other: &str| one == "*" || other.starts_with('*') || one == other;
        meet(&self.kind, kind) && meet(&self.subtype, subtype)
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

    #[test]
    fn a_body_is_of_the_closest_declared_media_type() {
        const fn of(name: &'static str, form: ContentForm) -> MediaType {
            MediaType {
                name,
                form,
                ..MediaType::JSON
            }
        }
        static DECLARED: &[MediaType] = &[
            of("*/*", ContentForm::Bytes),
            of("text/*", ContentForm::Opaque),
            of("application/*+json", ContentForm::Json),
            of("application/json; charset=UTF-8", ContentForm::Json),
        ];
        let index = |content_type: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, content_type.parse().unwrap());
            of_request(&headers, DECLARED).map(|(index, _)| index)
        };
        assert_eq!(index("application/json"), Some(3));
        assert_eq!(index("Application/JSON; charset=\"utf-8\""), Some(3));
        assert_eq!(index("application/vnd.a+json"), Some(2));
        assert_eq!(index("text/csv"), Some(1));
        assert_eq!(index("image/png"), Some(0));
        assert_eq!(
            index("text/csv; charset=latin1"),
            Some(0),
            "bytes have no charset"
        );
    }

    #[test]
    fn a_range_with_a_schema_takes_json_alone() {
        static DECLARED: &[MediaType] = &[MediaType {
            name: "*/*",
            ..MediaType::JSON
        }];
        for (content_type, expected) in [("application/json", Some(0)), ("text/plain", None)] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, content_type.parse().unwrap());
            assert_eq!(of_request(&headers, DECLARED).map(|(index, _)| index), expected);
        }
    }
}
