//! A caller who was let in, and the record of one who was not.

use contract_runtime::{Operation, RequestIdentity, ServiceProblem};

use super::Rollcall;
use crate::audit::{AuditOutcome, AuditRecord, time_of};
use crate::http::auth::Caller;
use crate::roster::{Tenant, TenantStatus};
use crate::store::ReadTransaction;
use crate::tenancy::{TenantContext, TenantId};

/// A caller who was let in.
pub struct Admission {
    pub(super) caller: Caller,
    pub(super) identity: RequestIdentity,
    /// The tenant whose data the request is about; the platform for what is about none.
    pub(super) context: TenantContext,
}

impl Rollcall {
    /// Opens the read in which everything about this request will be found, once the tenant is found in it and served.
    ///
    /// It is the first thing that a handler does which reads more than [`Store::school`] gives at once, so that what is wrong with the tenant
    /// is answered before what is wrong with the rest.
    ///
    /// [`Store::school`]: crate::store::Store::school
    pub(super) async fn open_read(
        &self,
        admission: &Admission,
    ) -> Result<(ReadTransaction, Tenant), ServiceProblem> {
        let transaction = self.parts.store.begin_read(admission.context).await?;
        let tenant = served(transaction.tenant().await?)?;
        Ok((transaction, tenant))
    }

    /// Leaves the record of a refused attempt, then refuses. Where it cannot be left the answer is that the service cannot do
    /// this now: no attempt goes unrecorded.
    pub(super) async fn refuse_audited(
        &self,
        operation: &Operation,
        admission: &Admission,
        tenant_id: Option<TenantId>,
        reason: &str,
        problem: ServiceProblem,
    ) -> ServiceProblem {
        let context = tenant_id.map_or_else(TenantContext::platform, TenantContext::for_audit_of);
        let record = AuditRecord {
            entity_type: "tenant".to_owned(),
            entity_id: Some(context.tenant_id().0),
            outcome: AuditOutcome::Refused,
            reason: Some(reason.to_owned()),
            ..self.audit_record(operation, admission)
        };
        // On a task of its own: whoever goes away without waiting for the refusal has tried all the same.
        let store = self.parts.store.clone();
        let recorded = tokio::spawn(async move { store.record_audit(context, record).await });
        match recorded.await {
            Ok(Ok(())) => problem,
            Ok(Err(error)) => error.into(),
            Err(_panic) => ServiceProblem::InternalError,
        }
    }

    /// What every audit record says of a request: who, when, which operation, under which ids. Without an entity yet.
    pub(super) fn audit_record(&self, operation: &Operation, admission: &Admission) -> AuditRecord {
        let Admission { caller, identity, .. } = admission;
        let audit_id = self.parts.environment.new_id();
        AuditRecord {
            audit_id,
            occurred_at: time_of(audit_id).unwrap_or_else(|| self.parts.environment.now()),
            actor_subject: caller.subject.clone(),
            actor_client: caller.client.clone(),
            action: operation.audit.unwrap_or(operation.id).to_owned(),
            entity_type: String::new(),
            entity_id: None,
            outcome: AuditOutcome::Succeeded,
            reason: None,
            correlation_id: identity.correlation_id,
            causation_id: identity.causation_id,
            trace_id: identity.trace_id.clone(),
            payload_fingerprint: None,
        }
    }
}

/// The tenant, if it is there and served.
pub(super) fn served(tenant: Option<Tenant>) -> Result<Tenant, ServiceProblem> {
    require_served(tenant.as_ref().map(|tenant| tenant.status))?;
    tenant.ok_or(ServiceProblem::TenantNotFound)
}

/// The same for one of which the status is known alone.
pub(super) fn require_served(status: Option<TenantStatus>) -> Result<(), ServiceProblem> {
    match status {
        None => Err(ServiceProblem::TenantNotFound),
        Some(TenantStatus::Suspended) => Err(ServiceProblem::TenantSuspended),
        Some(TenantStatus::Active) => Ok(()),
    }
}
