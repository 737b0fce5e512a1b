//! What a reader of audit records asks for.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::AuditOutcome;

/// Which records are asked for: those that meet every condition which is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AuditFilter {
    /// About entities of this kind.
    pub entity_type: Option<String>,
    /// About this entity.
    pub entity_id: Option<Uuid>,
    /// By this subject.
    pub actor_subject: Option<String>,
    /// Of requests with this correlation id.
    pub correlation_id: Option<Uuid>,
    /// Of this action.
    pub action: Option<String>,
    /// That ended like this.
    pub outcome: Option<AuditOutcome>,
    /// From this time on.
    pub from: Option<DateTime<Utc>>,
    /// From before this time.
    pub to: Option<DateTime<Utc>>,
}

impl AuditFilter {
    /// Bytes that are the same for the same filter only: what a cursor is bound to.
    ///
    /// # Errors
    /// None that can happen: every member has a form in JSON.
    pub fn identity(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_that_differ_have_other_identities() {
        let text = Some("school".to_owned());
        let filters = [
            AuditFilter::default(),
            AuditFilter {
                entity_type: text.clone(),
                ..AuditFilter::default()
            },
            AuditFilter {
                action: text,
                ..AuditFilter::default()
            },
            AuditFilter {
                entity_id: Some(Uuid::from_u128(1)),
                ..AuditFilter::default()
            },
            AuditFilter {
                correlation_id: Some(Uuid::from_u128(1)),
                ..AuditFilter::default()
            },
            AuditFilter {
                outcome: Some(AuditOutcome::Refused),
                ..AuditFilter::default()
            },
            AuditFilter {
                from: Some(DateTime::UNIX_EPOCH),
                ..AuditFilter::default()
            },
            AuditFilter {
                to: Some(DateTime::UNIX_EPOCH),
                ..AuditFilter::default()
            },
        ];
        for (place, one) in filters.iter().enumerate() {
            for other in &filters[..place] {
                assert_ne!(one.identity().unwrap(), other.identity().unwrap());
            }
            assert_eq!(one.identity().unwrap(), one.clone().identity().unwrap());
        }
    }
}
