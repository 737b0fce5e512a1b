//! A tenant: a district, trust or authority whose schools nobody else sees.

use chrono::{DateTime, Utc};

use super::Name;
use crate::tenancy::TenantId;

/// Whether a tenant is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantStatus {
    /// It is.
    Active,
    /// Every request inside it is refused.
    Suspended,
}

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its id, UUID version 7.
    pub tenant_id: TenantId,
    /// Its name; two tenants may share one.
    pub name: Name,
    /// Where its data should live.
    pub region: Option<String>,
    /// Whether it is served.
    pub status: TenantStatus,
    /// 1 at creation, one more at each change.
    pub version: i64,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl Tenant {
    /// A new active tenant, version 1.
    #[must_use]
    pub fn create(tenant_id: TenantId, name: Name, region: Option<String>, now: DateTime<Utc>) -> Self {
        Self {
            tenant_id,
            name,
            region,
            status: TenantStatus::Active,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }
}
