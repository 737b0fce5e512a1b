//! The write: entity, audit record, idempotency record and event commit together or not at all.

use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};

use super::complete::{Completion, write_completion};
use super::idempotency::{claim, store_response};
use super::schools::{SchoolInsertion, insert_school};
use super::tenants::{insert_tenant, select_tenant};
use super::transaction::{Access, ScopedTransaction};
use super::{Position, Store, StoreError};
use crate::idempotency::{Claim, IdempotencyKey, StoredResponse};
use crate::roster::{School, Tenant};
use crate::tenancy::TenantContext;

/// One write in progress. Dropping it, like [`WriteTransaction::rollback`], leaves nothing behind, no gap in the event
/// log either.
///
/// After any `Err`, and after [`Claim::InFlight`], nothing but rolling back makes sense.
pub struct WriteTransaction {
    store: Store,
    transaction: ScopedTransaction,
    /// The key that this transaction claimed, and the scope in which its record is.
    claimed: Option<(TenantContext, String)>,
    /// Whether anything but a key was stored.
    changed: AtomicBool,
}

impl Store {
    /// Begins a write inside a tenant, or in [`TenantContext::platform`].
    pub async fn begin_write(&self, context: TenantContext) -> Result<WriteTransaction, StoreError> {
        let transaction = ScopedTransaction::begin(self.pools(), context, Access::Write).await?;
        Ok(WriteTransaction {
            store: self.clone(),
            transaction,
            claimed: None,
            changed: AtomicBool::new(false),
        })
    }
}

impl WriteTransaction {
    /// Makes `key` this transaction's, or says what it already stands for in the scope that the transaction is inside.
    ///
    /// A key that another transaction holds is waited for, but not long. A record that expired at `now` counts as none.
    pub async fn claim_idempotency_key(
        &mut self,
        key: &IdempotencyKey,
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Claim, StoreError> {
        let answer = claim(&self.transaction, key, expires_at, now).await?;
        if answer == Claim::Claimed {
            self.claimed = Some((self.transaction.context(), key.key.clone()));
        }
        Ok(answer)
    }

    /// Moves into another tenant: into the one that is being created, after the key was claimed on the platform.
    pub async fn enter_tenant(&mut self, context: TenantContext) -> Result<(), StoreError> {
        self.transaction.enter(context).await
    }

    /// The tenant that the transaction is inside.
    pub async fn tenant(&self) -> Result<Option<Tenant>, StoreError> {
        select_tenant(&self.transaction).await
    }

    /// Stores a new tenant, which must be the one that the transaction is inside; `false` where it is there already.
    pub async fn insert_tenant(&self, tenant: &Tenant) -> Result<bool, StoreError> {
        self.require_scope(tenant.tenant_id)?;
        let is_new = insert_tenant(&self.transaction, tenant).await?;
        if is_new {
            self.changed.store(true, Ordering::Relaxed);
        }
        Ok(is_new)
    }

    /// Stores a new school of the tenant that the transaction is inside, unless its name or identifier is taken.
    pub async fn insert_school(&self, school: &School) -> Result<SchoolInsertion, StoreError> {
        self.require_scope(school.tenant_id)?;
        let insertion = insert_school(&self.transaction, school).await?;
        if insertion == SchoolInsertion::Inserted {
            self.changed.store(true, Ordering::Relaxed);
        }
        Ok(insertion)
    }

    /// Adds what belongs to every write, commits, and wakes the relay. Returns where the events are, in their order.
    pub async fn complete(mut self, completion: Completion) -> Result<Vec<Position>, StoreError> {
        let response = self.settle_response(&completion).await?;
        let partition = self
            .transaction
            .context()
            .tenant_id()
            .partition(self.store.metadata().partition_count);
        let positions = write_completion(&self.transaction, partition, &completion, response).await?;
        self.transaction.commit().await?;
        if !positions.is_empty() {
            self.store.announce(&positions);
        }
        Ok(positions)
    }

    /// Commits the answer of a request that was refused, for repetitions of it, and nothing else. What was changed before the refusal
    /// is a defect: it would have neither audit record nor event, so everything is given up instead.
    pub async fn conclude(
        self,
        idempotency: Option<(String, StoredResponse)>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if self.changed.load(Ordering::Relaxed) {
            self.rollback().await?;
            return Err(StoreError::internal("a refused request had changed something"));
        }
        let completion = Completion {
            idempotency,
            audit: Vec::new(),
            events: Vec::new(),
            now,
        };
        self.complete(completion).await.map(|_| ())
    }

    /// Gives everything up.
    pub async fn rollback(self) -> Result<(), StoreError> {
        self.transaction.rollback().await
    }

    /// Checks that a claimed key gets its answer, and stores the answer of one that was claimed in another scope.
    ///
    /// Row-level security stays forced throughout: the transaction goes back into the scope of the record, writes, and
    /// returns. That costs two round trips, but only where a tenant is created.
    async fn settle_response(&mut self, completion: &Completion) -> Result<bool, StoreError> {
        match (&self.claimed, &completion.idempotency) {
            (None, None) => Ok(false),
            (Some((scope, claimed)), Some((key, response))) if claimed == key => {
                let (scope, here) = (*scope, self.transaction.context());
                if scope == here {
                    return Ok(true);
                }
                self.transaction.enter(scope).await?;
                store_response(&self.transaction, key, response).await?;
                self.transaction.enter(here).await?;
                Ok(false)
            }
            _ => Err(StoreError::internal(
                "the answer to store does not belong to the key that was claimed",
            )),
        }
    }

    fn require_scope(&self, tenant_id: crate::tenancy::TenantId) -> Result<(), StoreError> {
        if tenant_id == self.transaction.context().tenant_id() {
            Ok(())
        } else {
            Err(StoreError::internal(
                "a row of one tenant was written inside another",
            ))
        }
    }
}
