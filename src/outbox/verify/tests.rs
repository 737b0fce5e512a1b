//! What the comparison must find, each planted by hand.

use super::*;
use crate::outbox::log::{BatchLimit, EpochOrder, LogEntry};
use crate::outbox::sink::{AppendOutcome, FencedAppend, RedisSinkSettings};
use crate::outbox::test_support::{RedisServer, TestLog};
use crate::tenancy::Partition;

mod gone;

const PARTITION: Partition = Partition(1);

/// A log of 10 rows and an empty stream.
struct Case {
    log: TestLog,
    redis: RedisServer,
    reader: LogReader,
    sink: RedisSink,
    rows: Vec<LogEntry>,
}

impl Case {
    async fn new() -> Self {
        let (log, redis) = (TestLog::new(2).await, RedisServer::start().await);
        log.write(1, 10).await;
        let reader = log.reader().await;
        let rows = reader
            .read_after(
                PARTITION,
                0,
                BatchLimit {
                    entries: 100,
                    bytes: 1 << 20,
                },
            )
            .await
            .unwrap();
        let sink = RedisSink::new(&redis.url(), &RedisSinkSettings::default()).unwrap();
        Self {
            log,
            redis,
            reader,
            sink,
            rows,
        }
    }

    /// Appends these, whatever they are.
    async fn publish(&self, entries: &[LogEntry]) {
        let fence = self.sink.position(PARTITION).await.unwrap();
        let outcome = self
            .sink
            .append(PARTITION, &FencedAppend::plain(&fence, entries))
            .await
            .unwrap();
        assert_eq!(outcome, AppendOutcome::Appended);
    }

    /// The events of the log in this order, at the places 1, 2, 3 and so on.
    async fn publish_in_order(&self, order: &[usize]) {
        let placed: Vec<LogEntry> = (1..)
            .zip(order)
            .map(|(seq, number)| LogEntry {
                seq,
                ..self.rows[*number - 1].clone()
            })
            .collect();
        self.publish(&placed).await;
    }

    async fn trim(&self, before: i64) {
        let command = format!("XTRIM lms.roster.v1:{{1}} MINID = {before}");
        self.redis.command::<()>(&command).await;
    }

    /// Compares; expects lost, duplicate, out of order, mismatched and pending.
    async fn expect(&self, counts: [u64; 5]) -> PartitionReport {
        let report = verify(&self.reader, &self.sink).await.unwrap();
        let [other, partition] = &report.partitions[..] else {
            panic!("{report}")
        };
        assert!(other.is_clean() && other.published == 0);
        let found = [
            partition.lost,
            partition.duplicate,
            partition.out_of_order,
            partition.mismatched,
            partition.pending,
        ];
        assert_eq!(
            found, counts,
            "lost, duplicate, out of order, mismatched, pending in\n{report}"
        );
        assert_eq!(report.is_clean(), counts[..4] == [0; 4]);
        assert_eq!(partition.first_finding.is_some(), !report.is_clean());
        assert_eq!(report.is_clean_and_complete(), counts == [0; 5]);
        partition.clone()
    }
}

#[tokio::test]
async fn a_whole_stream_is_clean_and_a_shorter_one_pending() {
    let case = Case::new().await;
    case.expect([0, 0, 0, 0, 10]).await;
    case.publish(&case.rows[..6]).await;
    case.expect([0, 0, 0, 0, 4]).await;
    case.publish(&case.rows[6..]).await;
    let report = case.expect([0, 0, 0, 0, 0]).await;
    assert_eq!((report.logged, report.published), (10, 10));
}

#[tokio::test]
async fn a_deleted_entry_is_lost() {
    for (deleted, lost) in [("1-0", 1), ("5-0", 1), ("10-0", 1), ("3-0 4-0 10-0", 3)] {
        let case = Case::new().await;
        case.publish(&case.rows).await;
        case.redis
            .command::<()>(&format!("XDEL lms.roster.v1:{{1}} {deleted}"))
            .await;
        case.expect([lost, 0, 0, 0, 0]).await;
    }
}

#[tokio::test]
async fn an_altered_field_is_a_mismatch() {
    let alterations: [fn(&mut LogEntry); 7] = [
        |entry| entry.envelope.push(' '),
        |entry| entry.event_type.push('x'),
        |entry| entry.tenant_id.0 = uuid::Uuid::nil(),
        |entry| entry.event_id = uuid::Uuid::nil(),
        |entry| entry.traceparent = None,
        |entry| entry.traceparent = Some("other".to_owned()),
        |entry| entry.envelope = "no JSON".to_owned(),
    ];
    for (at, alter) in alterations.into_iter().enumerate() {
        let mut case = Case::new().await;
        // Row 4 has a traceparent.
        alter(&mut case.rows[3]);
        case.publish(&case.rows).await;
        let report = case.expect([0, 0, 0, 1, 0]).await;
        assert!(
            report.first_finding.unwrap().contains("entry 4-0"),
            "alteration {at}"
        );
    }
    let mut case = Case::new().await;
    case.rows[2].traceparent = Some("where the row has none".to_owned());
    case.publish(&case.rows).await;
    assert!(
        case.expect([0, 0, 0, 1, 0])
            .await
            .first_finding
            .unwrap()
            .contains("`traceparent`")
    );
}

#[tokio::test]
async fn an_extra_entry_is_a_mismatch() {
    for id in ["11-0", "5-1", "*"] {
        let case = Case::new().await;
        case.publish(&case.rows[..5]).await;
        case.redis
            .command::<()>(&format!("XADD lms.roster.v1:{{1}} {id} id foreign"))
            .await;
        if id == "5-1" {
            // The rest can still be appended behind it, by hand.
            case.publish(&case.rows[5..]).await;
            case.expect([0, 0, 0, 1, 0]).await;
        } else {
            // The stream is past the rows 6 to 10.
            case.expect([5, 0, 0, 1, 0]).await;
        }
    }
}

#[tokio::test]
async fn duplicates_and_swaps_are_told_apart() {
    let all = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    for (order, counts) in [
        (all.to_vec(), [0, 0, 0, 0, 0]),
        ([&all[..], &[10]].concat(), [0, 1, 0, 0, 0]),
        ([&all[..5], &all[3..]].concat(), [0, 2, 0, 0, 0]),
        (vec![1, 2, 4, 3, 5, 6, 7, 8, 9, 10], [0, 0, 1, 0, 0]),
        (vec![2, 3, 4, 1, 5, 6, 7, 10, 9, 8], [0, 0, 3, 0, 0]),
        (vec![1, 2, 3, 4, 6, 6, 7, 8, 9, 10], [1, 1, 0, 0, 0]),
    ] {
        let case = Case::new().await;
        case.publish_in_order(&order).await;
        case.expect(counts).await;
    }
}

#[tokio::test]
async fn a_log_that_is_shorter_than_its_stream_is_a_mismatch() {
    let case = Case::new().await;
    case.publish(&case.rows).await;
    let cut = "delete from event_log where seq > 7; update event_partition_heads set seq = 7 where seq > 7";
    case.log.execute(cut).await;
    case.expect([0, 0, 0, 3, 0]).await;
}

#[tokio::test]
async fn many_chunks_are_compared() {
    let case = Case::new().await;
    case.log.write(1, 1990).await;
    let mut after = 0;
    loop {
        let limit = BatchLimit {
            entries: 300,
            bytes: 1 << 20,
        };
        let rows = case.reader.read_after(PARTITION, after, limit).await.unwrap();
        let Some(last) = rows.last() else { break };
        after = last.seq;
        case.publish(&rows).await;
    }
    case.expect([0, 0, 0, 0, 0]).await;
    case.redis
        .command::<()>("XDEL lms.roster.v1:{1} 512-0 513-0 1500-0")
        .await;
    case.expect([3, 0, 0, 0, 0]).await;
}

#[test]
fn the_table_shows_what_holds_anything_and_the_totals() {
    let partition = |number| PartitionReport::new(Partition(number));
    let finding = Some("rows 3 to 3 of the log are not in the stream".to_owned());
    let report = VerifyReport {
        partitions: vec![
            PartitionReport {
                logged: 10,
                published: 9,
                lost: 1,
                first_finding: finding,
                ..partition(0)
            },
            partition(1),
            PartitionReport {
                logged: 5,
                published: 3,
                pending: 2,
                ..partition(2)
            },
        ],
    };
    let expected = "    partition          log       stream         lost    duplicate out of order   mismatched      pending
            0           10            9            1            0            0            0            0
            2            5            3            0            0            0            0            2
        total           15           12            1            0            0            0            2
partition 0: rows 3 to 3 of the log are not in the stream
";
    assert_eq!(
        report.to_string().replace(" out of order", "out of order"),
        expected.replace(" out of order", "out of order")
    );
}

/// What the last comparison says of age: purged and trimmed.
async fn expect_old(case: &Case, counts: [u64; 5], old: [u64; 2]) -> PartitionReport {
    let report = case.expect(counts).await;
    assert_eq!([report.purged, report.trimmed], old, "{report:?}");
    report
}

#[tokio::test]
async fn what_is_gone_because_it_was_old_is_no_fault() {
    let case = Case::new().await;
    case.publish(&case.rows[..8]).await;
    assert!(
        !verify(&case.reader, &case.sink)
            .await
            .unwrap()
            .to_string()
            .contains("purged")
    );
    case.log.purge(1, 5).await;
    expect_old(&case, [0, 0, 0, 0, 2], [4, 0]).await;
    assert!(
        verify(&case.reader, &case.sink)
            .await
            .unwrap()
            .to_string()
            .contains("purged")
    );

    // Trimmed as it was noted, and then by somebody who noted nothing.
    case.log.records().await.note_trim(PARTITION, 1, 7).await.unwrap();
    case.trim(7).await;
    expect_old(&case, [0, 0, 0, 0, 2], [4, 6]).await;
    case.trim(8).await;
    let report = expect_old(&case, [1, 0, 0, 0, 2], [4, 6]).await;
    assert_eq!(
        report.first_finding.as_deref(),
        Some("rows 7 to 7 of the log are not in the stream")
    );
}

#[tokio::test]
async fn an_entry_whose_row_was_purged_must_still_be_in_its_place() {
    let case = Case::new().await;
    case.publish_in_order(&[1, 3, 2, 4, 5]).await;
    case.log.purge(1, 4).await;
    expect_old(&case, [0, 0, 0, 2, 5], [3, 0]).await;
}

#[tokio::test]
async fn a_stream_is_compared_in_the_epoch_of_the_log() {
    let case = Case::new().await;
    case.publish(&case.rows[..8]).await;
    case.log.purge(1, 5).await;
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
    // Ordered and not begun: all of it is to come.
    expect_old(&case, [0, 0, 0, 0, 6], [4, 0]).await;

    let fence = case.sink.position(PARTITION).await.unwrap();
    let append = FencedAppend {
        epoch: 2,
        begins: true,
        ..FencedAppend::plain(&fence, &case.rows[4..9])
    };
    assert_eq!(
        case.sink.append(PARTITION, &append).await.unwrap(),
        AppendOutcome::Appended
    );
    expect_old(&case, [0, 0, 0, 0, 1], [4, 0]).await;

    // An entry that does not tell its epoch is not of it.
    case.publish(&case.rows[9..]).await;
    let report = expect_old(&case, [0, 0, 0, 1, 0], [4, 0]).await;
    assert_eq!(
        report.first_finding.as_deref(),
        Some("stream entry 10-0 differs from event 10 of the log in `epoch`")
    );
}

#[tokio::test]
async fn a_tombstone_is_what_the_log_has() {
    let case = Case::new().await;
    let records = case.log.records().await;
    records
        .withhold(
            &case.rows[3],
            "a tombstone",
            "too large",
            chrono::DateTime::UNIX_EPOCH,
        )
        .await
        .unwrap();
    case.publish(&case.rows).await;
    let report = case.expect([0, 0, 0, 1, 0]).await;
    assert_eq!(
        report.first_finding.as_deref(),
        Some("stream entry 4-0 differs from event 4 of the log in `ce`")
    );
}
