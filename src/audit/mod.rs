//! The audit record: who did what to which record, when, under which request.
//!
//! Append-only: no role of the service may update or delete one. It holds ids and a keyed fingerprint of the payload,
//! never the payload: an auditor can prove that a payload is the one, nobody can read it from here.

use chrono::{DateTime, Utc};
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
