//! What is the same for every operation: who calls, in which tenant, how a write begins and how it ends.

use contract_runtime::{
    Begun, CallHead, Operation, Outcome, RecordedReply, Reply, Service, ServiceProblem, TenantClaim,
};

use super::admission::{Admission, served};
use super::{Rollcall, events};
use crate::audit::{AuditRecord, payload_fingerprint};
use crate::http::auth::Caller;
use crate::idempotency::{Claim, IdempotencyKey, InFlightGuard, StoredResponse, fingerprint};
use crate::store::{Completion, StoreError, WriteTransaction};
use crate::telemetry::note_tenant;
use crate::tenancy::{TenantContext, TenantId};

/// A write in progress.
pub struct Work {
    pub(super) transaction: WriteTransaction,
    operation: &'static Operation,
    admission: Admission,
    key: Option<(String, InFlightGuard)>,
    /// The canonical form of the body, where there is one.
    payload: Option<String>,
    /// The tenant that the records belong to; a handler that creates a tenant moves into it.
    pub(super) context: TenantContext,
}

impl Work {
    /// A write that nobody asked for but the service itself.
    pub(super) fn of_the_service(
        transaction: WriteTransaction,
        operation: &'static Operation,
        admission: Admission,
    ) -> Self {
        Self {
            transaction,
            operation,
            context: admission.context,
            admission,
            key: None,
            payload: None,
        }
    }

    /// Moves into a tenant that the handler creates.
    pub(super) async fn enter_new_tenant(&mut self, tenant_id: TenantId) -> Result<(), StoreError> {
        self.context = TenantContext::checked(tenant_id);
        self.transaction.enter_tenant(self.context).await
    }
}

impl Rollcall {
    async fn claim(&self, work: &mut Work, key: &IdempotencyKey) -> Result<Claim, StoreError> {
        let now = self.parts.environment.now();
        let retention = chrono::Duration::from_std(self.parts.idempotency_retention)
            .unwrap_or(chrono::Duration::hours(24));
        work.transaction
            .claim_idempotency_key(key, now + retention, now)
            .await
    }
}

impl Service for Rollcall {
    type Admission = Admission;
    type Work = Work;

    fn base_url(&self) -> &str {
        &self.parts.base_url
    }

    async fn authenticate(
        &self,
        operation: &'static Operation,
        head: &CallHead,
    ) -> Result<Admission, ServiceProblem> {
        let caller = if operation.security.is_empty() {
            Caller::anonymous()
        } else {
            self.parts
                .authenticator
                .authenticate(&head.headers)
                .map_err(|failure| ServiceProblem::Unauthenticated {
                    www_authenticate: failure.www_authenticate().to_str().unwrap_or("Bearer").to_owned(),
                    detail: format!("Not authenticated: {failure}."),
                })?
        };
        let identity = head.identity.clone();
        Ok(Admission {
            caller,
            identity,
            context: TenantContext::platform(),
            read: None,
        })
    }

    async fn admit(
        &self,
        operation: &'static Operation,
        _head: &CallHead,
        mut admission: Admission,
        claim: Option<TenantClaim>,
    ) -> Result<Admission, ServiceProblem> {
        let tenant_id = claim.map(|claim| TenantId(claim.path));
        let lacks_scope = operation
            .scope
            .is_some_and(|scope| !admission.caller.has_scope(scope));
        let is_stranger = tenant_id.is_some_and(|tenant_id| !admission.caller.may_enter(tenant_id));
        if lacks_scope || is_stranger {
            let problem = ServiceProblem::Forbidden;
            return Err(self
                .refuse_audited(operation, &admission, tenant_id, "forbidden", problem)
                .await);
        }
        if claim.is_some_and(|claim| claim.header != claim.path) {
            let problem = ServiceProblem::TenantMismatch;
            return Err(self
                .refuse_audited(operation, &admission, tenant_id, "tenant-mismatch", problem)
                .await);
        }
        if let Some(tenant_id) = tenant_id {
            admission.context = TenantContext::checked(tenant_id);
            note_tenant(tenant_id.0);
            if operation.audit.is_none() {
                admission.read = Some(self.open_read(admission.context).await?);
            }
        }
        Ok(admission)
    }

    async fn begin(
        &self,
        operation: &'static Operation,
        head: &CallHead,
        admission: Admission,
        idempotency_key: Option<&str>,
        payload: &str,
    ) -> Result<Begun<Work>, ServiceProblem> {
        let context = admission.context;
        let on_platform = context == TenantContext::platform();
        // Outside of tenants two callers may make up the same key.
        let subject = &admission.caller.subject;
        let key = idempotency_key.map(|key| {
            if on_platform {
                format!("{}:{subject}:{key}", subject.len())
            } else {
                key.to_owned()
            }
        });
        let guard = match &key {
            Some(key) => Some(
                self.in_flight
                    .enter(context.tenant_id(), key)
                    .ok_or(ServiceProblem::IdempotencyInFlight)?,
            ),
            None => None,
        };
        let transaction = self.parts.store.begin_write(context).await?;
        let mut work = Work {
            transaction,
            operation,
            admission,
            key: None,
            payload: Some(payload.to_owned()),
            context,
        };
        if !on_platform {
            served(work.transaction.tenant().await?)?;
        }
        let (Some(key), Some(guard)) = (key, guard) else {
            return Ok(Begun::Fresh(work));
        };
        let fingerprint = fingerprint(head.method.as_str(), &head.path, payload);
        let requested = IdempotencyKey {
            key,
            fingerprint,
            operation: operation.id,
        };
        match self.claim(&mut work, &requested).await? {
            Claim::Claimed => {
                work.key = Some((requested.key, guard));
                Ok(Begun::Fresh(work))
            }
            Claim::Done(stored) => Ok(Begun::Replay(replay(stored))),
            Claim::Reused => Err(ServiceProblem::IdempotencyKeyReused),
            Claim::InFlight => Err(ServiceProblem::IdempotencyInFlight),
        }
    }

    async fn commit(&self, work: Work, outcome: Outcome) -> Result<(), ServiceProblem> {
        let now = self.parts.environment.now();
        let identity = &work.admission.identity;
        let events = outcome
            .events
            .into_iter()
            .map(|event| events::draft(&self.parts, work.context.tenant_id(), identity, event))
            .collect::<Result<Vec<_>, _>>()?;
        let key = &self.parts.store.metadata().cursor_key;
        let payload = work.payload.as_deref();
        let payload_fingerprint = payload.and_then(|payload| payload_fingerprint(key, payload));
        let audit = outcome.affected.iter().map(|affected| AuditRecord {
            entity_type: affected.entity_type.to_owned(),
            entity_id: Some(affected.entity_id),
            payload_fingerprint: payload_fingerprint.clone(),
            ..self.audit_record(work.operation, &work.admission)
        });
        let audit = audit.collect();
        let idempotency = work
            .key
            .as_ref()
            .map(|(key, _)| (key.clone(), stored(outcome.reply)));
        let completion = Completion {
            idempotency,
            audit,
            events,
            now,
        };
        work.transaction.complete(completion).await?;
        Ok(())
    }

    /// A refusal is decided before anything is changed, or by an insertion that changed nothing; so the transaction holds the
    /// claimed key alone, and commits it with the answer. The store refuses where a handler did otherwise.
    async fn conclude(&self, work: Work, reply: RecordedReply) -> Result<(), ServiceProblem> {
        let now = self.parts.environment.now();
        let idempotency = work.key.as_ref().map(|(key, _)| (key.clone(), stored(reply)));
        Ok(work.transaction.conclude(idempotency, now).await?)
    }
}

fn stored(reply: RecordedReply) -> StoredResponse {
    StoredResponse {
        status: reply.status,
        headers: reply.headers,
        body: reply.body,
    }
}

fn replay(stored: StoredResponse) -> Reply {
    let recorded = RecordedReply {
        status: stored.status,
        headers: stored.headers,
        body: stored.body,
    };
    Reply::from(recorded).header("idempotent-replayed", "true")
}
