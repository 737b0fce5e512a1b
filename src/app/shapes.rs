//! Between the domain's types and the contract's: what a school and a tenant look like to a client and in an event.

use contract_runtime::UtcDateTime;

use crate::contract::{events, models};
use crate::roster::{School, SchoolStatus, Tenant, TenantStatus};

/// The version as a strong entity tag (RFC 9110 §8.8.3).
pub(super) fn entity_tag(version: i64) -> String {
    format!("\"{version}\"")
}

/// The same value in another type that has the same JSON. The contract's enums and the events' are generated apart, from
/// two documents; `None` means that the two have grown apart, which fails the write.
fn same_json<T: serde::de::DeserializeOwned>(value: &impl serde::Serialize) -> Option<T> {
    serde_json::to_value(value).and_then(serde_json::from_value).ok()
}

pub(super) fn tenant(tenant: &Tenant) -> models::Tenant {
    models::Tenant {
        tenant_id: tenant.tenant_id.0,
        name: tenant.name.as_str().to_owned(),
        region: tenant.region.clone(),
        status: match tenant.status {
            TenantStatus::Active => models::TenantStatus::Active,
            TenantStatus::Suspended => models::TenantStatus::Suspended,
        },
        version: tenant.version,
        created_at: UtcDateTime(tenant.created_at),
        updated_at: UtcDateTime(tenant.updated_at),
    }
}

/// `None` for a school whose stored grade levels are not of the contract.
pub(super) fn school(school: &School) -> Option<models::School> {
    let details = &school.details;
    Some(models::School {
        school_id: school.school_id.0,
        tenant_id: school.tenant_id.0,
        name: details.name.as_str().to_owned(),
        identifier: details.identifier.clone(),
        grade_levels: match &details.grade_levels {
            Some(levels) => Some(same_json(levels)?),
            None => None,
        },
        time_zone: details.time_zone.clone(),
        external_refs: details.external_refs.clone().map(models::ExternalRefs),
        status: match school.status {
            SchoolStatus::Active => models::SchoolStatus::Active,
            SchoolStatus::Closed => models::SchoolStatus::Closed,
        },
        version: school.version,
        created_at: UtcDateTime(school.created_at),
        updated_at: UtcDateTime(school.updated_at),
    })
}

/// The event's data is what the client sees; the two contracts say the same of it.
pub(super) fn school_created(school: &models::School) -> Option<events::SchoolCreatedData> {
    same_json(school)
}

pub(super) fn tenant_provisioned(tenant: &models::Tenant) -> Option<events::TenantProvisionedData> {
    same_json(tenant)
}
