//! `listAuditRecords`: a page of a tenant's audit records, the newest first.
//!
//! A read like any other: it is refused like one, and only a refusal leaves a record. A record of each read would soon be most of
//! what an auditor has to read.

use contract_runtime::{ProblemSet as _, Refusal, ServiceProblem, UtcDateTime};

use super::cursor::PagedList;
use super::{Admission, Rollcall};
use crate::audit::{AuditFilter, AuditOutcome, AuditRecord};
use crate::contract::models;
use crate::contract::operations::{
    ListAuditRecordsInput, ListAuditRecordsProblem as Problem, ListAuditRecordsResponse,
};
use crate::telemetry::correlation_id;
use crate::tenancy::TenantId;

pub(super) async fn list_audit_records(
    service: &Rollcall,
    admission: &Admission,
    input: ListAuditRecordsInput,
) -> Result<ListAuditRecordsResponse, Refusal<Problem>> {
    let tenant_id = admission.context.tenant_id();
    let (read, _) = service.open_read(admission).await?;
    let limit = u64::try_from(input.limit).unwrap_or(1);
    let cursor = input.cursor.clone();
    let filter = filter(input);
    let filters = filter.identity().map_err(|error| {
        let correlation_id = correlation_id().map(tracing::field::display);
        tracing::error!(%error, correlation_id, "a filter has no form in JSON");
        ServiceProblem::InternalError
    })?;
    let list = PagedList {
        key: &service.parts.store.metadata().cursor_key,
        name: "audit records",
        tenant_id,
        filters: &filters,
    };
    let before = match cursor {
        None => None,
        Some(cursor) => Some(list.open_cursor(&cursor).ok_or_else(|| {
            Problem::MalformedRequest
                .because("The query parameter cursor was not given out for this list and these filters.")
        })?),
    };
    // One more than the page holds tells whether another page follows.
    let records = read.audit_records_before(before, &filter, limit + 1).await?;
    read.finish().await?;
    let page_length = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = records.len() > page_length;
    let page = records.get(..page_length).unwrap_or(&records);
    let next_cursor = page
        .last()
        .filter(|_| has_more)
        .map(|last| list.seal_cursor(last.audit_id));
    let items = page.iter().map(|record| shape(tenant_id, record)).collect();
    Ok(ListAuditRecordsResponse::Ok {
        body: models::AuditRecordPage { items, next_cursor },
    })
}

fn filter(input: ListAuditRecordsInput) -> AuditFilter {
    AuditFilter {
        entity_type: input.entity_type,
        entity_id: input.entity_id,
        actor_subject: input.actor,
        correlation_id: input.correlation_id,
        action: input.action,
        outcome: input.outcome.map(|outcome| match outcome {
            models::AuditOutcome::Succeeded => AuditOutcome::Succeeded,
            models::AuditOutcome::Refused => AuditOutcome::Refused,
        }),
        from: input.from.map(|from| from.0),
        to: input.to.map(|to| to.0),
    }
}

/// What a record looks like to a client.
fn shape(tenant_id: TenantId, record: &AuditRecord) -> models::AuditRecord {
    models::AuditRecord {
        audit_id: record.audit_id,
        tenant_id: tenant_id.0,
        occurred_at: UtcDateTime(record.occurred_at),
        actor_subject: record.actor_subject.clone(),
        actor_client: record.actor_client.clone(),
        action: record.action.clone(),
        entity_type: record.entity_type.clone(),
        entity_id: record.entity_id,
        outcome: match record.outcome {
            AuditOutcome::Succeeded => models::AuditOutcome::Succeeded,
            AuditOutcome::Refused => models::AuditOutcome::Refused,
        },
        reason: record.reason.clone(),
        correlation_id: record.correlation_id,
        causation_id: record.causation_id,
        trace_id: record.trace_id.clone(),
        payload_fingerprint: record.payload_fingerprint.clone(),
    }
}
