//! The values of `format` that are enforced. A format that is not listed here is shown and not checked.

use std::str::FromStr as _;

use crate::decimal::Decimal;

/// A format that a text must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A UUID in its hyphenated form (RFC 9562 §4).
    Uuid,
    /// A date and time with offset (RFC 3339 §5.6).
    DateTime,
    /// A URI: it begins with its scheme (RFC 3986 §3).
    Uri,
    /// A URI or a relative reference (RFC 3986 §4.1).
    UriReference,
    /// A name of the IANA time zone database.
    IanaTimeZone,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
}

impl Format {
    /// The formats of texts.
    pub const OF_TEXT: [Self; 5] = [
        Self::Uuid,
        Self::DateTime,
        Self::Uri,
        Self::UriReference,
        Self::IanaTimeZone,
    ];

    /// What the contract calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::DateTime => "date-time",
            Self::Uri => "uri",
            Self::UriReference => "uri-reference",
            Self::IanaTimeZone => "iana-time-zone",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
        }
    }

    /// What a value that breaks the format should have been.
    #[must_use]
    pub fn expectation(self) -> &'static str {
        match self {
            Self::Uuid => "must be a UUID such as 018f4c2e-7d1a-7c3b-9f00-2b6f0a1c9d3e",
            Self::DateTime => "must be an RFC 3339 date and time such as 2026-01-31T08:30:00Z",
            Self::Uri => "must be an absolute URI",
            Self::UriReference => "must be a URI reference",
            Self::IanaTimeZone => "must be a name of the IANA time zone database such as Europe/Berlin",
            Self::Int32 => "must fit 32 bits",
            Self::Int64 => "must fit 64 bits",
        }
    }

    /// Whether `text` has this format; formats of numbers accept every text.
    #[must_use]
    pub fn accepts_text(self, text: &str) -> bool {
        match self {
            Self::Uuid => text.len() == 36 && uuid::Uuid::parse_str(text).is_ok(),
            Self::DateTime => is_date_time(text),
            Self::Uri => fluent_uri::Uri::parse(text).is_ok(),
            Self::UriReference => fluent_uri::UriRef::parse(text).is_ok(),
            Self::IanaTimeZone => chrono_tz::Tz::from_str(text).is_ok(),
            Self::Int32 | Self::Int64 => true,
        }
    }

    /// Whether `number` fits this format; formats of texts accept every number.
    #[must_use]
    pub fn accepts_number(self, number: &serde_json::Number) -> bool {
        let whole = || match number.as_i64() {
            Some(whole) => Some(whole),
            None => Decimal::of(number)?.to_integer()?.as_i64(),
        };
        match self {
            Self::Int32 => whole().is_some_and(|value| i32::try_from(value).is_ok()),
            Self::Int64 => whole().is_some(),
            _ => true,
        }
    }
}

/// chrono accepts a blank for the `T`, which RFC 3339 leaves to agreement; the contract does not agree to it.
fn is_date_time(text: &str) -> bool {
    text.as_bytes()
        .get(10)
        .is_some_and(|separator| matches!(separator, b'T' | b't'))
        && chrono::DateTime::parse_from_rfc3339(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::Format;

    /// RFC 3986 §1.1.2, and what it allows beside.
    const URIS: &[&str] = &[
        "ftp://ftp.is.co.za/rfc/rfc1808.txt",
        "http://www.ietf.org/rfc/rfc2396.txt",
        "ldap://[2001:db8::7]/c=GB?objectClass?one",
        "mailto:John.Doe@example.com",
        "news:comp.infosystems.www.servers.unix",
        "tel:+1-816-555-1212",
        "telnet://192.0.2.16:80/",
        "urn:oasis:names:specification:docbook:dtd:xml:4.1.2",
        "urn:uuid:018f4c2e-7d1a-7c3b-9f00-2b6f0a1c9d3e",
        "about:blank",
        "a:",
        "file:///etc/hosts",
        "https://user:secret@example.com:8443/a%20b;c=1/?q=%C3%A4&r=/?#part/?",
    ];

    /// References without a scheme, most of them of RFC 3986 §5.4.
    const RELATIVE: &[&str] = &[
        "",
        "g",
        "./g",
        "g/",
        "/g",
        "//g",
        "?y",
        "g?y",
        "#s",
        "g#s",
        ";x",
        "g;x=1/../y",
        "..",
        "../../g",
        "./a:b",
        "relative",
    ];

    /// Neither.
    const BROKEN: &[&str] = &[
        "a b\\c",
        "http://example.com/a b",
        "http://example.com/\u{e4}",
        "http://example.com/%zz",
        "http://example.com/%4",
        "http://example.com/<a>",
        "http://example.com/a#b#c",
        "http://example.com:port/",
        "http://[2001:db8::7/",
        "http://[2001:db8::zz]/",
        "1a:b",
        ":no-scheme",
        "{a}",
        "a|b",
        "a^b",
        "\"a\"",
        "line\nbreak",
    ];

    fn assert_accepts(format: Format, texts: &[&str], expected: bool) {
        for text in texts {
            assert_eq!(format.accepts_text(text), expected, "{} {text:?}", format.name());
        }
    }

    #[test]
    fn a_uri_is_one_of_rfc_3986() {
        assert_accepts(Format::Uri, URIS, true);
        assert_accepts(Format::Uri, RELATIVE, false);
        assert_accepts(Format::Uri, BROKEN, false);
    }

    #[test]
    fn a_uri_reference_is_a_uri_or_relative() {
        assert_accepts(Format::UriReference, URIS, true);
        assert_accepts(Format::UriReference, RELATIVE, true);
        assert_accepts(Format::UriReference, BROKEN, false);
    }
}
