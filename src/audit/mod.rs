//! The audit record: who did what to which record, when, under which request.
//!
//! Append-only: no role of the service may update or delete one. It holds ids and a keyed fingerprint of the payload,
//! never the payload: an auditor can prove that a payload is the one, nobody can read it from here.
//!
//! A record is as old as its id: the time of the one is the time in the other. So records sort by time by their key, which every
//! index ends with anyway, and no write pays for an index on the time.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac as _};
use serde::Serialize;
use sha2::Sha256;
use uuid::Uuid;

mod filter;

pub use filter::AuditFilter;

/// How many bits at the beginning of a UUID version 7 are its time.
const ID_TIME_BITS: u32 = 48;

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum AuditOutcome {
    /// It changed something.
    Succeeded,
    /// It was refused: across tenants, or without the right.
    Refused,
}

impl AuditOutcome {
    /// The stored word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Refused => "refused",
        }
    }

    /// The outcome that a stored word stands for.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Succeeded, Self::Refused]
            .into_iter()
            .find(|outcome| outcome.as_str() == word)
    }
}

/// One audit record of a tenant; the tenant is that of the transaction which writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// Its id, UUID version 7.
    pub audit_id: Uuid,
    /// When, in UTC: [`time_of`] its id.
    pub occurred_at: DateTime<Utc>,
    /// The token's `sub`, or `anonymous` where authentication is off.
    pub actor_subject: String,
    /// The token's client (`azp` or `client_id`), where it names one.
    pub actor_client: Option<String>,
    /// The contract's `x-audit`, such as `school.create`.
    pub action: String,
    /// The kind of the entity, such as `school`.
    pub entity_type: String,
    /// The entity's id, where there is one.
    pub entity_id: Option<Uuid>,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// Why it was refused: a problem type.
    pub reason: Option<String>,
    /// The request's correlation id.
    pub correlation_id: Uuid,
    /// The request's causation id.
    pub causation_id: Option<Uuid>,
    /// The W3C trace id, 32 hexadecimal digits.
    pub trace_id: String,
    /// HMAC-SHA-256 over the canonical payload, hexadecimal.
    pub payload_fingerprint: Option<String>,
}

/// The time in a UUID version 7 (RFC 9562 §5.7), in whole milliseconds.
#[must_use]
pub fn time_of(audit_id: Uuid) -> Option<DateTime<Utc>> {
    let milliseconds = audit_id.as_u128() >> (128 - ID_TIME_BITS);
    DateTime::from_timestamp_millis(i64::try_from(milliseconds).ok()?)
}

/// An id that comes before that of every record from `time` on and after that of every older one; no record's own.
#[must_use]
pub fn id_bound(time: DateTime<Utc>) -> Uuid {
    let milliseconds = time.timestamp_millis();
    // A time within a millisecond lies after every record of that millisecond.
    let has_rest = !time.timestamp_subsec_nanos().is_multiple_of(1_000_000);
    let milliseconds = milliseconds.saturating_add(i64::from(has_rest));
    // No record is from before 1970.
    let milliseconds = u128::try_from(milliseconds).unwrap_or_default();
    Uuid::from_u128(milliseconds << (128 - ID_TIME_BITS))
}

/// The keyed fingerprint of a canonical payload: HMAC-SHA-256 (RFC 2104), 64 hexadecimal digits. Who has the payload and the key can
/// prove that it is the one; who has only the record learns nothing of it.
#[must_use]
pub fn payload_fingerprint(key: &[u8], payload: &str) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    // The key signs cursors too; the prefix keeps the two apart.
    mac.update(b"audit payload\0");
    mac.update(payload.as_bytes());
    let bytes = mac.finalize().into_bytes();
    Some(
        bytes
            .iter()
            .fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
                _ = write!(text, "{byte:02x}");
                text
            }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_time_of_an_id_is_the_one_that_it_was_made_with() {
        let id: Uuid = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f".parse().unwrap();
        assert_eq!(
            time_of(id),
            Some(at("2022-02-22T19:22:22Z")),
            "the example of RFC 9562"
        );
    }

    #[test]
    fn bounds_lie_between_the_ids_of_two_times() {
        let id: Uuid = "017f22e2-79b0-7000-8000-000000000000".parse().unwrap();
        for (time, is_from_then_on) in [
            ("2022-02-22T19:22:21.999999Z", true),
            ("2022-02-22T19:22:22Z", true),
            ("2022-02-22T20:22:22+01:00", true),
            ("2022-02-22T19:22:22.000001Z", false),
            ("2022-02-22T19:22:22.001Z", false),
            ("9999-12-31T23:59:59.999Z", false),
            ("0001-01-01T00:00:00Z", true),
        ] {
            assert_eq!(id_bound(at(time)) <= id, is_from_then_on, "{time}");
        }
    }

    #[test]
    fn a_fingerprint_depends_on_payload_and_key() {
        let print = payload_fingerprint(b"key", r#"{"name":"Ashby"}"#).unwrap();
        assert_eq!(print.len(), 64);
        assert_eq!(payload_fingerprint(b"key", r#"{"name":"Ashby"}"#).unwrap(), print);
        assert_ne!(
            payload_fingerprint(b"other", r#"{"name":"Ashby"}"#).unwrap(),
            print
        );
        assert_ne!(payload_fingerprint(b"key", r#"{"name":"Ashbx"}"#).unwrap(), print);
    }

    #[test]
    fn outcomes_are_read_back_from_their_words() {
        for outcome in [AuditOutcome::Succeeded, AuditOutcome::Refused] {
            assert_eq!(AuditOutcome::from_word(outcome.as_str()), Some(outcome));
        }
        assert_eq!(AuditOutcome::from_word("failed"), None);
    }
}
