//! Tenants: the boundary that no row, event or answer crosses.
//!
//! A [`TenantContext`] is the key to every repository of the store; no repository function takes a bare tenant id. For a request it is
//! made by the guard, after it found that the token may enter the tenant and that the header names the tenant of the path, so that
//! a handler which holds one need not ask again. Only two others are made: for a tenant that is being created, and for the record
//! of an attempt that the guard refused. Outside of this crate nobody can make one.

use uuid::Uuid;

/// How many partitions the event log has unless the database was initialised with another number.
pub const PARTITION_COUNT_DEFAULT: u16 = 64;

/// The id of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TenantId(pub Uuid);

impl TenantId {
    /// The partition of the event log that carries this tenant's events, in `0..partition_count`.
    ///
    /// UUID version 7 keeps its randomness in the low 62 bits; their remainder spreads tenants evenly and can be
    /// computed by anyone who knows the tenant id, in any language.
    #[must_use]
    pub fn partition(self, partition_count: u16) -> Partition {
        let low = self.0.as_u64_pair().1 & 0x3fff_ffff_ffff_ffff;
        let remainder = low % u64::from(partition_count.max(1));
        Partition(u16::try_from(remainder).unwrap_or_default())
    }
}

impl std::fmt::Display for TenantId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A partition of the event log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Partition(pub u16);

impl std::fmt::Display for Partition {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// The tenant that a transaction of the store is inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenantContext {
    tenant_id: TenantId,
}

impl TenantContext {
    /// The context of a request whose tenant was checked by the guard, or of a tenant that is being created.
    #[must_use]
    pub(crate) fn checked(tenant_id: TenantId) -> Self {
        Self { tenant_id }
    }

    /// The context of nothing but the audit record that a refused attempt leaves in the tenant it was aimed at, whether or not there is
    /// such a tenant.
    #[must_use]
    pub(crate) fn for_audit_of(tenant_id: TenantId) -> Self {
        Self { tenant_id }
    }

    /// The scope of what belongs to no tenant yet: the idempotency keys of tenant creation. The nil UUID (RFC 9562 §5.9)
    /// is never a tenant's id.
    #[must_use]
    pub(crate) fn platform() -> Self {
        Self {
            tenant_id: TenantId(Uuid::nil()),
        }
    }

    /// The tenant.
    #[must_use]
    pub fn tenant_id(&self) -> TenantId {
        self.tenant_id
    }
}
