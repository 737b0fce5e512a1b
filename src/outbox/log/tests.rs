//! Reading the log, on both databases.

use super::*;
use crate::outbox::test_support::{PostgresServer, TestLog};

const ALL: BatchLimit = BatchLimit {
    entries: 1000,
    bytes: 1 << 30,
};

#[tokio::test]
async fn on_sqlite() {
    check(&TestLog::new(3).await).await;
}

#[tokio::test]
async fn on_postgres() {
    let postgres = PostgresServer::start().await;
    check(&TestLog::in_postgres(&postgres, 3).await).await;
}

async fn check(log: &TestLog) {
    let reader = log.reader().await;
    let heads = async || {
        reader
            .heads()
            .await
            .unwrap()
            .into_iter()
            .map(|head| (head.partition.0, head.seq))
    };
    assert_eq!(heads().await.collect::<Vec<_>>(), [(0, 0), (1, 0), (2, 0)]);
    log.write_sized(1, 9, 1000).await;
    log.write(2, 1).await;
    assert_eq!(heads().await.collect::<Vec<_>>(), [(0, 0), (1, 9), (2, 1)]);

    let rows = reader.read_after(Partition(1), 0, ALL).await.unwrap();
    assert_eq!(numbers(&rows), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let row = &rows[3];
    assert_eq!(
        (row.partition, row.tenant_id.0),
        (Partition(1), Uuid::from_u128(7))
    );
    assert_eq!(row.event_type, "lms.roster.v1.SchoolCreated");
    assert!(
        row.envelope
            .starts_with(&format!(r#"{{"id":"{}","sequence":"4","#, row.event_id))
    );
    assert!(row.traceparent.is_some() && rows[4].traceparent.is_none());
    assert_eq!(
        reader.entry_at(Partition(1), 4).await.unwrap().as_ref(),
        Some(row)
    );
    assert_eq!(reader.entry_at(Partition(1), 10).await.unwrap(), None);
    assert_eq!(reader.entry_at(Partition(0), 1).await.unwrap(), None);

    let check = async |after: i64, entries: u32, bytes: u32, expected: &[i64]| {
        let limit = BatchLimit { entries, bytes };
        let read = reader.continuation(Partition(1), after, limit).await.unwrap();
        assert_eq!(numbers(&read.entries), expected, "after {after}, {limit:?}");
        let at = rows.iter().find(|row| row.seq == after).map(|row| row.event_id);
        assert_eq!(read.at, at, "after {after}, {limit:?}");
    };
    check(0, 2, 1 << 30, &[1, 2]).await;
    check(7, 5, 1 << 30, &[8, 9]).await;
    check(9, 5, 1 << 30, &[]).await;
    check(12, 5, 1 << 30, &[]).await;
    // By bytes: the row that crosses the limit still comes, and so does one that alone is larger than it.
    check(3, 5, 1500, &[4, 5]).await;
    check(3, 5, 1, &[4]).await;
    check(0, 1, 1, &[1]).await;
    check(8, 1, 1, &[9]).await;

    check_purged_and_renewed(log, &reader).await;
    check_withheld(log, &reader).await;

    log.execute(r#"update event_partition_heads set "partition" = 70000 where "partition" = 0"#)
        .await;
    let error = reader.heads().await.unwrap_err();
    assert!(
        matches!(&error, LogError::Row(text) if text.contains("70000")),
        "{error}"
    );
}

/// What a batch says beside its rows, whether or not it has any.
async fn check_purged_and_renewed(log: &TestLog, reader: &LogReader) {
    let facts = async |partition: u16, after: i64| {
        let read = reader
            .continuation(Partition(partition), after, ALL)
            .await
            .unwrap();
        (read.epoch, read.first_retained, numbers(&read.entries))
    };
    assert_eq!(facts(0, 0).await, (LogEpoch::FIRST, 1, vec![]));
    log.purge(1, 4).await;
    assert_eq!(facts(1, 0).await, (LogEpoch::FIRST, 4, vec![4, 5, 6, 7, 8, 9]));
    let records = log.records().await;
    let mut order = EpochOrder {
        partition: Partition(1),
        judged: 1,
        above: 1,
        reason: "the stream is gone",
        actor: "somebody",
        now: chrono::DateTime::UNIX_EPOCH,
    };
    for number in [2, 3] {
        order.judged = number - 1;
        let ordered = records.order_epoch(&order).await.unwrap().unwrap();
        // Whoever judged the same comes too late.
        assert_eq!(records.order_epoch(&order).await.unwrap(), None);
        assert_eq!((ordered.number, ordered.first_seq), (number, 4));
        let epoch = LogEpoch { number, first_seq: 4 };
        assert_eq!(facts(1, 9).await, (epoch, 4, vec![]));
        assert_eq!(facts(1, 100).await, (epoch, 4, vec![]));
    }
    let heads = reader.heads().await.unwrap();
    let epochs: Vec<u64> = heads.iter().map(|head| head.epoch).collect();
    assert_eq!(epochs, [1, 3, 1]);
    (order.judged, order.above) = (3, 6);
    assert_eq!(
        records.order_epoch(&order).await.unwrap().unwrap().number,
        7,
        "above what the stream is in"
    );
    // A log without a row goes on after its head, and one that is not there has no epoch.
    (order.judged, order.partition) = (1, Partition(0));
    assert_eq!(records.order_epoch(&order).await.unwrap().unwrap().first_seq, 1);
    order.partition = Partition(77);
    assert_eq!(records.order_epoch(&order).await.unwrap(), None);

    for (trim, noted) in [(1, 1), (5, 5), (3, 5)] {
        records.note_trim(Partition(2), 1, trim).await.unwrap();
        assert_eq!(reader.trims().await.unwrap()[&(Partition(2), 1)], noted);
    }
    records.note_trim(Partition(2), 2, 2).await.unwrap();
    let trims: Vec<_> = reader.trims().await.unwrap().into_iter().collect();
    assert_eq!(trims, [((Partition(2), 1), 5), ((Partition(2), 2), 2)]);
}

/// In the place of a withheld event everybody reads its tombstone.
async fn check_withheld(log: &TestLog, reader: &LogReader) {
    let records = log.records().await;
    let entry = reader.entry_at(Partition(1), 6).await.unwrap().unwrap();
    for tombstone in ["a tombstone", "another, too late"] {
        records
            .withhold(&entry, tombstone, "too large", chrono::DateTime::UNIX_EPOCH)
            .await
            .unwrap();
    }
    let expected = LogEntry {
        event_type: "lms.roster.v1.EventWithheld".to_owned(),
        envelope: "a tombstone".to_owned(),
        ..entry
    };
    assert_eq!(
        reader.entry_at(Partition(1), 6).await.unwrap().as_ref(),
        Some(&expected)
    );
    let read = reader.read_after(Partition(1), 4, ALL).await.unwrap();
    assert_eq!(numbers(&read), [5, 6, 7, 8, 9]);
    assert_eq!(read.get(1), Some(&expected));
}

fn numbers(rows: &[LogEntry]) -> Vec<i64> {
    rows.iter().map(|row| row.seq).collect()
}
