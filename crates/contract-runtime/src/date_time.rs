//! Points in time as they were written.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use chrono::{FixedOffset, SecondsFormat, TimeZone, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time, in JSON an RFC 3339 text. It keeps the text that it was read from: which offset was chosen and how many digits
/// a second has may mean something to whoever wrote it. Two are equal that are the same instant.
#[derive(Debug, Clone)]
pub struct DateTime {
    instant: chrono::DateTime<FixedOffset>,
    text: Box<str>,
}

/// A text that is no date and time of RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoDateTime;

impl fmt::Display for NoDateTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("is no date and time of RFC 3339")
    }
}

impl std::error::Error for NoDateTime {}

impl DateTime {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The instant, with the offset that was written.
    #[must_use]
    pub fn instant(&self) -> chrono::DateTime<FixedOffset> {
        self.instant
    }

    /// The instant in UTC.
    #[must_use]
    pub fn to_utc(&self) -> chrono::DateTime<Utc> {
        self.instant.to_utc()
    }
}

impl FromStr for DateTime {
    type Err = NoDateTime;

    fn from_str(text: &str) -> Result<Self, NoDateTime> {
        let instant = chrono::DateTime::parse_from_rfc3339(text).map_err(|_| NoDateTime)?;
        Ok(Self {
            instant,
            text: text.into(),
        })
    }
}

/// As many digits as it needs, and `Z` for UTC.
impl<Z: TimeZone> From<chrono::DateTime<Z>> for DateTime {
    fn from(instant: chrono::DateTime<Z>) -> Self {
        let instant = instant.fixed_offset();
        Self {
            text: instant.to_rfc3339_opts(SecondsFormat::AutoSi, true).into(),
            instant,
        }
    }
}

impl PartialEq for DateTime {
    fn eq(&self, other: &Self) -> bool {
        self.instant == other.instant
    }
}

impl Eq for DateTime {}

impl PartialOrd for DateTime {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for DateTime {
    fn cmp(&self, other: &Self) -> Ordering {
        self.instant.cmp(&other.instant)
    }
}

impl Hash for DateTime {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.instant.hash(state);
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl Serialize for DateTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for DateTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_survives() {
        for text in [
            "2026-01-31T08:30:00Z",
            "2026-01-31t08:30:00.120z",
            "2026-01-31T08:30:00.123456789123+05:30",
            "1990-12-31T23:59:60Z",
            "0000-01-01T00:00:00-00:00",
        ] {
            let read: DateTime = serde_json::from_value(text.into()).unwrap();
            assert_eq!(serde_json::to_value(&read).unwrap(), text);
        }
        assert!(serde_json::from_value::<DateTime>("2026-01-31".into()).is_err());
    }

    #[test]
    fn the_instant_counts() {
        let [one, other]: [DateTime; 2] =
            ["2026-01-31T08:30:00Z", "2026-01-31T09:30:00.000+01:00"].map(|text| text.parse().unwrap());
        assert_eq!(one, other);
        assert_eq!(DateTime::from(other.to_utc()).as_str(), "2026-01-31T08:30:00Z");
    }
}
