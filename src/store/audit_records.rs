//! Audit records, as rows that are read. They are written with what they are about (see `complete`).

use uuid::Uuid;

use super::StoreError;
use super::dialect::{Dialect, Parameters, Row, corrupt};
use super::transaction::ScopedTransaction;
use crate::audit::{AuditFilter, AuditOutcome, AuditRecord, id_bound};

const COLUMNS: &str = "audit_id, occurred_at, actor_subject, actor_client, action, entity_type, entity_id, outcome, reason, \
                       correlation_id, causation_id, trace_id, payload_fingerprint";

/// The tenant's records that `filter` lets through, the newest first, those before `before`, at most `limit`.
pub(super) async fn select_audit_records_before(
    transaction: &ScopedTransaction,
    before: Option<Uuid>,
    filter: &AuditFilter,
    limit: u64,
) -> Result<Vec<AuditRecord>, StoreError> {
    let (sql, parameters) = select(transaction, before, filter, limit);
    let rows = transaction.all(sql, parameters.into_values()).await?;
    let dialect = transaction.dialect();
    rows.iter().map(|row| record_of(dialect.row(row))).collect()
}

/// The statement; only what is asked for is a condition, so that the planner sees which index serves it.
pub(super) fn select(
    transaction: &ScopedTransaction,
    before: Option<Uuid>,
    filter: &AuditFilter,
    limit: u64,
) -> (String, Parameters) {
    let dialect: Dialect = transaction.dialect();
    let mut parameters = Parameters::new();
    let mut conditions = vec![format!("tenant_id = {}", parameters.bind(transaction.tenant()))];
    let mut require = |condition: &str, value: Option<sea_orm::Value>| {
        if let Some(value) = value {
            conditions.push(format!("{condition} {}", parameters.bind(value)));
        }
    };
    let text = |value: &Option<String>| value.as_deref().map(sea_orm::Value::from);
    let id = |value: Option<Uuid>| value.map(|id| dialect.uuid(id));
    require("entity_id =", id(filter.entity_id));
    require("entity_type =", text(&filter.entity_type));
    require("actor_subject =", text(&filter.actor_subject));
    require("correlation_id =", id(filter.correlation_id));
    require("action =", text(&filter.action));
    // A record is as old as its id.
    require("audit_id >=", id(filter.from.map(id_bound)));
    require("audit_id <", id(filter.to.map(id_bound)));
    require("audit_id <", id(before));
    if let Some(outcome) = filter.outcome {
        // A literal, because SQLite takes the index of the refused only where it sees the word.
        conditions.push(format!("outcome = '{}'", outcome.as_str()));
    }
    let limit = parameters.bind(i64::try_from(limit).unwrap_or(i64::MAX));
    let conditions = conditions.join(" AND ");
    let sql = format!(
        "SELECT {COLUMNS} FROM audit_records WHERE {conditions} ORDER BY audit_id DESC LIMIT {limit}"
    );
    (sql, parameters)
}

fn record_of(row: Row<'_>) -> Result<AuditRecord, StoreError> {
    let outcome: String = row.get("outcome")?;
    Ok(AuditRecord {
        audit_id: row.uuid("audit_id")?,
        occurred_at: row.timestamp("occurred_at")?,
        actor_subject: row.get("actor_subject")?,
        actor_client: row.get("actor_client")?,
        action: row.get("action")?,
        entity_type: row.get("entity_type")?,
        entity_id: row.optional_uuid("entity_id")?,
        outcome: AuditOutcome::from_word(&outcome).ok_or_else(|| corrupt("outcome", &outcome))?,
        reason: row.get("reason")?,
        correlation_id: row.uuid("correlation_id")?,
        causation_id: row.optional_uuid("causation_id")?,
        trace_id: row.get("trace_id")?,
        payload_fingerprint: row.get("payload_fingerprint")?,
    })
}
