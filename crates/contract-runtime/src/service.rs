//! What a service gives to generated code: who may call, how a write begins and how it ends.

use std::future::Future;

use uuid::Uuid;

use crate::{CallHead, EventSet, Operation, PendingEvent, Problem, RecordedReply, Reply};

/// The tenant of a request, from its two places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenantClaim {
    /// The path's tenant.
    pub path: Uuid,
    /// The header's tenant.
    pub header: Uuid,
}

/// A record that a write changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Affected {
    /// Its kind, such as `thing`.
    pub entity_type: &'static str,
    /// Its id.
    pub entity_id: Uuid,
}

/// A write that its handler decided on: what to answer, what it emits, what it changed. It is not committed yet; only the
/// caller of the handler can do that.
#[derive(Debug)]
pub struct Written<R, E> {
    response: R,
    events: E,
    affected: Vec<Affected>,
}

impl<R, E: EventSet> Written<R, E> {
    /// The decision: `events` are exactly those that the contract's `x-emits` lists.
    #[must_use]
    pub fn new(response: R, events: E, affected: Affected) -> Self {
        Self {
            response,
            events,
            affected: vec![affected],
        }
    }

    /// The same with another record that it changed.
    #[must_use]
    pub fn also_affecting(mut self, affected: Affected) -> Self {
        self.affected.push(affected);
        self
    }

    #[doc(hidden)]
    pub fn into_parts(self) -> (R, Vec<Box<dyn PendingEvent>>, Vec<Affected>) {
        (self.response, self.events.into_pending(), self.affected)
    }
}

/// How a write begins.
#[derive(Debug)]
pub enum Begun<W> {
    /// It is new.
    Fresh(W),
    /// The same request was answered before, like this.
    Replay(Reply),
}

/// How an attempt at a write ended.
///
/// A service may let a handler decide on assumptions that nearly always hold, and look only when it commits. Where one did not hold
/// nothing was written, and the handler decides again, on what is so.
#[derive(Debug)]
pub enum Ended<W, A> {
    /// The write is over, and this is its answer.
    Done(A),
    /// Nothing was written; the handler is to decide again.
    Again(W),
    /// Nothing was written; the same request was answered before, like this.
    Replay(Reply),
}

/// What a handler decided on, as it is committed.
pub struct Outcome {
    /// The answer, which a repetition of the request will get again.
    pub reply: RecordedReply,
    /// The events, in order; none where the write was refused.
    pub events: Vec<Box<dyn PendingEvent>>,
    /// The records that changed; none where the write was refused.
    pub affected: Vec<Affected>,
}

/// A problem that the service itself answers, whatever the operation; the generator makes sure that each is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the problem type of the same name")]
pub enum ServiceProblem {
    Unauthenticated {
        www_authenticate: String,
        detail: String,
    },
    Forbidden,
    TenantMismatch,
    TenantNotFound,
    TenantSuspended,
    IdempotencyInFlight,
    IdempotencyKeyReused,
    Unavailable {
        retry_after_seconds: u32,
    },
    InternalError,
}

impl ServiceProblem {
    /// The problem as the operation's contract lists it.
    #[must_use]
    pub fn into_problem(self, operation: &Operation) -> Problem {
        let named = |slug, detail: &str| Problem::named(operation.problems, slug, detail);
        match self {
            Self::Unauthenticated {
                www_authenticate,
                detail,
            } => named("unauthenticated", &detail).with_header("www-authenticate", www_authenticate),
            Self::Forbidden => named("forbidden", "The token does not entitle you to this request."),
            Self::TenantMismatch => named(
                "tenant-mismatch",
                "The header X-Tenant-Id names another tenant than the path.",
            ),
            Self::TenantNotFound => named("tenant-not-found", "There is no such tenant."),
            Self::TenantSuspended => named("tenant-suspended", "The tenant is suspended."),
            Self::IdempotencyInFlight => named(
                "idempotency-in-flight",
                "The first request with this key is still at work.",
            )
            .retry_after(1),
            Self::IdempotencyKeyReused => named(
                "idempotency-key-reused",
                "The key was used before with another request.",
            ),
            Self::Unavailable { retry_after_seconds } => {
                named("unavailable", "The service cannot do this at the moment.")
                    .retry_after(retry_after_seconds)
            }
            Self::InternalError => named("internal-error", "Something went wrong inside the service."),
        }
    }
}

/// The part of a service that is the same for every operation.
pub trait Service: Send + Sync + 'static {
    /// A caller who was let in, and the tenant in which they act.
    type Admission: Send + Sync;
    /// A write that has begun and is not committed.
    type Work: Send;

    /// Below which URL the problem types stand, without a slash at its end.
    fn base_url(&self) -> &str;

    /// Who calls? Before anything else of the request is looked at.
    fn authenticate(
        &self,
        operation: &'static Operation,
        head: &CallHead,
    ) -> impl Future<Output = Result<Self::Admission, ServiceProblem>> + Send;

    /// May they act in this tenant? The claim is `None` for operations outside of tenants.
    fn admit(
        &self,
        operation: &'static Operation,
        head: &CallHead,
        admission: Self::Admission,
        claim: Option<TenantClaim>,
    ) -> impl Future<Output = Result<Self::Admission, ServiceProblem>> + Send;

    /// Begins the write of `operation`; `payload` is the canonical form of its body.
    fn begin(
        &self,
        operation: &'static Operation,
        head: &CallHead,
        admission: Self::Admission,
        idempotency_key: Option<&str>,
        payload: &str,
    ) -> impl Future<Output = Result<Begun<Self::Work>, ServiceProblem>> + Send;

    /// Commits a write with its events, audit and idempotency records, all or nothing.
    fn commit(
        &self,
        work: Self::Work,
        outcome: Outcome,
    ) -> impl Future<Output = Result<Ended<Self::Work, ()>, ServiceProblem>> + Send;

    /// Ends a write that its handler refused: nothing changes, but the answer, where there is one to keep, is recorded for
    /// repetitions.
    fn conclude(
        &self,
        work: Self::Work,
        reply: Option<RecordedReply>,
    ) -> impl Future<Output = Result<Ended<Self::Work, ()>, ServiceProblem>> + Send;
}
