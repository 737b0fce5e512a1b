//! The values of `format` that are enforced. A format that is not listed here is shown and not checked.

mod clock;
mod network;
mod pointer;
mod template;

use std::str::FromStr as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Number;

use crate::Decimal;

/// A format that a text or a number must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A UUID in its hyphenated form (RFC 9562 §4).
    Uuid,
    /// A date (RFC 3339 §5.6).
    Date,
    /// A time with offset (RFC 3339 §5.6).
    Time,
    /// A date and time with offset (RFC 3339 §5.6).
    DateTime,
    /// A duration (RFC 3339 appendix A).
    Duration,
    /// A name of the IANA time zone database.
    IanaTimeZone,
    /// Bytes in base64 (RFC 4648 §4).
    Byte,
    /// A mail address (RFC 5321 §4.1.2).
    Email,
    /// A mail address of any script (RFC 6531).
    IdnEmail,
    /// A host name (RFC 1123 §2.1).
    Hostname,
    /// A host name of any script (RFC 5890 §2.3.2.3).
    IdnHostname,
    /// An address in dotted decimals (RFC 2673 §3.2).
    Ipv4,
    /// An address (RFC 4291 §2.2).
    Ipv6,
    /// A URI: it begins with its scheme (RFC 3986 §3).
    Uri,
    /// A URI or a relative reference (RFC 3986 §4.1).
    UriReference,
    /// An IRI: it begins with its scheme (RFC 3987).
    Iri,
    /// An IRI or a relative reference (RFC 3987).
    IriReference,
    /// A URI template (RFC 6570 §2).
    UriTemplate,
    /// A JSON pointer (RFC 6901 §5).
    JsonPointer,
    /// A relative JSON pointer.
    RelativeJsonPointer,
    /// A regular expression of ECMA 262.
    Regex,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// A number in the range of 32-bit floats.
    Float,
    /// A number in the range of 64-bit floats.
    Double,
}

/// Each format, what contracts call it, and what a value that breaks it should have been.
const FORMATS: &[(Format, &str, &str)] = &[
    (
        Format::Uuid,
        "uuid",
        "must be a UUID such as 018f4c2e-7d1a-7c3b-9f00-2b6f0a1c9d3e",
    ),
    (
        Format::Date,
        "date",
        "must be an RFC 3339 date such as 2026-01-31",
    ),
    (Format::Time, "time", "must be an RFC 3339 time such as 08:30:00Z"),
    (
        Format::DateTime,
        "date-time",
        "must be an RFC 3339 date and time such as 2026-01-31T08:30:00Z",
    ),
    (Format::Duration, "duration", "must be a duration such as P3DT12H"),
    (
        Format::IanaTimeZone,
        "iana-time-zone",
        "must be a name of the IANA time zone database such as Europe/Berlin",
    ),
    (Format::Byte, "byte", "must be base64 with its padding"),
    (Format::Email, "email", "must be a mail address"),
    (Format::IdnEmail, "idn-email", "must be a mail address"),
    (Format::Hostname, "hostname", "must be a host name"),
    (Format::IdnHostname, "idn-hostname", "must be a host name"),
    (Format::Ipv4, "ipv4", "must be an IPv4 address"),
    (Format::Ipv6, "ipv6", "must be an IPv6 address"),
    (Format::Uri, "uri", "must be an absolute URI"),
    (Format::UriReference, "uri-reference", "must be a URI reference"),
    (Format::Iri, "iri", "must be an absolute IRI"),
    (Format::IriReference, "iri-reference", "must be an IRI reference"),
    (Format::UriTemplate, "uri-template", "must be a URI template"),
    (Format::JsonPointer, "json-pointer", "must be a JSON pointer"),
    (
        Format::RelativeJsonPointer,
        "relative-json-pointer",
        "must be a relative JSON pointer",
    ),
    (Format::Regex, "regex", "must be a regular expression of ECMA 262"),
    (Format::Int32, "int32", "must fit 32 bits"),
    (Format::Int64, "int64", "must fit 64 bits"),
    (Format::Float, "float", "must be in the range of a 32-bit float"),
    (Format::Double, "double", "must be in the range of a 64-bit float"),
];

impl Format {
    /// The format of a name, where it is checked.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        FORMATS
            .iter()
            .find(|(_, known, _)| *known == name)
            .map(|(format, _, _)| *format)
    }

    /// All formats.
    pub fn all() -> impl Iterator<Item = Self> {
        FORMATS.iter().map(|(format, _, _)| *format)
    }

    fn row(self) -> (&'static str, &'static str) {
        let row = FORMATS.iter().find(|(format, _, _)| *format == self);
        row.map_or(("", ""), |(_, name, expectation)| (name, expectation))
    }

    /// What the contract calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// What a value that breaks the format should have been.
    #[must_use]
    pub fn expectation(self) -> &'static str {
        self.row().1
    }

    /// Whether it says something of numbers, and nothing of texts.
    #[must_use]
    pub fn is_of_numbers(self) -> bool {
        matches!(self, Self::Int32 | Self::Int64 | Self::Float | Self::Double)
    }

    /// Whether `text` has this format; formats of numbers accept every text.
    #[must_use]
    pub fn accepts_text(self, text: &str) -> bool {
        match self {
            Self::Uuid => text.len() == 36 && uuid::Uuid::parse_str(text).is_ok(),
            Self::Date => clock::is_date(text),
            Self::Time => clock::is_time(text),
            Self::DateTime => clock::is_date_time(text),
            Self::Duration => clock::is_duration(text),
            Self::IanaTimeZone => chrono_tz::Tz::from_str(text).is_ok(),
            Self::Byte => STANDARD.decode(text).is_ok(),
            Self::Email => network::is_email(text),
            Self::IdnEmail => network::is_idn_email(text),
            Self::Hostname => network::is_hostname(text),
            Self::IdnHostname => network::is_idn_hostname(text),
            Self::Ipv4 => std::net::Ipv4Addr::from_str(text).is_ok(),
            Self::Ipv6 => std::net::Ipv6Addr::from_str(text).is_ok(),
            Self::Uri => fluent_uri::Uri::parse(text).is_ok(),
            Self::UriReference => fluent_uri::UriRef::parse(text).is_ok(),
            Self::Iri => fluent_uri::Iri::parse(text).is_ok(),
            Self::IriReference => fluent_uri::IriRef::parse(text).is_ok(),
            Self::UriTemplate => template::is_uri_template(text),
            Self::JsonPointer => pointer::is_json_pointer(text),
            Self::RelativeJsonPointer => pointer::is_relative(text),
            Self::Regex => crate::is_regex(text),
            Self::Int32 | Self::Int64 | Self::Float | Self::Double => true,
        }
    }

    /// Whether `number` fits this format; formats of texts accept every number.
    #[must_use]
    pub fn accepts_number(self, number: &Number) -> bool {
        match self {
            Self::Int32 => whole(number).is_some_and(|value| i32::try_from(value).is_ok()),
            Self::Int64 => whole(number).is_some(),
            Self::Float => float(number).is_some_and(|value| value.abs() <= f64::from(f32::MAX)),
            Self::Double => float(number).is_some_and(f64::is_finite),
            _ => true,
        }
    }
}

fn whole(number: &Number) -> Option<i64> {
    match number.as_i64() {
        Some(whole) => Some(whole),
        None => Decimal::of(number)?.to_integer()?.as_i64(),
    }
}

fn float(number: &Number) -> Option<f64> {
    number.to_string().parse().ok()
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
