//! Names as people write them, kept in one normal form.

use unicode_normalization::UnicodeNormalization as _;

/// The longest name, in Unicode code points, after normalisation.
pub const NAME_LENGTH_MAX: usize = 200;

/// The name of a school or tenant: trimmed, in Unicode normalisation form C, without control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    text: String,
    folded: String,
}

/// Why a text is no [`Name`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing is left after trimming.
    #[error("must contain a character that is not white space")]
    Blank,
    /// More than [`NAME_LENGTH_MAX`] code points after normalisation.
    #[error("must be at most 200 characters after Unicode normalisation (NFC)")]
    TooLong,
    /// A character of the Unicode category Cc.
    #[error("must not contain control characters")]
    ControlCharacter,
}

impl NameError {
    /// The keyword of the contract that the text breaks.
    #[must_use]
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Blank | Self::ControlCharacter => "pattern",
            Self::TooLong => "maxLength",
        }
    }
}

impl Name {
    /// Trims and normalises `input`, then checks it.
    pub fn parse(input: &str) -> Result<Self, NameError> {
        let text: String = input.trim().nfc().collect();
        if text.is_empty() {
            return Err(NameError::Blank);
        }
        if text.chars().any(char::is_control) {
            return Err(NameError::ControlCharacter);
        }
        if text.chars().count() > NAME_LENGTH_MAX {
            return Err(NameError::TooLong);
        }
        let folded = caseless::default_case_fold_str(&text).nfc().collect();
        Ok(Self { text, folded })
    }

    /// The name as it is shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The key under which two names that differ only in case are the same (Unicode full case folding).
    #[must_use]
    pub fn folded(&self) -> &str {
        &self.folded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_and_composed() {
        let name = Name::parse("  Cafe\u{301} \u{3000}").unwrap();
        assert_eq!(name.as_str(), "Caf\u{e9}");
    }

    #[test]
    fn case_is_ignored_beyond_ascii() {
        assert_eq!(
            Name::parse("STRASSE").unwrap().folded(),
            Name::parse("Stra\u{df}e").unwrap().folded()
        );
    }

    #[test]
    fn what_is_no_name_says_why() {
        assert_eq!(Name::parse(" \t "), Err(NameError::Blank));
        assert_eq!(Name::parse("a\u{0}b"), Err(NameError::ControlCharacter));
        // U+0958 is excluded from composition: one code point becomes two.
        assert_eq!(Name::parse(&"\u{958}".repeat(101)), Err(NameError::TooLong));
    }
}
