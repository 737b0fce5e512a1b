//! A caller and what it may do.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::tenancy::TenantId;

/// Somebody who may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The token's `sub`, or `anonymous`.
    pub subject: String,
    /// The token's `azp` or `client_id`.
    pub client: Option<String>,
    /// What it may do.
    pub scopes: ScopeGrant,
    /// Where it may do that.
    pub tenants: TenantGrant,
    /// Until when its token is believed, clocks that differ included; without a token for ever.
    pub believed_until: Option<DateTime<Utc>>,
}

/// What a caller may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScopeGrant {
    /// Everything: authentication is off.
    All,
    /// What these scopes allow.
    Only(BTreeSet<String>),
}

/// Which tenants a caller may enter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TenantGrant {
    /// Every tenant.
    All,
    /// These; none if empty.
    Only(Vec<TenantId>),
}

impl Caller {
    /// Whoever calls while authentication is off.
    #[must_use]
    pub fn anonymous() -> Self {
        Self {
            subject: "anonymous".to_owned(),
            client: None,
            scopes: ScopeGrant::All,
            tenants: TenantGrant::All,
            believed_until: None,
        }
    }

    /// Whether it was granted `scope`.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        match &self.scopes {
            ScopeGrant::All => true,
            ScopeGrant::Only(scopes) => scopes.contains(scope),
        }
    }

    /// Whether it may act inside `tenant`, existing or not.
    #[must_use]
    pub fn may_enter(&self, tenant: TenantId) -> bool {
        match &self.tenants {
            TenantGrant::All => true,
            TenantGrant::Only(tenants) => tenants.contains(&tenant),
        }
    }
}
