//! A school: the aggregate.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Name;
use crate::tenancy::TenantId;

/// The id of a school, UUID version 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SchoolId(pub Uuid);

/// Whether a school takes part in the roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchoolStatus {
    /// It does.
    Active,
    /// It no longer does; its records are kept.
    Closed,
}

/// What a caller says of a school to be created; its shape was checked against the contract already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSchool {
    /// Unique in the tenant, ignoring case.
    pub name: Name,
    /// The school's local number, unique in the tenant where present.
    pub identifier: Option<String>,
    /// CEDS entry grade level codes; `None` where nothing was said, which differs from an empty list.
    pub grade_levels: Option<Vec<String>>,
    /// An IANA time zone name.
    pub time_zone: Option<String>,
    /// Ids of this school in other systems, by system.
    pub external_refs: Option<BTreeMap<String, String>>,
}

/// A school of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct School {
    /// The tenant that it belongs to; never changes.
    pub tenant_id: TenantId,
    /// Its id.
    pub school_id: SchoolId,
    /// What its tenant says of it.
    pub details: NewSchool,
    /// Whether it takes part in the roster.
    pub status: SchoolStatus,
    /// 1 at creation, one more at each change.
    pub version: i64,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl School {
    /// A new active school, version 1.
    #[must_use]
    pub fn create(tenant_id: TenantId, school_id: SchoolId, details: NewSchool, now: DateTime<Utc>) -> Self {
        Self {
            tenant_id,
            school_id,
            details,
            status: SchoolStatus::Active,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }
}
