//! The oldest rows of the log go, and what must stay stays.

use chrono::{DateTime, TimeDelta, Utc};

use super::tests::on_both_databases;
use super::tests_fixture::{Fixture, now};
use super::{EventPurge, PurgedEvents, StreamPassed};
use crate::tenancy::{Partition, TenantContext};

on_both_databases! {
    what_is_old_enough_goes_and_the_floors_say_so,
    the_last_row_stays,
    what_the_stream_has_not_passed_stays,
    nothing_goes_by_the_end_of_a_stream_that_is_over,
    age_alone_counts_only_where_nobody_carries,
    what_is_too_young_keeps_what_comes_after_it,
    a_withheld_event_stays_until_it_was_republished,
}

fn tomorrow() -> DateTime<Utc> {
    now() + TimeDelta::days(1)
}

/// A tenant with so many events, and its partition.
async fn events(fixture: &Fixture, count: usize) -> (TenantContext, Partition) {
    let context = fixture.tenant().await;
    for index in 0..count {
        fixture.school(context, &format!("School {index}")).await;
    }
    let count = fixture.store.metadata().partition_count;
    (context, context.tenant_id().partition(count))
}

async fn purge(
    fixture: &Fixture,
    partition: Partition,
    committed_before: DateTime<Utc>,
    seq: Option<i64>,
) -> PurgedEvents {
    let purge = EventPurge {
        partition,
        committed_before,
        passed: seq.map(|seq| StreamPassed { epoch: 1, seq }),
    };
    fixture.store.purge_events(purge).await.unwrap()
}

async fn first(fixture: &Fixture, partition: Partition) -> i64 {
    let sql = format!("SELECT cast(min(seq) AS bigint) FROM event_log WHERE partition = {partition}");
    fixture.count(&sql).await
}

async fn floor(fixture: &Fixture, partition: Partition) -> i64 {
    let sql = format!(
        "SELECT cast(coalesce((SELECT first_seq FROM event_log_floors WHERE partition = {partition}), 1) AS bigint)"
    );
    fixture.count(&sql).await
}

async fn what_is_old_enough_goes_and_the_floors_say_so(fixture: Fixture) {
    let (context, partition) = events(&fixture, 5).await;
    assert_eq!(
        purge(&fixture, partition, now() - TimeDelta::days(1), None)
            .await
            .rows,
        0
    );
    let purged = purge(&fixture, partition, tomorrow(), None).await;
    assert_eq!(purged.rows, 4);
    assert!(purged.oldest.is_some() && !purged.is_full());
    assert_eq!(
        (first(&fixture, partition).await, floor(&fixture, partition).await),
        (5, 5)
    );
    let read = fixture.store.begin_read(context).await.unwrap();
    assert_eq!(read.purged_through().await.unwrap(), Some(4));
    assert_eq!(read.events_after(0, 10).await.unwrap().len(), 1);
    let stranger = fixture.tenant().await;
    let read = fixture.store.begin_read(stranger).await.unwrap();
    assert_eq!(read.purged_through().await.unwrap(), None);
}

async fn the_last_row_stays(fixture: Fixture) {
    let (context, partition) = events(&fixture, 1).await;
    assert_eq!(purge(&fixture, partition, tomorrow(), None).await.rows, 0);
    fixture.school(context, "Another").await;
    assert_eq!(purge(&fixture, partition, tomorrow(), None).await.rows, 1);
    assert_eq!(purge(&fixture, partition, tomorrow(), None).await.rows, 0);
    assert_eq!(first(&fixture, partition).await, 2);
    // Numbers go on where they were.
    fixture.school(context, "A third").await;
    let sql = format!("SELECT cast(max(seq) AS bigint) FROM event_log WHERE partition = {partition}");
    assert_eq!(fixture.count(&sql).await, 3);
}

async fn what_the_stream_has_not_passed_stays(fixture: Fixture) {
    let (_, partition) = events(&fixture, 5).await;
    assert_eq!(purge(&fixture, partition, tomorrow(), Some(0)).await.rows, 0);
    assert_eq!(purge(&fixture, partition, tomorrow(), Some(4)).await.rows, 3);
    assert_eq!(purge(&fixture, partition, tomorrow(), Some(4)).await.rows, 0);
    // The row at the stream's end is what that end is compared with.
    assert_eq!(
        (first(&fixture, partition).await, floor(&fixture, partition).await),
        (4, 4)
    );
}

async fn nothing_goes_by_the_end_of_a_stream_that_is_over(fixture: Fixture) {
    let (_, partition) = events(&fixture, 5).await;
    let records = crate::outbox::RelayRecords::new(fixture.store.relay_records().clone());
    let order = crate::outbox::log::EpochOrder {
        partition,
        judged: 1,
        above: 1,
        reason: "restored",
        actor: "somebody",
        now: now(),
    };
    records.order_epoch(&order).await.unwrap().unwrap();
    assert_eq!(purge(&fixture, partition, tomorrow(), Some(4)).await.rows, 0);
    let of_the_next = EventPurge {
        partition,
        committed_before: tomorrow(),
        passed: Some(StreamPassed { epoch: 2, seq: 4 }),
    };
    assert_eq!(fixture.store.purge_events(of_the_next).await.unwrap().rows, 3);
}

async fn age_alone_counts_only_where_nobody_carries(fixture: Fixture) {
    let (_, partition) = events(&fixture, 5).await;
    let records = crate::outbox::RelayRecords::new(fixture.store.relay_records().clone());
    records.note_trim(Partition(0), 1, 1).await.unwrap();
    assert_eq!(purge(&fixture, partition, tomorrow(), None).await.rows, 0);
}

/// A writer that commits while a purge runs does not make it fail.
#[tokio::test]
async fn a_purge_waits_for_a_writer_on_sqlite() {
    use sea_orm::ConnectionTrait as _;
    let fixture = Fixture::sqlite().await;
    let (_, partition) = events(&fixture, 5).await;
    let options = sea_orm::TransactionOptions {
        sqlite_transaction_mode: Some(sea_orm::SqliteTransactionMode::Immediate),
        ..sea_orm::TransactionOptions::default()
    };
    let writer = super::transaction::begin_surely(&fixture.owner, options)
        .await
        .unwrap();
    let sql = "UPDATE event_partition_heads SET seq = seq";
    writer.execute_unprepared(sql).await.unwrap();
    let mut purging = std::pin::pin!(purge(&fixture, partition, tomorrow(), Some(4)));
    // It gets as far as it can; nothing tells from outside how far that is.
    let while_writing = std::time::Duration::from_millis(200);
    tokio::time::timeout(while_writing, &mut purging)
        .await
        .unwrap_err();
    writer.commit().await.unwrap();
    assert_eq!(purging.await.rows, 3);
}

/// What only the owner can do: a row of another time.
async fn commit_time(fixture: &Fixture, seq: i64, time: DateTime<Utc>) {
    let time = time.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    let update = format!("UPDATE event_log SET committed_at = '{time}' WHERE seq = {seq}");
    if fixture.dialect() == super::dialect::Dialect::Sqlite {
        fixture
            .as_owner("DROP TRIGGER event_log_no_update")
            .await
            .unwrap();
    }
    fixture.as_owner(&update).await.unwrap();
}

async fn what_is_too_young_keeps_what_comes_after_it(fixture: Fixture) {
    let (_, partition) = events(&fixture, 5).await;
    commit_time(&fixture, 3, now() + TimeDelta::days(9)).await;
    assert_eq!(purge(&fixture, partition, tomorrow(), None).await.rows, 2);
    assert_eq!(first(&fixture, partition).await, 3);
}

async fn a_withheld_event_stays_until_it_was_republished(fixture: Fixture) {
    let (_, partition) = events(&fixture, 5).await;
    let reader = crate::outbox::LogReader::new(fixture.store.event_log().clone());
    let records = crate::outbox::RelayRecords::new(fixture.store.relay_records().clone());
    let entry = reader.entry_at(partition, 2).await.unwrap().unwrap();
    for _ in 0..2 {
        records.withhold(&entry, "{}", "too large", now()).await.unwrap();
    }
    assert_eq!(purge(&fixture, partition, tomorrow(), None).await.rows, 1);
    assert_eq!(first(&fixture, partition).await, 2);
    let sql = "UPDATE withheld_events SET republished_at = withheld_at, republished_seq = 9";
    fixture.as_owner(sql).await.unwrap();
    assert_eq!(purge(&fixture, partition, tomorrow(), None).await.rows, 3);
    assert_eq!(fixture.count("SELECT count(*) FROM withheld_events").await, 0);
}

/// Writers go on while a hundred thousand rows are deleted: whoever looks who waits for whom, over and over, never sees one that
/// waits for a purge.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_wait_for_no_lock_of_a_purge_on_postgres() {
    let fixture = Fixture::postgres().await;
    let (context, partition) = events(&fixture, 2).await;
    // Old rows in bulk, below the ones that are there: what a week leaves behind.
    let rows = 100_000;
    let insert = format!(
        "UPDATE event_partition_heads SET seq = seq + {rows} WHERE partition = {partition};
         INSERT INTO event_log (partition, seq, tenant_id, event_id, event_type, envelope, committed_at)
         SELECT {partition}, 2 + number, '{}', gen_random_uuid(), 'x', '{{}}', now() - interval '9 days'
         FROM generate_series(1, {rows}) AS number;
         UPDATE event_log SET committed_at = now() - interval '9 days' WHERE partition = {partition}",
        context.tenant_id()
    );
    fixture.as_owner(&insert).await.unwrap();

    let is_over = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let waits = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let watching = {
        let (is_over, waits, owner) = (is_over.clone(), waits.clone(), fixture.owner.clone());
        tokio::spawn(async move {
            use sea_orm::ConnectionTrait as _;
            let sql = "SELECT count(*) FROM pg_stat_activity AS waiting
                       WHERE waiting.datname = current_database() AND waiting.wait_event_type = 'Lock'
                         AND EXISTS (SELECT FROM unnest(pg_blocking_pids(waiting.pid)) AS blocking (pid)
                                     JOIN pg_stat_activity AS holder ON holder.pid = blocking.pid
                                     WHERE holder.query LIKE '%event_log_floors%' OR holder.query LIKE 'DELETE%')";
            let mut looks = 0_u32;
            while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                let statement = super::dialect::Dialect::Postgres.statement(sql, Vec::new());
                let row = owner.query_one_raw(statement).await.unwrap().unwrap();
                let found: i64 = row.try_get_by_index(0).unwrap();
                waits.fetch_add(
                    u32::try_from(found).unwrap(),
                    std::sync::atomic::Ordering::Relaxed,
                );
                looks += 1;
            }
            looks
        })
    };
    let writing = {
        let (is_over, store) = (is_over.clone(), fixture.store.clone());
        tokio::spawn(async move {
            let mut written = 0_u32;
            while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                let transaction = store.begin_write(context).await.unwrap();
                let draft = super::tests_fixture::draft("SchoolCreated");
                let completion = super::tests_fixture::completion(vec![draft]);
                transaction.complete(completion).await.unwrap();
                written += 1;
            }
            written
        })
    };
    let mut purged = 0;
    loop {
        let batch = purge(&fixture, partition, now() - TimeDelta::days(7), None).await;
        purged += batch.rows;
        if !batch.is_full() {
            break;
        }
    }
    is_over.store(true, std::sync::atomic::Ordering::Relaxed);
    let (looks, written) = (watching.await.unwrap(), writing.await.unwrap());
    assert_eq!(purged, rows + 2);
    assert!(looks > 0 && written > 0, "{looks} looks, {written} writes");
    assert_eq!(
        waits.load(std::sync::atomic::Ordering::Relaxed),
        0,
        "in {looks} looks"
    );
}
