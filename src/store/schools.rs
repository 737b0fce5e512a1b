//! Schools, as rows.

use sea_orm::Value;

use super::StoreError;
use super::dialect::{Dialect, Row, corrupt};
use super::transaction::ScopedTransaction;
use crate::roster::{Name, NewSchool, School, SchoolId, SchoolStatus};
use crate::tenancy::TenantId;

const COLUMNS: &str = "tenant_id, school_id, name, identifier, grade_levels, time_zone, external_refs, status, version, \
                       created_at, updated_at";

/// How often an insertion is tried whose obstacle was gone when it was looked for.
const INSERT_ATTEMPTS_MAX: u32 = 3;

/// How an insertion ended. The transaction is sound after each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchoolInsertion {
    /// The school is in.
    Inserted,
    /// This other school of the tenant has the name, ignoring case.
    NameTaken(SchoolId),
    /// This other school of the tenant has the identifier.
    IdentifierTaken(SchoolId),
}

pub(super) async fn insert_school(
    transaction: &ScopedTransaction,
    school: &School,
) -> Result<SchoolInsertion, StoreError> {
    for _ in 0..INSERT_ATTEMPTS_MAX {
        // `DO NOTHING` waits for a competitor that has not committed yet and, unlike a violation, leaves the
        // transaction usable on PostgreSQL: the refusal can be recorded in it.
        let inserted = transaction
            .execute(
                "INSERT INTO schools (tenant_id, school_id, name, name_folded, identifier, grade_levels, time_zone,
                                      external_refs, status, version, created_at, updated_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
                 ON CONFLICT DO NOTHING",
                insert_values(transaction, school)?,
            )
            .await?;
        if inserted == 1 {
            return Ok(SchoolInsertion::Inserted);
        }
        if let Some(obstacle) = find_obstacle(transaction, school).await? {
            return Ok(obstacle);
        }
    }
    Err(StoreError::internal(
        "a school conflicts with a row that cannot be found: its id is not new",
    ))
}

/// Which school has the name or, failing that, the identifier.
async fn find_obstacle(
    transaction: &ScopedTransaction,
    school: &School,
) -> Result<Option<SchoolInsertion>, StoreError> {
    let by_column = [
        (
            "name_folded",
            Value::from(school.details.name.folded()),
            SchoolInsertion::NameTaken as fn(SchoolId) -> _,
        ),
        (
            "identifier",
            Value::from(school.details.identifier.clone()),
            SchoolInsertion::IdentifierTaken,
        ),
    ];
    for (column, value, obstacle) in by_column {
        let row = transaction
            .one(
                format!("SELECT school_id FROM schools WHERE tenant_id = $1 AND {column} = $2"),
                vec![transaction.tenant(), value],
            )
            .await?;
        if let Some(row) = row {
            return Ok(Some(obstacle(SchoolId(
                transaction.dialect().row(&row).uuid("school_id")?,
            ))));
        }
    }
    Ok(None)
}

pub(super) async fn select_school(
    transaction: &ScopedTransaction,
    school_id: SchoolId,
) -> Result<Option<School>, StoreError> {
    let row = transaction
        .one(
            format!("SELECT {COLUMNS} FROM schools WHERE tenant_id = $1 AND school_id = $2"),
            vec![transaction.tenant(), transaction.dialect().uuid(school_id.0)],
        )
        .await?;
    row.map(|row| school_of(transaction.dialect().row(&row)))
        .transpose()
}

/// The tenant's status beside one of its schools, in one statement, which is one transaction and sees one state. The function of
/// PostgreSQL enters the tenant before it looks; see the migration that makes it.
pub(super) fn select_served_school(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "SELECT * FROM read_school($1, $2)",
        Dialect::Sqlite => {
            "SELECT tenants.status AS tenant_status, schools.tenant_id, schools.school_id, schools.name, schools.identifier,
                    schools.grade_levels, schools.time_zone, schools.external_refs, schools.status, schools.version,
                    schools.created_at, schools.updated_at
             FROM tenants LEFT JOIN schools ON schools.tenant_id = tenants.tenant_id AND schools.school_id = $2
             WHERE tenants.tenant_id = $1"
        }
    }
}

/// The tenant's schools in the order of their ids, those after `after`, at most `limit`.
pub(super) async fn select_schools_after(
    transaction: &ScopedTransaction,
    after: Option<SchoolId>,
    limit: u64,
) -> Result<Vec<School>, StoreError> {
    let dialect = transaction.dialect();
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    // The nil UUID sorts before every id.
    let after = after.map_or_else(uuid::Uuid::nil, |school_id| school_id.0);
    let rows = transaction
        .all(
            format!(
                "SELECT {COLUMNS} FROM schools WHERE tenant_id = $1 AND school_id > $2 ORDER BY school_id LIMIT $3"
            ),
            vec![transaction.tenant(), dialect.uuid(after), limit.into()],
        )
        .await?;
    rows.iter().map(|row| school_of(dialect.row(row))).collect()
}

fn insert_values(transaction: &ScopedTransaction, school: &School) -> Result<Vec<Value>, StoreError> {
    let dialect: Dialect = transaction.dialect();
    let details = &school.details;
    Ok(vec![
        transaction.tenant(),
        dialect.uuid(school.school_id.0),
        details.name.as_str().into(),
        details.name.folded().into(),
        details.identifier.clone().into(),
        dialect.json(json_of(details.grade_levels.as_ref())?),
        details.time_zone.clone().into(),
        dialect.json(json_of(details.external_refs.as_ref())?),
        status_word(school.status).into(),
        school.version.into(),
        dialect.timestamp(school.created_at),
        dialect.timestamp(school.updated_at),
    ])
}

fn json_of<T: serde::Serialize>(value: Option<&T>) -> Result<Option<serde_json::Value>, StoreError> {
    value
        .map(serde_json::to_value)
        .transpose()
        .map_err(|error| StoreError::internal(error.to_string()))
}

pub(super) fn school_of(row: Row<'_>) -> Result<School, StoreError> {
    Ok(School {
        tenant_id: TenantId(row.uuid("tenant_id")?),
        school_id: SchoolId(row.uuid("school_id")?),
        details: NewSchool {
            name: Name::parse(&row.get::<String>("name")?).map_err(|error| corrupt("name", &error))?,
            identifier: row.get("identifier")?,
            grade_levels: row.json("grade_levels")?,
            time_zone: row.get("time_zone")?,
            external_refs: row.json("external_refs")?,
        },
        status: match row.get::<String>("status")?.as_str() {
            "active" => SchoolStatus::Active,
            "closed" => SchoolStatus::Closed,
            other => return Err(corrupt("status", &other)),
        },
        version: row.get("version")?,
        created_at: row.timestamp("created_at")?,
        updated_at: row.timestamp("updated_at")?,
    })
}

pub(super) fn status_word(status: SchoolStatus) -> &'static str {
    match status {
        SchoolStatus::Active => "active",
        SchoolStatus::Closed => "closed",
    }
}
