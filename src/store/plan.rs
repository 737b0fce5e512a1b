//! A write that is planned: nothing is asked of the database until it is complete.
//!
//! A handler learns step by step that its tenant is served, that its key is new, that a name is free, and nearly always each is so. A
//! plan lets it take them for granted and only notes what it would have written; the [committer](super::committer) then sends that as one
//! unit, which the database holds against what is there. Where something was not so nothing was written, and the request begins again
//! with a [`WriteTransaction`], which finds out what exactly it was. A handler is not told which of the two it has.

use chrono::{DateTime, Utc};

use super::unit::{Unit, UnitEnding};
use super::{Completion, SchoolInsertion, Store, StoreError, WriteTransaction};
use crate::idempotency::IdempotencyKey;
use crate::roster::{School, Tenant};
use crate::tenancy::TenantContext;

/// A write in progress, in the hands of a handler.
pub enum Write {
    /// On assumptions.
    Planned(WritePlan),
    /// On what the database said.
    Stepwise(WriteTransaction),
}

/// What a handler wants to write. Dropping it leaves nothing behind.
pub struct WritePlan {
    store: Store,
    context: TenantContext,
    needs_served_tenant: bool,
    claim: Option<(IdempotencyKey, DateTime<Utc>)>,
    schools: Vec<School>,
}

impl Store {
    /// Plans a write inside a tenant.
    #[must_use]
    pub fn plan_write(&self, context: TenantContext) -> WritePlan {
        WritePlan {
            store: self.clone(),
            context,
            needs_served_tenant: false,
            claim: None,
            schools: Vec::new(),
        }
    }
}

impl WritePlan {
    /// Takes it for granted that the tenant is there and served.
    pub fn require_served_tenant(&mut self) {
        self.needs_served_tenant = true;
    }

    /// Takes it for granted that the key is new, and lets it stand for the request's answer until `expires_at`.
    pub fn claim_idempotency_key(&mut self, key: IdempotencyKey, expires_at: DateTime<Utc>) {
        self.claim = Some((key, expires_at));
    }

    /// Takes it for granted that name and identifier are free.
    pub fn insert_school(&mut self, school: &School) {
        self.schools.push(school.clone());
    }

    /// Sends it all. Rows of another tenant are the database's to refuse.
    pub async fn complete(self, completion: Completion) -> Result<UnitEnding, StoreError> {
        let claimed = self.claim.as_ref().map(|(key, _)| &key.key);
        if claimed != completion.idempotency.as_ref().map(|(key, _)| key) {
            return Err(StoreError::internal(
                "the answer to store does not belong to the key that was claimed",
            ));
        }
        let unit = Unit {
            context: self.context,
            needs_served_tenant: self.needs_served_tenant,
            claim: self.claim,
            schools: self.schools,
            completion,
        };
        self.store.committer().commit(unit).await
    }
}

impl Write {
    /// Stores a new school of the tenant that the write is inside, unless its name or identifier is taken.
    pub async fn insert_school(&mut self, school: &School) -> Result<SchoolInsertion, StoreError> {
        match self {
            Self::Planned(plan) => {
                if school.tenant_id != plan.context.tenant_id() {
                    return Err(StoreError::internal(
                        "a row of one tenant was written inside another",
                    ));
                }
                plan.insert_school(school);
                Ok(SchoolInsertion::Inserted)
            }
            Self::Stepwise(transaction) => transaction.insert_school(school).await,
        }
    }

    /// See [`WriteTransaction::enter_tenant`]. No plan does that: creating a tenant is rare.
    pub async fn enter_tenant(&mut self, context: TenantContext) -> Result<(), StoreError> {
        self.stepwise()?.enter_tenant(context).await
    }

    /// See [`WriteTransaction::insert_tenant`].
    pub async fn insert_tenant(&mut self, tenant: &Tenant) -> Result<bool, StoreError> {
        self.stepwise()?.insert_tenant(tenant).await
    }

    fn stepwise(&mut self) -> Result<&mut WriteTransaction, StoreError> {
        match self {
            Self::Stepwise(transaction) => Ok(transaction),
            Self::Planned(_) => Err(StoreError::internal("a tenant was created by a plan")),
        }
    }
}
