//! The values of `format` that are enforced. A format that is not listed here is shown and not checked.

use std::str::FromStr as _;

/// A format that a text must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A UUID in its hyphenated form (RFC 9562 §4).
    Uuid,
    /// A date and time with offset (RFC 3339 §5.6).
    DateTime,
    /// An absolute URI (RFC 3986).
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
            Self::Uri => poem::http::Uri::from_str(text).is_ok_and(|uri| uri.scheme().is_some()),
            Self::UriReference => {
                text.is_ascii() && !text.contains([' ', '<', '>', '"', '\\', '^', '`', '{', '|', '}'])
            }
            Self::IanaTimeZone => chrono_tz::Tz::from_str(text).is_ok(),
            Self::Int32 | Self::Int64 => true,
        }
    }

    /// Whether `number` fits this format; formats of texts accept every number.
    #[must_use]
    pub fn accepts_integer(self, number: &serde_json::Number) -> bool {
        match self {
            Self::Int32 => number.as_i64().is_some_and(|value| i32::try_from(value).is_ok()),
            Self::Int64 => number.as_i64().is_some(),
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
