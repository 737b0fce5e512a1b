//! Looking for holes in the isolation of tenants, in the catalog of the running database.
//!
//! Migrations build the isolation, but a database lives longer than a migration: an operator attaches a partition, restores a
//! dump without policies, lends a role a right. So the service looks at every start, at every table with a `tenant_id` that its
//! role can reach, at each of its partitions, and at its own role, and does not serve while there is a finding.

use sea_orm::{ConnectionTrait, DatabaseConnection, QueryResult};

use super::dialect::Dialect;
use super::isolation_catalog as catalog;
use super::{Store, StoreError};

/// Tables that must be there and isolated; others with a `tenant_id` are found by themselves.
const TENANT_TABLES: [&str; 7] = [
    "tenants",
    "schools",
    "idempotency_records",
    "audit_records",
    "event_log",
    "event_log_tenant_floors",
    "withheld_events",
];

/// No request changes or removes a row of these.
const APPEND_ONLY_TABLES: [&str; 4] = [
    "audit_records",
    "event_log",
    "event_log_tenant_floors",
    "withheld_events",
];

/// The triggers that hold on SQLite what rights and policies hold on PostgreSQL.
const SQLITE_TRIGGERS: [&str; 13] = [
    "audit_records_no_update",
    "audit_records_no_delete",
    "event_log_no_update",
    "event_log_no_delete",
    "event_log_floors_below_head",
    "event_log_floors_only_rise",
    "event_log_floors_no_delete",
    "event_log_tenant_floors_only_rise",
    "event_log_tenant_floors_no_delete",
    "event_partition_epochs_no_update",
    "event_partition_epochs_no_delete",
    "withheld_events_no_update",
    "withheld_events_no_delete",
];

/// Tables that are ordered by partition, which its tenants share.
const ORDERED_BY_PARTITION: [&str; 2] = ["event_log", "withheld_events"];

/// The condition of every policy, as PostgreSQL prints it, without white space and parentheses.
const TENANT_CONDITION: &str = "tenant_id=NULLIFcurrent_setting'app.tenant_id'::text,true,''::text::uuid";

impl Store {
    /// Reads the catalog and names everything that would let one tenant reach another, as
    /// [`StoreError::IsolationBroken`].
    pub async fn verify_isolation(&self) -> Result<(), StoreError> {
        let pools = self.pools();
        let mut findings = Vec::new();
        match pools.dialect {
            Dialect::Postgres => {
                for connection in [&pools.writer, &pools.event_log] {
                    check_role(&Catalog(connection), &mut findings).await?;
                }
                check_tables(&Catalog(&pools.writer), &mut findings).await?;
            }
            Dialect::Sqlite => check_triggers(&pools.reader, &mut findings).await?,
        }
        if findings.is_empty() {
            Ok(())
        } else {
            Err(StoreError::IsolationBroken { findings })
        }
    }
}

struct Catalog<'a>(&'a DatabaseConnection);

impl Catalog<'_> {
    async fn all(&self, sql: &str) -> Result<Vec<QueryResult>, StoreError> {
        Ok(self
            .0
            .query_all_raw(Dialect::Postgres.statement(sql, Vec::new()))
            .await?)
    }
}

async fn check_role(catalog: &Catalog<'_>, findings: &mut Vec<String>) -> Result<(), StoreError> {
    for row in catalog.all(catalog::ROLE).await? {
        let name: String = row.try_get("", "name")?;
        if row.try_get("", "superuser")? {
            findings.push(format!("the role {name} is a superuser"));
        }
        if row.try_get("", "bypasses")? {
            findings.push(format!("the role {name} bypasses row-level security"));
        }
    }
    Ok(())
}

/// What the catalog says of one table or partition.
struct Table {
    id: i64,
    name: String,
}

async fn check_tables(catalog: &Catalog<'_>, findings: &mut Vec<String>) -> Result<(), StoreError> {
    let mut tables = Vec::new();
    for row in catalog.all(catalog::TABLES).await? {
        let table = Table {
            id: row.try_get("", "id")?,
            name: row.try_get("", "name")?,
        };
        if !row.try_get::<bool>("", "enabled")? {
            findings.push(format!("row-level security is not enabled on {}", table.name));
        }
        if !row.try_get::<bool>("", "forced")? {
            findings.push(format!("row-level security is not forced on {}", table.name));
        }
        if row.try_get::<bool>("", "owned")? {
            findings.push(format!(
                "the service's role owns {} and could lift its policies",
                table.name
            ));
        }
        if APPEND_ONLY_TABLES.contains(&table.name.as_str()) && row.try_get::<bool>("", "changeable")? {
            findings.push(format!("the service's role may change rows of {}", table.name));
        }
        tables.push(table);
    }
    for name in TENANT_TABLES {
        if !tables.iter().any(|table| table.name == name) {
            findings.push(format!(
                "the table {name} is missing or out of reach of the service's role"
            ));
        }
    }
    check_policies(catalog, &tables, findings).await?;
    check_keys(catalog, &tables, findings).await
}

async fn check_policies(
    catalog: &Catalog<'_>,
    tables: &[Table],
    findings: &mut Vec<String>,
) -> Result<(), StoreError> {
    let mut isolated = Vec::new();
    for row in catalog.all(catalog::POLICIES).await? {
        let table: i64 = row.try_get("", "table_id")?;
        let Some(table) = tables.iter().find(|candidate| candidate.id == table) else {
            continue;
        };
        let name: String = row.try_get("", "name")?;
        let command: String = row.try_get("", "command")?;
        let using: Option<String> = row.try_get("", "using_condition")?;
        let check: Option<String> = row.try_get("", "check_condition")?;
        let exact = is_tenant_condition(using.as_deref()) && is_tenant_condition(check.as_deref());
        if exact && command == "*" {
            isolated.push(table.id);
        } else {
            findings.push(format!(
                "the policy {name} on {} is not FOR ALL with the tenant condition in both USING and WITH CHECK",
                table.name
            ));
        }
    }
    for table in tables.iter().filter(|table| !isolated.contains(&table.id)) {
        findings.push(format!("{} has no policy that isolates tenants", table.name));
    }
    Ok(())
}

async fn check_keys(
    catalog: &Catalog<'_>,
    tables: &[Table],
    findings: &mut Vec<String>,
) -> Result<(), StoreError> {
    let mut with_primary_key = Vec::new();
    for row in catalog.all(catalog::KEYS).await? {
        let table: i64 = row.try_get("", "table_id")?;
        let Some(table) = tables.iter().find(|candidate| candidate.id == table) else {
            continue;
        };
        let name: String = row.try_get("", "name")?;
        let first: Option<String> = row.try_get("", "first_column")?;
        let referenced: Option<String> = row.try_get("", "first_referenced_column")?;
        let is_foreign: bool = row.try_get("", "is_foreign")?;
        if row.try_get("", "is_primary")? {
            with_primary_key.push(table.id);
        }
        let leads = match first.as_deref() {
            Some("tenant_id") => true,
            Some("partition") => ORDERED_BY_PARTITION.contains(&table.name.as_str()) && !is_foreign,
            _ => false,
        };
        if !leads || (is_foreign && referenced.as_deref() != Some("tenant_id")) {
            findings.push(format!(
                "the key {name} of {} does not lead with tenant_id",
                table.name
            ));
        }
    }
    for table in tables
        .iter()
        .filter(|table| !with_primary_key.contains(&table.id))
    {
        findings.push(format!("{} has no primary key", table.name));
    }
    Ok(())
}

fn is_tenant_condition(printed: Option<&str>) -> bool {
    printed.is_some_and(|text| {
        text.chars()
            .filter(|character| !character.is_whitespace() && !matches!(character, '(' | ')'))
            .eq(TENANT_CONDITION.chars())
    })
}

/// SQLite has neither roles nor row-level security; what it has are the triggers.
async fn check_triggers(
    connection: &DatabaseConnection,
    findings: &mut Vec<String>,
) -> Result<(), StoreError> {
    let rows = connection
        .query_all_raw(Dialect::Sqlite.statement(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'",
            Vec::new(),
        ))
        .await?;
    let triggers = rows
        .iter()
        .map(|row| row.try_get("", "name"))
        .collect::<Result<Vec<String>, _>>()?;
    for trigger in SQLITE_TRIGGERS {
        if !triggers.iter().any(|name| name == trigger) {
            findings.push(format!("the trigger {trigger} is missing"));
        }
    }
    Ok(())
}
