//! What is the same for every operation: who calls, in which tenant, how a write begins and how it ends.

use chrono::{DateTime, Utc};
use contract_runtime::{
    Begun, CallHead, Ended, Operation, Outcome, RecordedReply, Reply, Service, ServiceProblem, TenantClaim,
};

use super::admission::{Admission, served};
use super::{Rollcall, events};
use crate::audit::{AuditRecord, payload_fingerprint};
use crate::http::auth::Caller;
use crate::idempotency::{Claim, IdempotencyKey, InFlightGuard, StoredResponse, fingerprint};
use crate::store::{Completion, StoreError, UnitEnding, Write, WriteTransaction};
use crate::telemetry::note_tenant;
use crate::tenancy::{TenantContext, TenantId};

/// A write in progress.
pub struct Work {
    pub(super) write: Write,
    operation: &'static Operation,
    admission: Admission,
    key: Option<ClaimedKey>,
    /// The canonical form of the body, where there is one.
    payload: Option<String>,
    /// The tenant that the records belong to; a handler that creates a tenant moves into it.
    pub(super) context: TenantContext,
}

/// The key of a write. No other request of this process works under it meanwhile.
struct ClaimedKey {
    requested: IdempotencyKey,
    _guard: InFlightGuard,
}

impl Work {
    /// A write that nobody asked for but the service itself.
    pub(super) fn of_the_service(
        transaction: WriteTransaction,
        operation: &'static Operation,
        admission: Admission,
    ) -> Self {
        Self {
            write: Write::Stepwise(transaction),
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
        self.write.enter_tenant(self.context).await
    }
}

impl Rollcall {
    /// Lets the handler decide on the assumption that the tenant is served and the key is new.
    fn plan(&self, work: &Request) -> Write {
        let mut plan = self.parts.store.plan_write(work.admission.context);
        plan.require_served_tenant();
        if let Some(key) = &work.key {
            let (expires_at, _) = self.expiry();
            plan.claim_idempotency_key(key.requested.clone(), expires_at);
        }
        Write::Planned(plan)
    }

    /// Opens the transaction in which the handler decides on what is so, once the tenant is found to be served and the key to be new.
    async fn begin_stepwise(&self, request: Request) -> Result<Begun<Work>, ServiceProblem> {
        let context = request.admission.context;
        let mut transaction = self.parts.store.begin_write(context).await?;
        if context != TenantContext::platform() {
            served(transaction.tenant().await?)?;
        }
        let claim = match &request.key {
            None => Claim::Claimed,
            Some(key) => {
                let (expires_at, now) = self.expiry();
                transaction
                    .claim_idempotency_key(&key.requested, expires_at, now)
                    .await?
            }
        };
        match begun_before(claim)? {
            Some(reply) => Ok(Begun::Replay(reply)),
            None => Ok(Begun::Fresh(request.with(Write::Stepwise(transaction)))),
        }
    }

    /// Begins again what was planned on an assumption that does not hold.
    async fn begin_again(&self, request: Request) -> Result<Ended<Work, ()>, ServiceProblem> {
        match self.begin_stepwise(request).await? {
            Begun::Fresh(work) => Ok(Ended::Again(work)),
            Begun::Replay(reply) => Ok(Ended::Replay(reply)),
        }
    }

    /// Until when a key that is claimed now is remembered, and the time now.
    fn expiry(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        let now = self.parts.environment.now();
        let retention = chrono::Duration::from_std(self.parts.idempotency_retention)
            .unwrap_or(chrono::Duration::hours(24));
        (now + retention, now)
    }
}

/// The part of a write that outlasts an attempt.
struct Request {
    operation: &'static Operation,
    admission: Admission,
    key: Option<ClaimedKey>,
    payload: Option<String>,
}

impl Request {
    fn with(self, write: Write) -> Work {
        Work {
            write,
            operation: self.operation,
            context: self.admission.context,
            admission: self.admission,
            key: self.key,
            payload: self.payload,
        }
    }
}

impl Work {
    fn into_parts(self) -> (Write, Request) {
        let Self {
            write,
            operation,
            admission,
            key,
            payload,
            ..
        } = self;
        (
            write,
            Request {
                operation,
                admission,
                key,
                payload,
            },
        )
    }
}

/// What a key that is not new makes of a request: the answer that it stands for, where it stands for this request.
fn begun_before(claim: Claim) -> Result<Option<Reply>, ServiceProblem> {
    match claim {
        Claim::Claimed => Ok(None),
        Claim::Done(stored) => Ok(Some(replay(stored))),
        Claim::Reused => Err(ServiceProblem::IdempotencyKeyReused),
        Claim::InFlight => Err(ServiceProblem::IdempotencyInFlight),
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
        let key = key.zip(guard).map(|(key, guard)| ClaimedKey {
            requested: IdempotencyKey {
                key,
                fingerprint: fingerprint(head.method.as_str(), &head.path, payload),
                operation: operation.id,
            },
            _guard: guard,
        });
        let request = Request {
            operation,
            admission,
            key,
            payload: Some(payload.to_owned()),
        };
        if on_platform || !self.parts.store.plans_writes() {
            return self.begin_stepwise(request).await;
        }
        let write = self.plan(&request);
        Ok(Begun::Fresh(request.with(write)))
    }

    async fn commit(&self, work: Work, outcome: Outcome) -> Result<Ended<Work, ()>, ServiceProblem> {
        let completion = self.completion(&work, outcome)?;
        let (write, request) = work.into_parts();
        let plan = match write {
            Write::Planned(plan) => plan,
            Write::Stepwise(transaction) => {
                transaction.complete(completion).await?;
                return Ok(Ended::Done(()));
            }
        };
        match plan.complete(completion).await? {
            UnitEnding::Committed(_) => Ok(Ended::Done(())),
            UnitEnding::Broken => self.begin_again(request).await,
            UnitEnding::Known(claim) => match begun_before(claim)? {
                Some(reply) => Ok(Ended::Replay(reply)),
                None => self.begin_again(request).await,
            },
        }
    }

    /// A refusal is decided before anything is changed, or by an insertion that changed nothing; so the transaction holds the
    /// claimed key alone, and commits it with the answer. The store refuses where a handler did otherwise. What was refused on
    /// assumptions is decided again: the tenant, or the key, may have come first.
    async fn conclude(
        &self,
        work: Work,
        reply: Option<RecordedReply>,
    ) -> Result<Ended<Work, ()>, ServiceProblem> {
        let now = self.parts.environment.now();
        let (write, request) = work.into_parts();
        match (write, reply) {
            (Write::Planned(_), _) => self.begin_again(request).await,
            (Write::Stepwise(_), None) => Ok(Ended::Done(())),
            (Write::Stepwise(transaction), Some(reply)) => {
                let key = request.key.as_ref();
                let idempotency = key.map(|key| (key.requested.key.clone(), stored(reply)));
                transaction.conclude(idempotency, now).await?;
                Ok(Ended::Done(()))
            }
        }
    }
}

impl Rollcall {
    /// What belongs to the write beside what its handler stored.
    fn completion(&self, work: &Work, outcome: Outcome) -> Result<Completion, ServiceProblem> {
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
        let key = work.key.as_ref();
        Ok(Completion {
            idempotency: key.map(|key| (key.requested.key.clone(), stored(outcome.reply))),
            audit: audit.collect(),
            events,
            now,
        })
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
