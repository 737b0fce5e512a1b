//! Media types: what a request carries and what its sender accepts (RFC 9110 §8.3, §12.5.1).

mod accept;
mod name;

use std::cmp::Reverse;

use poem::http::{HeaderMap, header};

pub(crate) use self::accept::negotiate;
use self::name::{Name, essence, parameters, parts};
use crate::{ContentForm, MediaType};

/// Whether a body of this media type is JSON (RFC 8259, RFC 6839 §3.1).
pub(crate) fn is_json(text: &str) -> bool {
    let name = essence(text);
    matches!(
        name.as_str(),
        "application/json" | "text/json" | "application/x-json"
    ) || name.ends_with("+json")
}

/// How exactly a declared media type, which may be a range, is that of a body, by its name and by the number of its parameters; `None`
/// where it is not.
fn closeness(declared: &str, sent: &Name) -> Option<(u8, usize)> {
    let declared = Name::of(declared);
    let by_name = closeness_of_names(&declared.essence, &sent.essence)?;
    sent.has_all_of(&declared)
        .then_some((by_name, declared.parameters.len()))
}

fn closeness_of_names(declared: &str, sent: &str) -> Option<u8> {
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

/// The declared media type that is closest to the one of a response; of several that are as close, the one that is written like it, and
/// then the first.
pub(crate) fn declared(text: &str, declared: &'static [MediaType]) -> Option<&'static MediaType> {
    let sent = Name::of(text);
    let all_of = |text: &str| parameters(text).collect::<Vec<_>>();
    let closeness = |media_type: &'static MediaType| {
        let closeness = closeness(media_type.name, &sent)?;
        is_read(media_type, &sent).then(|| (closeness, all_of(media_type.name) == all_of(text)))
    };
    let fitting = declared
        .iter()
        .enumerate()
        .filter_map(|(index, media_type)| Some((closeness(media_type)?, Reverse(index), media_type)));
    fitting
        .max_by_key(|(closeness, index, _)| (*closeness, *index))
        .map(|(_, _, media_type)| media_type)
}

/// What is declared as a range and has a schema that is more than bytes is JSON, and nothing else is.
fn is_read(media_type: &MediaType, sent: &Name) -> bool {
    media_type.form != ContentForm::Json || is_json(&sent.essence)
}

/// Whether a media type is one of those that `declared` lists with commas between.
pub(crate) fn is_one_of(sent: &str, declared: &str) -> bool {
    let sent = Name::of(sent);
    let mut declared = parts(declared, ',').into_iter();
    declared.any(|one| closeness(one, &sent).is_some())
}

/// Whether the body of a request has a content coding; this service decodes none.
pub(crate) fn is_coded(headers: &HeaderMap) -> bool {
    let codings = headers.get_all(header::CONTENT_ENCODING).iter();
    let mut codings = codings.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    codings.any(|coding| {
        let coding = coding.trim_ascii();
        !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity")
    })
}

/// The place of the declared media type of a request's body, and what was sent. One with a content coding is none of them.
pub(crate) fn of_request(headers: &HeaderMap, declared: &'static [MediaType]) -> Option<(usize, String)> {
    if is_coded(headers) {
        return None;
    }
    let text = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let sent = Name::of(text);
    let fits = |media_type: &MediaType| {
        let closeness = closeness(media_type.name, &sent)?;
        let is_text = media_type.form == ContentForm::Bytes || has_known_charset(text);
        (is_read(media_type, &sent) && is_text).then_some(closeness)
    };
    let fitting = declared
        .iter()
        .enumerate()
        .filter_map(|(index, media_type)| Some((fits(media_type)?, index)));
    let (_, index) = fitting.max_by_key(|(closeness, index)| (*closeness, Reverse(*index)))?;
    Some((index, text.to_owned()))
}

fn has_known_charset(text: &str) -> bool {
    let charset = parameters(text).find(|(key, _)| key == "charset");
    charset.is_none_or(|(_, charset)| charset == "utf-8" || charset == "us-ascii")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_has_the_parameters_of_its_declared_media_type() {
        const fn of(name: &'static str) -> MediaType {
            MediaType {
                name,
                ..MediaType::JSON
            }
        }
        static DECLARED: &[MediaType] = &[
            of("application/*"),
            of("application/json; v=1"),
            of("application/json; v=2"),
            of("application/json; v=2; draft=\"a;b\""),
        ];
        let index = |content_type: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, content_type.parse().unwrap());
            of_request(&headers, DECLARED).map(|(index, _)| index)
        };
        assert_eq!(index("application/json;v=1"), Some(1));
        assert_eq!(index("application/json; charset=utf-8; V=\"2\""), Some(2));
        assert_eq!(index("application/json;draft=\"a;b\";v=2"), Some(3));
        assert_eq!(index("application/json;v=2;draft=a"), Some(2));
        assert_eq!(index("application/json;v=3"), Some(0));
        assert_eq!(index("application/json;note=\"a;v=1;b\""), Some(0));
        assert_eq!(index("application/json"), Some(0));
        let found = declared("application/json; v=2", DECLARED).map(|media_type| media_type.name);
        assert_eq!(found, Some("application/json; v=2"));
        let found = declared("application/json; v=3", DECLARED.get(1..).unwrap());
        assert!(found.is_none());
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
