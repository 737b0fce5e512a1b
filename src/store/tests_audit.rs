//! Audit records read back: which, in what order, and by what index.

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use super::Completion;
use super::audit_records::select;
use super::dialect::Dialect;
use super::tests::on_both_databases;
use super::tests_fixture::{Fixture, audit, new_id, now};
use crate::audit::{AuditFilter, AuditOutcome, AuditRecord, id_bound, time_of};
use crate::tenancy::TenantContext;

on_both_databases! {
    each_filter_lets_through_what_it_says,
    pages_hold_every_record_once_while_others_write,
    another_tenants_records_are_not_listed,
    every_filter_is_served_by_an_index,
}

/// The time of the first record of [`write_history`].
fn beginning() -> DateTime<Utc> {
    "2026-09-01T00:00:00Z".parse().unwrap()
}

/// `count` records, one each second, of a few actors, kinds and outcomes.
fn history(count: u32) -> Vec<AuditRecord> {
    let record = |number: u32| {
        let occurred_at = beginning() + Duration::seconds(number.into());
        let version_and_variant = 0x7000_8000_0000_0000_0000;
        let audit_id = id_bound(occurred_at).as_u128() | version_and_variant | u128::from(number);
        let is_refused = number % 100 == 7;
        AuditRecord {
            audit_id: Uuid::from_u128(audit_id),
            occurred_at,
            actor_subject: match number % 50 {
                3 => "rare".to_owned(),
                _ => "roster-import".to_owned(),
            },
            actor_client: number.is_multiple_of(2).then(|| "client".to_owned()),
            action: ["school.create", "listSchools"][usize::from(is_refused)].to_owned(),
            entity_type: ["school", "tenant"][usize::from(is_refused)].to_owned(),
            outcome: if is_refused {
                AuditOutcome::Refused
            } else {
                AuditOutcome::Succeeded
            },
            reason: is_refused.then(|| "forbidden".to_owned()),
            causation_id: number.is_multiple_of(3).then(new_id),
            payload_fingerprint: (!is_refused).then(|| "ab".repeat(32)),
            ..audit("")
        }
    };
    (0..count).map(record).collect()
}

async fn write(fixture: &Fixture, context: TenantContext, records: Vec<AuditRecord>) {
    let transaction = fixture.store.begin_write(context).await.unwrap();
    let completion = Completion {
        idempotency: None,
        audit: records,
        events: Vec::new(),
        now: now(),
    };
    transaction.complete(completion).await.unwrap();
}

/// One filter for each condition, and one of all that a record meets.
fn filters(records: &[AuditRecord]) -> Vec<(&'static str, AuditFilter)> {
    let one = records[records.len() / 2].clone();
    let everything = AuditFilter::default;
    vec![
        ("pkey", everything()),
        (
            "pkey",
            AuditFilter {
                entity_type: Some("school".to_owned()),
                ..everything()
            },
        ),
        (
            "entity_id_audit_id",
            AuditFilter {
                entity_id: one.entity_id,
                ..everything()
            },
        ),
        (
            "entity_id_audit_id",
            AuditFilter {
                entity_id: one.entity_id,
                entity_type: Some("school".to_owned()),
                ..everything()
            },
        ),
        (
            "actor_subject_audit_id",
            AuditFilter {
                actor_subject: Some("rare".to_owned()),
                ..everything()
            },
        ),
        (
            "correlation_id_audit_id",
            AuditFilter {
                correlation_id: Some(one.correlation_id),
                ..everything()
            },
        ),
        (
            "action_audit_id",
            AuditFilter {
                action: Some("listSchools".to_owned()),
                ..everything()
            },
        ),
        (
            "tenant_id_audit_id",
            AuditFilter {
                outcome: Some(AuditOutcome::Refused),
                ..everything()
            },
        ),
        (
            "pkey",
            AuditFilter {
                outcome: Some(AuditOutcome::Succeeded),
                ..everything()
            },
        ),
        (
            "pkey",
            AuditFilter {
                from: Some(one.occurred_at),
                ..everything()
            },
        ),
        (
            "pkey",
            AuditFilter {
                to: Some(one.occurred_at),
                ..everything()
            },
        ),
        (
            "pkey",
            AuditFilter {
                from: Some(one.occurred_at - Duration::seconds(5)),
                to: Some(one.occurred_at + Duration::seconds(5)),
                ..everything()
            },
        ),
        (
            "_audit_id",
            AuditFilter {
                entity_type: Some(one.entity_type),
                entity_id: one.entity_id,
                actor_subject: Some(one.actor_subject),
                correlation_id: Some(one.correlation_id),
                action: Some(one.action),
                outcome: Some(one.outcome),
                from: Some(one.occurred_at),
                to: Some(one.occurred_at + Duration::milliseconds(1)),
            },
        ),
    ]
}

/// What the filter means, said once more and without an index.
fn lets_through(filter: &AuditFilter, record: &AuditRecord) -> bool {
    filter
        .entity_type
        .as_ref()
        .is_none_or(|kind| *kind == record.entity_type)
        && filter.entity_id.is_none_or(|id| Some(id) == record.entity_id)
        && filter
            .actor_subject
            .as_ref()
            .is_none_or(|subject| *subject == record.actor_subject)
        && filter.correlation_id.is_none_or(|id| id == record.correlation_id)
        && filter
            .action
            .as_ref()
            .is_none_or(|action| *action == record.action)
        && filter.outcome.is_none_or(|outcome| outcome == record.outcome)
        && filter.from.is_none_or(|from| record.occurred_at >= from)
        && filter.to.is_none_or(|to| record.occurred_at < to)
}

async fn each_filter_lets_through_what_it_says(fixture: Fixture) {
    let context = fixture.tenant().await;
    let records = history(300);
    write(&fixture, context, records.clone()).await;
    let read = fixture.store.begin_read(context).await.unwrap();
    for (_, filter) in filters(&records) {
        let mut expected: Vec<AuditRecord> = records
            .iter()
            .filter(|record| lets_through(&filter, record))
            .cloned()
            .collect();
        expected.reverse();
        assert!(!expected.is_empty(), "{filter:?}");
        let mut found = read.audit_records_before(None, &filter, 1_000).await.unwrap();
        // The tenant's own record is newer than the history.
        found.retain(|record| record.occurred_at < beginning() + Duration::days(1));
        assert_eq!(found, expected, "{filter:?}");
    }
    read.finish().await.unwrap();
}

async fn pages_hold_every_record_once_while_others_write(fixture: Fixture) {
    let context = fixture.tenant().await;
    let records = history(95);
    write(&fixture, context, records.clone()).await;
    let filter = AuditFilter {
        to: Some(beginning() + Duration::days(1)),
        ..AuditFilter::default()
    };
    let (mut seen, mut before) = (Vec::new(), None);
    // One more than there are pages would be one too many.
    for _ in 0..=10 {
        let read = fixture.store.begin_read(context).await.unwrap();
        let page = read.audit_records_before(before, &filter, 10).await.unwrap();
        read.finish().await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.audit_id);
        seen.extend(page);
        fixture.school(context, &format!("School {}", seen.len())).await;
    }
    seen.reverse();
    assert_eq!(seen, records);
    assert!(
        seen.iter()
            .all(|record| time_of(record.audit_id) == Some(record.occurred_at))
    );
}

async fn another_tenants_records_are_not_listed(fixture: Fixture) {
    let (context, other) = (fixture.tenant().await, fixture.tenant().await);
    let records = history(20);
    write(&fixture, context, records.clone()).await;
    let read = fixture.store.begin_read(other).await.unwrap();
    for (_, filter) in filters(&records) {
        let found = read.audit_records_before(None, &filter, 1_000).await.unwrap();
        assert!(found.len() <= 1, "its own creation and nothing else: {found:?}");
    }
    read.finish().await.unwrap();
}

async fn every_filter_is_served_by_an_index(fixture: Fixture) {
    let context = fixture.tenant().await;
    let records = history(10_000);
    write(&fixture, context, records.clone()).await;
    // Other tenants share the partitions, and the planner knows how many.
    for _ in 0..20 {
        let other = fixture.tenant().await;
        write(&fixture, other, history(200)).await;
    }
    fixture.as_owner("ANALYZE").await.unwrap();
    for (index, filter) in filters(&records) {
        for before in [None, Some(records[5_100].audit_id)] {
            let plan = plan(&fixture, context, before, &filter).await;
            let (is_indexed, name) = match fixture.dialect() {
                Dialect::Postgres => (!plan.contains("Seq Scan") && plan.contains("Index"), index),
                Dialect::Sqlite => (
                    !plan.contains("SCAN") && plan.contains("SEARCH"),
                    sqlite_name(index),
                ),
            };
            assert!(is_indexed, "{filter:?}:\n{plan}");
            assert!(plan.contains(name), "{filter:?} by {name}:\n{plan}");
            assert!(
                !plan.contains("Sort Key") && !plan.contains("TEMP B-TREE"),
                "{filter:?}:\n{plan}"
            );
        }
    }
}

/// PostgreSQL names the index of a partition after its columns; SQLite knows the index that was made.
fn sqlite_name(index: &str) -> &str {
    match index {
        "entity_id_audit_id" => "audit_records_of_entity",
        "actor_subject_audit_id" => "audit_records_of_actor",
        "action_audit_id" => "audit_records_of_action",
        "correlation_id_audit_id" => "audit_records_of_correlation",
        "tenant_id_audit_id" => "audit_records_refused",
        "pkey" => "sqlite_autoindex_audit_records_1",
        _ => "USING INDEX",
    }
}

async fn plan(
    fixture: &Fixture,
    context: TenantContext,
    before: Option<Uuid>,
    filter: &AuditFilter,
) -> String {
    let transaction = fixture.raw(context).await;
    let (sql, parameters) = select(&transaction, before, filter, 51);
    let (explain, column) = match fixture.dialect() {
        Dialect::Postgres => ("EXPLAIN", "QUERY PLAN"),
        Dialect::Sqlite => ("EXPLAIN QUERY PLAN", "detail"),
    };
    let rows = transaction
        .all(format!("{explain} {sql}"), parameters.into_values())
        .await
        .unwrap();
    let lines: Vec<String> = rows.iter().map(|row| row.try_get("", column).unwrap()).collect();
    lines.join("\n")
}
