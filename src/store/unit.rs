//! A unit: all that one request writes, and what it takes for granted, before anything of it was sent.

use chrono::{DateTime, Utc};

use super::Position;
use super::complete::Completion;
use crate::idempotency::{Claim, IdempotencyKey};
use crate::roster::School;
use crate::tenancy::{Partition, TenantContext};

/// What one request writes.
#[derive(Debug)]
pub(super) struct Unit {
    /// The tenant.
    pub(super) context: TenantContext,
    /// Whether the tenant must be there and be served.
    pub(super) needs_served_tenant: bool,
    /// The key to claim, with the time until which it stands for its answer.
    pub(super) claim: Option<(IdempotencyKey, DateTime<Utc>)>,
    pub(super) schools: Vec<School>,
    pub(super) completion: Completion,
}

/// What became of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnitEnding {
    /// It is committed; its events are here, in their order.
    Committed(Vec<Position>),
    /// Nothing of it was written: its key stands for an answer, or for another request.
    Known(Claim),
    /// Nothing of it was written: something that it took for granted is not so, or could not be found out soon.
    Broken,
}

impl Unit {
    /// About how many bytes it sends.
    pub(super) fn size(&self) -> usize {
        let events = self.completion.events.iter();
        let events: usize = events.map(|event| event.head.len() + event.tail.len()).sum();
        let answer = self.completion.idempotency.as_ref();
        1_024 * (1 + self.schools.len() + self.completion.audit.len())
            + events
            + answer.map_or(0, |(_, response)| 2 * response.body.len())
    }

    pub(super) fn partition(&self, partition_count: u16) -> Partition {
        self.context.tenant_id().partition(partition_count)
    }
}
