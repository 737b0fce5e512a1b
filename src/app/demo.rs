//! The demo tenant of a first start: created through the same path as any other, by a request to the service's own API.

use super::Rollcall;
use crate::audit::{AuditOutcome, AuditRecord};
use crate::contract::events::{TENANT_PROVISIONED, TenantProvisioned};
use crate::roster::{Name, NameError, Tenant};
use crate::store::{Completion, StoreError};
use crate::tenancy::{TenantContext, TenantId};
use contract_runtime::{PendingEvent, RequestIdentity, Subject};
use uuid::Uuid;

/// The name of the demo tenant.
pub const DEMO_TENANT_NAME: &str = "Demo School District";

/// Always the same id, so that the first call in the README is the same for everybody.
const DEMO_TENANT: Uuid = Uuid::from_u128(0x019a_0000_0000_7000_8000_0000_0000_0001);

/// Why there is no demo tenant.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The store did not take it.
    #[error("cannot create the demo tenant: {0}")]
    Store(#[from] StoreError),
    /// Its name is none.
    #[error("cannot create the demo tenant: its name {0}")]
    Name(#[from] NameError),
    /// Its event cannot be made.
    #[error("cannot create the demo tenant: the event {} cannot be made", TENANT_PROVISIONED.event_type)]
    Event,
}

impl Rollcall {
    /// Creates the demo tenant where it is missing; its id.
    pub async fn ensure_demo_tenant(&self) -> Result<TenantId, DemoError> {
        let tenant_id = TenantId(DEMO_TENANT);
        let context = TenantContext::checked(tenant_id);
        let transaction = self.parts.store.begin_write(context).await?;
        if transaction.tenant().await?.is_some() {
            transaction.rollback().await?;
            return Ok(tenant_id);
        }
        let environment = &self.parts.environment;
        let now = environment.now();
        let tenant = Tenant::create(tenant_id, Name::parse(DEMO_TENANT_NAME)?, None, now);
        transaction.insert_tenant(&tenant).await?;
        let identity = RequestIdentity {
            correlation_id: environment.new_id(),
            causation_id: None,
            trace_id: "0".repeat(32),
            traceparent: String::new(),
        };
        let data =
            super::shapes::tenant_provisioned(&super::shapes::tenant(&tenant)).ok_or(DemoError::Event)?;
        let event: Box<dyn PendingEvent> = Box::new(Subject::<TenantProvisioned> {
            subject: format!("tenants/{tenant_id}"),
            data,
        });
        let draft =
            super::events::draft(&self.parts, tenant_id, &identity, event).map_err(|_| DemoError::Event)?;
        let audit = AuditRecord {
            audit_id: environment.new_id(),
            occurred_at: now,
            actor_subject: "rollcall".to_owned(),
            actor_client: None,
            action: "tenant.create".to_owned(),
            entity_type: "tenant".to_owned(),
            entity_id: Some(tenant_id.0),
            outcome: AuditOutcome::Succeeded,
            reason: None,
            correlation_id: identity.correlation_id,
            causation_id: None,
            trace_id: identity.trace_id,
            payload_fingerprint: None,
        };
        let completion = Completion {
            idempotency: None,
            audit: vec![audit],
            events: vec![draft],
            now,
        };
        transaction.complete(completion).await?;
        Ok(tenant_id)
    }
}
