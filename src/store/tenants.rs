//! Tenants, as rows.

use super::StoreError;
use super::dialect::{Row, corrupt};
use super::transaction::ScopedTransaction;
use crate::roster::{Name, Tenant, TenantStatus};
use crate::tenancy::TenantId;

/// The tenant that the transaction is inside.
pub(super) async fn select_tenant(transaction: &ScopedTransaction) -> Result<Option<Tenant>, StoreError> {
    let row = transaction
        .one(
            "SELECT tenant_id, name, region, status, version, created_at, updated_at FROM tenants WHERE tenant_id = $1",
            vec![transaction.tenant()],
        )
        .await?;
    row.map(|row| tenant_of(transaction.dialect().row(&row)))
        .transpose()
}

pub(super) async fn insert_tenant(
    transaction: &ScopedTransaction,
    tenant: &Tenant,
) -> Result<bool, StoreError> {
    let dialect = transaction.dialect();
    // Waits for a competitor that has not committed yet.
    let inserted = transaction
        .execute(
            "INSERT INTO tenants (tenant_id, name, region, status, version, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT DO NOTHING",
            vec![
                transaction.tenant(),
                tenant.name.as_str().into(),
                tenant.region.clone().into(),
                status_word(tenant.status).into(),
                tenant.version.into(),
                dialect.timestamp(tenant.created_at),
                dialect.timestamp(tenant.updated_at),
            ],
        )
        .await?;
    Ok(inserted == 1)
}

fn tenant_of(row: Row<'_>) -> Result<Tenant, StoreError> {
    Ok(Tenant {
        tenant_id: TenantId(row.uuid("tenant_id")?),
        name: Name::parse(&row.get::<String>("name")?).map_err(|error| corrupt("name", &error))?,
        region: row.get("region")?,
        status: status_of(&row.get::<String>("status")?)?,
        version: row.get("version")?,
        created_at: row.timestamp("created_at")?,
        updated_at: row.timestamp("updated_at")?,
    })
}

pub(super) fn status_of(word: &str) -> Result<TenantStatus, StoreError> {
    match word {
        "active" => Ok(TenantStatus::Active),
        "suspended" => Ok(TenantStatus::Suspended),
        other => Err(corrupt("status", &other)),
    }
}

fn status_word(status: TenantStatus) -> &'static str {
    match status {
        TenantStatus::Active => "active",
        TenantStatus::Suspended => "suspended",
    }
}
