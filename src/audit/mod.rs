//! The audit record: who did what to which record, when, under which request.
//!
//! Append-only: no role of the service may update or delete one. It holds ids and a keyed fingerprint of the payload,
//! never the payload: an auditor can prove that a payload is the one, nobody can read it from here.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use uuid::Uuid;

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
}

/// One audit record of a tenant; the tenant is that of the transaction which writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// Its id, UUID version 7.
    pub audit_id: Uuid,
    /// When, in UTC.
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
