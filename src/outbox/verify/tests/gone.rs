//! What is gone and should not be, and streams that change while they are compared.

use super::*;
use crate::outbox::verify::chunks;
use crate::outbox::verify::partition::Comparison;

/// What the last comparison says of what is gone: in neither and unfillable.
async fn expect_gone(case: &Case, counts: [u64; 5], gone: [u64; 2]) -> String {
    let report = verify(&case.reader, &case.sink).await.unwrap();
    let partition = &report.partitions[1];
    let found = [
        partition.lost,
        partition.duplicate,
        partition.out_of_order,
        partition.mismatched,
        partition.pending,
    ];
    assert_eq!(found, counts, "{report}");
    assert_eq!([partition.in_neither, partition.unfillable], gone, "{report}");
    assert_eq!(report.is_clean(), counts[..4] == [0; 4] && gone == [0; 2]);
    partition.first_finding.clone().unwrap_or_default()
}

#[tokio::test]
async fn a_stream_that_needs_what_was_purged_is_a_fault() {
    let case = Case::new().await;
    case.publish(&case.rows[..8]).await;
    case.log.purge(1, 5).await;
    case.redis.command::<()>("DEL lms.roster.v1:{1}").await;
    let finding = expect_gone(&case, [0, 0, 0, 0, 6], [0, 4]).await;
    assert_eq!(finding, "the stream needs 1 next, and the log begins with 5");
    let report = verify(&case.reader, &case.sink).await.unwrap().to_string();
    assert!(report.contains("unfillable"), "{report}");
}

#[tokio::test]
async fn a_hole_stays_a_fault_when_the_log_forgets_it() {
    let case = Case::new().await;
    case.publish(&case.rows[..8]).await;
    case.redis.command::<()>("XDEL lms.roster.v1:{1} 3-0").await;
    expect_gone(&case, [1, 0, 0, 0, 2], [0, 0]).await;
    case.log.purge(1, 5).await;
    let finding = expect_gone(&case, [0, 0, 0, 0, 2], [1, 0]).await;
    assert!(finding.starts_with("event 3 "), "{finding}");
}

#[tokio::test]
async fn a_trim_excuses_no_hole_and_no_other_life() {
    let case = Case::new().await;
    case.publish(&case.rows[..8]).await;
    let records = case.log.records().await;
    records.note_trim(PARTITION, 2, 9).await.unwrap();
    case.trim(3).await;
    expect_gone(&case, [2, 0, 0, 0, 2], [0, 0]).await;
    records.note_trim(PARTITION, 1, 6).await.unwrap();
    expect_gone(&case, [0, 0, 0, 0, 2], [0, 0]).await;
    case.redis.command::<()>("XDEL lms.roster.v1:{1} 5-0").await;
    expect_gone(&case, [1, 0, 0, 0, 2], [0, 0]).await;
}

#[tokio::test]
async fn large_entries_are_read_a_few_at_a_time() {
    let case = Case::new().await;
    case.log.write_sized(1, 60, 256 * 1024).await;
    let limit = BatchLimit {
        entries: 100,
        bytes: u32::MAX,
    };
    let rows = case.reader.read_after(PARTITION, 0, limit).await.unwrap();
    case.publish(&rows).await;
    let mut chunks = chunks::Chunks::of(PARTITION);
    let (mut read, mut largest) = (0, 0);
    loop {
        let entries = chunks.next(&case.sink).await.unwrap();
        if entries.is_empty() {
            break;
        }
        read += entries.len();
        largest = largest.max(entries.iter().map(chunks::size).sum());
    }
    assert_eq!(read, 70);
    assert!(largest <= 5 * 1024 * 1024, "{largest} bytes at a time");
    case.expect([0, 0, 0, 0, 0]).await;
}

#[tokio::test]
async fn a_stream_that_is_begun_anew_meanwhile_is_compared_anew() {
    let case = Case::new().await;
    case.publish(&case.rows[..4]).await;
    let begin = async || {
        Comparison::begin(&case.reader, &case.sink, PARTITION)
            .await
            .unwrap()
    };
    let finish = async |mut comparison: Comparison<'_>| {
        comparison.read(&case.sink).await.unwrap();
        comparison.end(&case.sink).await.unwrap()
    };
    let comparison = begin().await;
    case.publish(&case.rows[4..6]).await;
    let (report, is_same) = finish(comparison).await;
    assert!(is_same && report.is_clean(), "it only goes on: {report:?}");

    let comparison = begin().await;
    let order = EpochOrder {
        partition: PARTITION,
        judged: 1,
        above: 1,
        reason: "restored",
        actor: "somebody",
        now: chrono::DateTime::UNIX_EPOCH,
    };
    case.log
        .records()
        .await
        .order_epoch(&order)
        .await
        .unwrap()
        .unwrap();
    let fence = case.sink.position(PARTITION).await.unwrap();
    let append = FencedAppend {
        epoch: 2,
        begins: true,
        ..FencedAppend::plain(&fence, &case.rows[..8])
    };
    case.sink.append(PARTITION, &append).await.unwrap();
    let (report, is_same) = finish(comparison).await;
    assert!(!is_same && !report.is_clean(), "it was with two: {report:?}");
    case.expect([0, 0, 0, 0, 2]).await;

    let comparison = begin().await;
    case.redis.command::<()>("DEL lms.roster.v1:{1}").await;
    assert!(!finish(comparison).await.1, "it was emptied");
}
