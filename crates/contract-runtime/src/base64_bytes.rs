//! Bytes that JSON holds as base64.

use std::fmt;
use std::ops::Deref;

use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, Engine as _, GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Reads whatever RFC 4648 §4 leaves to the reader: padding may be missing, and bits that no byte has may be set.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Bytes, in JSON a text in base64 (RFC 4648 §4). It keeps the text that it was read from.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Base64 {
    bytes: Vec<u8>,
    text: Box<str>,
}

impl Base64 {
    /// The bytes.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Base64 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Base64").field(&self.text).finish()
    }
}

impl Deref for Base64 {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl From<Vec<u8>> for Base64 {
    fn from(bytes: Vec<u8>) -> Self {
        let text = base64::engine::general_purpose::STANDARD.encode(&bytes).into();
        Self { bytes, text }
    }
}

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = LENIENT.decode(&text).map_err(serde::de::Error::custom)?;
        Ok(Self {
            bytes,
            text: text.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Base64;

    #[test]
    fn bytes_and_text_survive() {
        for (text, bytes) in [
            ("", b"".as_slice()),
            ("Zg==", b"f"),
            ("Zg", b"f"),
            ("Zh==", b"f"),
            ("+/+/", b"\xfb\xff\xbf"),
        ] {
            let read: Base64 = serde_json::from_value(text.into()).unwrap();
            assert_eq!(&*read, bytes);
            assert_eq!(serde_json::to_value(&read).unwrap(), text);
        }
        assert_eq!(Base64::from(b"f".to_vec()).as_str(), "Zg==");
        assert!(serde_json::from_value::<Base64>("-_".into()).is_err());
    }
}
