//! What is found out about a request deep inside of it, and told at its end.

use std::sync::{Arc, OnceLock};

use uuid::Uuid;

tokio::task_local! {
    static NOTES: RequestNotes;
}

/// What the line of a request tells beside what its frame knows. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct RequestNotes {
    correlation_id: Uuid,
    tenant_id: Arc<OnceLock<Uuid>>,
}

impl RequestNotes {
    /// Nothing is noted yet of the request with this correlation id.
    #[must_use]
    pub fn of(correlation_id: Uuid) -> Self {
        Self {
            correlation_id,
            tenant_id: Arc::default(),
        }
    }

    /// The tenant, once the guard let the request in.
    #[must_use]
    pub fn tenant_id(&self) -> Option<Uuid> {
        self.tenant_id.get().copied()
    }

    /// Does `work`, which may leave notes.
    pub async fn around<F: Future>(&self, work: F) -> F::Output {
        NOTES.scope(self.clone(), work).await
    }
}

/// Notes that the guard let this request into a tenant; outside of a request it is nobody's business.
pub fn note_tenant(tenant_id: Uuid) {
    // A second tenant within one request would be a defect that its audit records show; the line keeps the first.
    _ = NOTES.try_with(|notes| notes.tenant_id.set(tenant_id));
}

/// The correlation id of the request that is at work, for a line of the log about it; none outside of one.
#[must_use]
pub fn correlation_id() -> Option<Uuid> {
    NOTES.try_with(|notes| notes.correlation_id).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_note_reaches_the_request_that_it_was_made_in() {
        let (first, second) = (RequestNotes::default(), RequestNotes::default());
        note_tenant(Uuid::max());
        first.around(async { note_tenant(Uuid::max()) }).await;
        assert_eq!(correlation_id(), None);
        let noted = RequestNotes::of(Uuid::max())
            .around(async { correlation_id() })
            .await;
        assert_eq!(noted, Some(Uuid::max()));
        assert_eq!((first.tenant_id(), second.tenant_id()), (Some(Uuid::max()), None));
    }
}
