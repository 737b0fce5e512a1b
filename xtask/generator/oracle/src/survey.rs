//! What was asked of an API, and how often the oracle agrees.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// So many disagreements are told in full.
const DISAGREEMENTS_MAX: usize = 30;

/// How much of a body is told.
const BODY_LETTERS_MAX: usize = 2000;

/// What was asked, of requests or of responses.
#[derive(Debug, Default)]
pub struct Survey {
    /// Valid ones that were accepted.
    pub accepted: usize,
    /// Others, which were refused.
    pub refused: usize,
    /// How many the API and the oracle judge differently.
    pub disagreed: usize,
    /// The first of these.
    pub disagreements: Vec<Value>,
    /// How many were not asked about, because the oracle does not know what the contract says of them: they have more readings than it can
    /// look at.
    pub undecided: usize,
    /// Why operations or parts were left out, and how often.
    pub skipped: BTreeMap<String, usize>,
}

impl Survey {
    pub(crate) fn skip(&mut self, why: String) {
        *self.skipped.entry(why).or_default() += 1;
    }

    /// Notes a disagreement; the first ones in full.
    pub(crate) fn disagree(&mut self, told: impl FnOnce() -> Value) {
        self.disagreed += 1;
        if self.disagreements.len() < DISAGREEMENTS_MAX {
            self.disagreements.push(told());
        }
    }

    /// The same as JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        json!({
            "accepted": self.accepted,
            "refused": self.refused,
            "disagreed": self.disagreed,
            "disagreements": self.disagreements,
            "undecided": self.undecided,
            "skipped": self.skipped,
        })
    }
}

/// A message as a person would read it.
pub(crate) fn message(first_line: &str, headers: &[(String, String)], body: Option<&[u8]>) -> String {
    let mut text = first_line.to_owned();
    for (name, value) in headers {
        text.extend(["\n", name, ": ", value]);
    }
    if let Some(body) = body {
        let body = String::from_utf8_lossy(body);
        text.push_str("\n\n");
        text.extend(body.chars().take(BODY_LETTERS_MAX));
    }
    text
}
