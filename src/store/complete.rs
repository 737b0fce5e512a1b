//! The last statement of a write: answer, audit records and events, with the head of the partition taken last.
//!
//! Whoever holds the head of a partition holds up every other write to it, so on PostgreSQL taking it, using it and all that
//! belongs to the write is one statement, directly before the commit. `seq` is gapless because the head rolls back with the
//! rest, and in commit order because the row lock lasts until the commit.

use chrono::{DateTime, Utc};

use super::dialect::{Dialect, Parameters};
use super::idempotency::{response_values, store_response};
use super::transaction::ScopedTransaction;
use super::{Position, StoreError};
use crate::audit::AuditRecord;
use crate::idempotency::StoredResponse;
use crate::outbox::EventDraft;
use crate::tenancy::Partition;

/// Rows per statement; PostgreSQL takes at most 65,535 parameters.
const ROWS_PER_STATEMENT: usize = 500;

/// What belongs to every write beside its entities.
#[derive(Debug, Clone)]
pub struct Completion {
    /// The claimed key and the answer that it stands for from now on; required where a key was claimed.
    pub idempotency: Option<(String, StoredResponse)>,
    /// Who did what.
    pub audit: Vec<AuditRecord>,
    /// The events, in the order that they are to have.
    pub events: Vec<EventDraft>,
    /// The time now; on the event log it is the time of commit.
    pub now: DateTime<Utc>,
}

/// Writes it all; `with_response` unless the answer was stored already.
pub(super) async fn write_completion(
    transaction: &ScopedTransaction,
    partition: Partition,
    completion: &Completion,
    with_response: bool,
) -> Result<Vec<Position>, StoreError> {
    let response = completion.idempotency.as_ref().filter(|_| with_response);
    let together = completion.audit.len().min(ROWS_PER_STATEMENT);
    let (early, last) = completion.audit.split_at(completion.audit.len() - together);
    for records in early.chunks(ROWS_PER_STATEMENT) {
        insert_audit(transaction, records).await?;
    }
    if transaction.dialect() == Dialect::Sqlite || completion.events.is_empty() {
        if let Some((key, response)) = response {
            store_response(transaction, key, response).await?;
        }
        insert_audit(transaction, last).await?;
        return append_events(transaction, partition, completion).await;
    }

    let mut positions = Vec::with_capacity(completion.events.len());
    let mut beside = (response, last);
    for events in completion.events.chunks(ROWS_PER_STATEMENT) {
        let (sql, parameters) = postgres_statement(transaction, partition, beside, events, completion.now)?;
        let rows = transaction.all(sql, parameters.into_values()).await?;
        for row in &rows {
            positions.push(Position {
                partition,
                seq: transaction.dialect().row(row).get("seq")?,
            });
        }
        beside = (None, &[]);
    }
    positions.sort_unstable_by_key(|position| position.seq);
    if positions.len() == completion.events.len() {
        Ok(positions)
    } else {
        Err(no_head(partition))
    }
}

/// The statement that does everything; each part is there only where it has something to do.
fn postgres_statement(
    transaction: &ScopedTransaction,
    partition: Partition,
    (response, audit): (Option<&(String, StoredResponse)>, &[AuditRecord]),
    events: &[EventDraft],
    now: DateTime<Utc>,
) -> Result<(String, Parameters), StoreError> {
    let dialect = transaction.dialect();
    let mut parameters = Parameters::new();
    let tenant = parameters.bind(transaction.tenant());
    let partition = parameters.bind(i32::from(partition.0));
    let now = parameters.bind(dialect.timestamp(now));
    let mut parts = Vec::with_capacity(3);
    if let Some((key, response)) = response {
        let key = parameters.bind(key.as_str());
        let [status, headers, body] =
            response_values(transaction, response)?.map(|value| parameters.bind(value));
        parts.push(format!(
            "response AS (UPDATE idempotency_records
                SET response_status = {status}, response_headers = {headers}, response_body = {body}
                WHERE tenant_id = {tenant} AND idempotency_key = {key})"
        ));
    }
    if !audit.is_empty() {
        parts.push(format!(
            "audit AS ({})",
            audit_insert(transaction, audit, &mut parameters)
        ));
    }
    let count = parameters.bind(i64::try_from(events.len()).unwrap_or(i64::MAX));
    parts.push(format!(
        "head AS (UPDATE event_partition_heads SET seq = seq + {count}
            WHERE partition = {partition} RETURNING seq - {count} AS base)"
    ));
    let mut drafts = Vec::with_capacity(events.len());
    for (ordinal, event) in (1_i64..).zip(events) {
        let ordinal = parameters.bind(ordinal);
        let event_id = parameters.bind(dialect.uuid(event.event_id));
        let event_type = parameters.bind(event.event_type.as_str());
        let head = parameters.bind(event.head.as_str());
        let tail = parameters.bind(event.tail.as_str());
        let traceparent = parameters.bind(event.traceparent.clone());
        drafts.push(format!(
            "({ordinal}::bigint, {event_id}::uuid, {event_type}::text, {head}::text, {tail}::text, {traceparent}::text)"
        ));
    }
    let sql = format!(
        "WITH {}
         INSERT INTO event_log (partition, seq, tenant_id, event_id, event_type, envelope, traceparent, committed_at)
         SELECT {partition}, head.base + draft.ordinal, {tenant}, draft.event_id, draft.event_type,
                draft.head || (head.base + draft.ordinal)::text || draft.tail, draft.traceparent, {now}
         FROM head CROSS JOIN (VALUES {}) AS draft (ordinal, event_id, event_type, head, tail, traceparent)
         RETURNING seq",
        parts.join(", "),
        drafts.join(", "),
    );
    Ok((sql, parameters))
}

/// The same in single statements: on SQLite a round trip costs nothing.
async fn append_events(
    transaction: &ScopedTransaction,
    partition: Partition,
    completion: &Completion,
) -> Result<Vec<Position>, StoreError> {
    let dialect = transaction.dialect();
    let mut positions = Vec::with_capacity(completion.events.len());
    for event in &completion.events {
        let head = transaction
            .one(
                "UPDATE event_partition_heads SET seq = seq + 1 WHERE partition = $1 RETURNING seq",
                vec![i32::from(partition.0).into()],
            )
            .await?
            .ok_or_else(|| no_head(partition))?;
        let seq: i64 = dialect.row(&head).get("seq")?;
        transaction
            .execute(
                "INSERT INTO event_log
                     (partition, seq, tenant_id, event_id, event_type, envelope, traceparent, committed_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                vec![
                    i32::from(partition.0).into(),
                    seq.into(),
                    transaction.tenant(),
                    dialect.uuid(event.event_id),
                    event.event_type.as_str().into(),
                    format!("{}{seq}{}", event.head, event.tail).into(),
                    event.traceparent.clone().into(),
                    dialect.timestamp(completion.now),
                ],
            )
            .await?;
        positions.push(Position { partition, seq });
    }
    Ok(positions)
}

async fn insert_audit(transaction: &ScopedTransaction, records: &[AuditRecord]) -> Result<(), StoreError> {
    if !records.is_empty() {
        let mut parameters = Parameters::new();
        let sql = audit_insert(transaction, records, &mut parameters);
        transaction.execute(sql, parameters.into_values()).await?;
    }
    Ok(())
}

fn audit_insert(
    transaction: &ScopedTransaction,
    records: &[AuditRecord],
    parameters: &mut Parameters,
) -> String {
    let dialect = transaction.dialect();
    let rows: Vec<String> = records
        .iter()
        .map(|record| {
            let placeholders = [
                parameters.bind(transaction.tenant()),
                parameters.bind(dialect.uuid(record.audit_id)),
                parameters.bind(dialect.timestamp(record.occurred_at)),
                parameters.bind(record.actor_subject.as_str()),
                parameters.bind(record.actor_client.clone()),
                parameters.bind(record.action.as_str()),
                parameters.bind(record.entity_type.as_str()),
                parameters.bind(dialect.uuid(record.entity_id)),
                parameters.bind(record.outcome.as_str()),
                parameters.bind(record.reason.clone()),
                parameters.bind(dialect.uuid(record.correlation_id)),
                parameters.bind(dialect.uuid(record.causation_id)),
                parameters.bind(record.trace_id.as_str()),
                parameters.bind(record.payload_fingerprint.clone()),
            ];
            format!("({})", placeholders.join(", "))
        })
        .collect();
    format!(
        "INSERT INTO audit_records (tenant_id, audit_id, occurred_at, actor_subject, actor_client, action,
             entity_type, entity_id, outcome, reason, correlation_id, causation_id, trace_id, payload_fingerprint)
         VALUES {}",
        rows.join(", ")
    )
}

fn no_head(partition: Partition) -> StoreError {
    StoreError::internal(format!("partition {partition} of the event log has no head"))
}
