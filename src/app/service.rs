//! What is the same for every operation: who calls, in which tenant, how a write begins and how it ends.

use std::fmt::Write as _;
use std::sync::PoisonError;

use contract_runtime::{
    Begun, CallHead, Operation, Outcome, RecordedReply, Reply, RequestIdentity, Service, ServiceProblem,
    TenantClaim,
};
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};

use super::{Rollcall, events, service_problem};
use crate::audit::{AuditOutcome, AuditRecord};
use crate::http::auth::Caller;
use crate::idempotency::{Claim, IdempotencyKey, InFlightGuard, StoredResponse};
use crate::roster::{Tenant, TenantStatus};
use crate::store::{Completion, ReadTransaction, StoreError, WriteTransaction};
use crate::tenancy::{TenantContext, TenantId};

/// A caller who was let in.
pub struct Admission {
    caller: Caller,
    identity: RequestIdentity,
    /// The tenant whose data the request is about; the platform for what is about none.
    pub(super) context: TenantContext,
    /// For a read inside a tenant: the tenant, and the transaction in which it was found.
    read: Option<OpenRead>,
}

struct OpenRead {
    tenant: Tenant,
    // Admissions are shared by reference; the handler takes the transaction out to use it.
    transaction: std::sync::Mutex<Option<ReadTransaction>>,
}

impl Admission {
    /// The transaction in which the tenant was found, and the tenant.
    pub(super) fn read(&self) -> Result<(ReadTransaction, &Tenant), ServiceProblem> {
        let open = self.read.as_ref().ok_or(ServiceProblem::InternalError)?;
        let transaction = open
            .transaction
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        Ok((transaction.ok_or(ServiceProblem::InternalError)?, &open.tenant))
    }
}

/// A write in progress.
pub struct Work {
    pub(super) transaction: WriteTransaction,
    operation: &'static Operation,
    admission: Admission,
    key: Option<(String, InFlightGuard)>,
    payload: String,
    /// The tenant that the records belong to; a handler that creates a tenant moves into it.
    pub(super) context: TenantContext,
}

impl Work {
    /// Moves into a tenant that the handler creates.
    pub(super) async fn enter_new_tenant(&mut self, tenant_id: TenantId) -> Result<(), StoreError> {
        self.context = TenantContext::checked(tenant_id);
        self.transaction.enter_tenant(self.context).await
    }
}

impl Rollcall {
    /// Leaves the record of a refused attempt, then refuses. Where it cannot be left the answer is that the service cannot do
    /// this now: no attempt goes unrecorded.
    async fn refuse_audited(
        &self,
        operation: &Operation,
        admission: &Admission,
        context: TenantContext,
        reason: &str,
        problem: ServiceProblem,
    ) -> ServiceProblem {
        let record = AuditRecord {
            audit_id: self.parts.environment.new_id(),
            occurred_at: self.parts.environment.now(),
            actor_subject: admission.caller.subject.clone(),
            actor_client: admission.caller.client.clone(),
            action: operation.audit.unwrap_or(operation.id).to_owned(),
            entity_type: "tenant".to_owned(),
            entity_id: Some(context.tenant_id().0),
            outcome: AuditOutcome::Refused,
            reason: Some(reason.to_owned()),
            correlation_id: admission.identity.correlation_id,
            causation_id: admission.identity.causation_id,
            trace_id: admission.identity.trace_id.clone(),
            payload_fingerprint: None,
        };
        match self.parts.store.record_audit(context, record).await {
            Ok(()) => problem,
            Err(error) => service_problem(&error),
        }
    }

    /// Opens the read in which everything about this request will be found.
    async fn open_read(&self, context: TenantContext) -> Result<OpenRead, ServiceProblem> {
        let transaction = self
            .parts
            .store
            .begin_read(context)
            .await
            .map_err(|error| service_problem(&error))?;
        let tenant = transaction
            .tenant()
            .await
            .map_err(|error| service_problem(&error))?;
        Ok(OpenRead {
            tenant: served(tenant)?,
            transaction: std::sync::Mutex::new(Some(transaction)),
        })
    }

    /// The keyed fingerprint of a payload in an audit record (HMAC-SHA-256, hexadecimal).
    fn payload_fingerprint(&self, payload: &str) -> Option<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.parts.store.metadata().cursor_key).ok()?;
        mac.update(b"audit payload\0");
        mac.update(payload.as_bytes());
        Some(hexadecimal(&mac.finalize().into_bytes()))
    }

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
        let context = claim.map_or_else(TenantContext::platform, |claim| {
            TenantContext::checked(TenantId(claim.path))
        });
        let lacks_scope = operation
            .scope
            .is_some_and(|scope| !admission.caller.has_scope(scope));
        let is_stranger = claim.is_some() && !admission.caller.may_enter(context.tenant_id());
        if lacks_scope || is_stranger {
            let problem = ServiceProblem::Forbidden;
            return Err(self
                .refuse_audited(operation, &admission, context, "forbidden", problem)
                .await);
        }
        if claim.is_some_and(|claim| claim.header != claim.path) {
            let problem = ServiceProblem::TenantMismatch;
            return Err(self
                .refuse_audited(operation, &admission, context, "tenant-mismatch", problem)
                .await);
        }
        admission.context = context;
        if claim.is_some() && operation.audit.is_none() {
            admission.read = Some(self.open_read(context).await?);
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
        let transaction = self
            .parts
            .store
            .begin_write(context)
            .await
            .map_err(|error| service_problem(&error))?;
        let mut work = Work {
            transaction,
            operation,
            admission,
            key: None,
            payload: payload.to_owned(),
            context,
        };
        if !on_platform {
            served(
                work.transaction
                    .tenant()
                    .await
                    .map_err(|error| service_problem(&error))?,
            )?;
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
        match self
            .claim(&mut work, &requested)
            .await
            .map_err(|error| service_problem(&error))?
        {
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
        let payload_fingerprint = self.payload_fingerprint(&work.payload);
        let audit = outcome.affected.iter().map(|affected| AuditRecord {
            audit_id: self.parts.environment.new_id(),
            occurred_at: now,
            actor_subject: work.admission.caller.subject.clone(),
            actor_client: work.admission.caller.client.clone(),
            action: work.operation.audit.unwrap_or(work.operation.id).to_owned(),
            entity_type: affected.entity_type.to_owned(),
            entity_id: Some(affected.entity_id),
            outcome: AuditOutcome::Succeeded,
            reason: None,
            correlation_id: identity.correlation_id,
            causation_id: identity.causation_id,
            trace_id: identity.trace_id.clone(),
            payload_fingerprint: payload_fingerprint.clone(),
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
        work.transaction
            .complete(completion)
            .await
            .map_err(|error| service_problem(&error))?;
        Ok(())
    }

    /// A refusal is decided before anything is changed, or by an insertion that changed nothing; so the transaction holds the
    /// claimed key alone, and commits it with the answer.
    async fn conclude(&self, work: Work, reply: RecordedReply) -> Result<(), ServiceProblem> {
        let now = self.parts.environment.now();
        let idempotency = work.key.as_ref().map(|(key, _)| (key.clone(), stored(reply)));
        let completion = Completion {
            idempotency,
            audit: Vec::new(),
            events: Vec::new(),
            now,
        };
        work.transaction
            .complete(completion)
            .await
            .map_err(|error| service_problem(&error))?;
        Ok(())
    }
}

/// The tenant, if it is there and served.
fn served(tenant: Option<Tenant>) -> Result<Tenant, ServiceProblem> {
    match tenant {
        None => Err(ServiceProblem::TenantNotFound),
        Some(tenant) if tenant.status == TenantStatus::Suspended => Err(ServiceProblem::TenantSuspended),
        Some(tenant) => Ok(tenant),
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

/// What makes two requests the same: method, path and canonical body, told apart by their lengths.
fn fingerprint(method: &str, path: &str, payload: &str) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in [method, path, payload] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part.as_bytes());
    }
    digest.finalize().into()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
            _ = write!(text, "{byte:02x}");
            text
        })
}
