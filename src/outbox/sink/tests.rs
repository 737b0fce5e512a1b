//! The fenced append against a real Redis.

mod lease_and_epoch;
mod rights;
mod topologies;

use uuid::Uuid;

use super::*;
use crate::environment::{Environment as _, SystemEnvironment};
use crate::outbox::test_support::{RedisServer, until};
use crate::tenancy::{Partition, TenantId};

const PARTITION: Partition = Partition(3);

fn entry(seq: i64) -> LogEntry {
    LogEntry {
        partition: PARTITION,
        seq,
        tenant_id: TenantId(Uuid::from_u128(7)),
        event_id: SystemEnvironment.new_id(),
        event_type: "lms.roster.v1.SchoolCreated".to_owned(),
        envelope: format!(r#"{{"sequence":"{seq}"}}"#),
        traceparent: (seq % 2 == 0).then(|| "00-1-2-01".to_owned()),
    }
}

fn refused(position: StreamPosition) -> AppendOutcome {
    AppendOutcome::Refused(StreamState {
        position,
        lease: None,
    })
}

fn sink(redis: &RedisServer) -> RedisSink {
    RedisSink::new(&redis.url(), &RedisSinkSettings::default()).unwrap()
}

#[tokio::test]
async fn appends_with_explicit_ids_and_all_fields() {
    let redis = RedisServer::start().await;
    let sink = sink(&redis);
    assert_eq!(sink.stream_key(PARTITION), "lms.roster.v1:{3}");
    assert_eq!(sink.position(PARTITION).await.unwrap(), StreamPosition::START);
    let entries = [entry(1), entry(2)];
    let outcome = sink
        .append(PARTITION, &FencedAppend::plain(&StreamPosition::START, &entries))
        .await
        .unwrap();
    assert_eq!(outcome, AppendOutcome::Appended);
    assert_eq!(
        sink.position(PARTITION).await.unwrap(),
        StreamPosition::after(&entries[1], 1)
    );
    let stream = sink.read_after(PARTITION, StreamId::ZERO, 10).await.unwrap();
    assert_eq!(
        stream
            .iter()
            .map(|entry| entry.id.to_string())
            .collect::<Vec<_>>(),
        ["1-0", "2-0"]
    );
    for (published, entry) in stream.iter().zip(&entries) {
        let expected: Vec<_> = stream_fields(entry, 1)
            .into_iter()
            .map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()))
            .collect();
        assert_eq!(published.fields, expected);
    }
    assert_eq!((stream[0].fields.len(), stream[1].fields.len()), (4, 5));
    assert_eq!(
        sink.read_after(PARTITION, StreamId::of_seq(1), 10).await.unwrap(),
        stream[1..]
    );
}

#[tokio::test]
async fn the_fence_refuses_whatever_does_not_continue_the_stream() {
    let redis = RedisServer::start().await;
    let sink = sink(&redis);
    let entries = [entry(1), entry(2), entry(3)];
    sink.append(PARTITION, &FencedAppend::plain(&StreamPosition::START, &entries))
        .await
        .unwrap();
    let end = StreamPosition::after(&entries[2], 1);
    let other_event = StreamPosition::after(
        &LogEntry {
            event_id: Uuid::nil(),
            ..entries[2].clone()
        },
        1,
    );
    let without_tail = StreamPosition {
        tail: None,
        ..end.clone()
    };
    let fences = [
        StreamPosition::START,
        StreamPosition::after(&entries[1], 1),
        StreamPosition::after(&entry(4), 1),
        other_event,
        without_tail,
    ];
    for fence in fences {
        let outcome = sink
            .append(PARTITION, &FencedAppend::plain(&fence, &[entry(4)]))
            .await
            .unwrap();
        assert_eq!(outcome, refused(end.clone()), "behind {fence:?}");
    }
    assert_eq!(redis.command::<u64>("XLEN lms.roster.v1:{3}").await, 3);
}

#[tokio::test]
async fn sequence_numbers_beyond_2_to_the_53rd_stay_exact() {
    let redis = RedisServer::start().await;
    let sink = sink(&redis);
    // As Lua numbers the first two would be the same.
    let numbers = [
        9_007_199_254_740_992,
        9_007_199_254_740_993,
        9_007_199_254_740_994,
        i64::MAX,
    ];
    let mut fence = StreamPosition::START;
    for (at, seq) in numbers.into_iter().enumerate() {
        let next = entry(seq);
        let outcome = sink
            .append(
                PARTITION,
                &FencedAppend::plain(&fence, std::slice::from_ref(&next)),
            )
            .await
            .unwrap();
        assert_eq!(outcome, AppendOutcome::Appended, "{seq}");
        fence = StreamPosition::after(&next, 1);
        assert_eq!(sink.position(PARTITION).await.unwrap(), fence);
        // One off is refused on either side, even with the right event.
        for wrong in [seq - 1, seq.saturating_add(1)]
            .into_iter()
            .filter(|wrong| *wrong != seq)
        {
            let fence = StreamPosition::after(
                &LogEntry {
                    seq: wrong,
                    ..next.clone()
                },
                1,
            );
            let outcome = sink
                .append(PARTITION, &FencedAppend::plain(&fence, &[entry(i64::MAX)]))
                .await
                .unwrap();
            assert!(matches!(outcome, AppendOutcome::Refused(_)), "{wrong} for {seq}");
        }
        let stream = sink.read_after(PARTITION, StreamId::ZERO, 10).await.unwrap();
        assert_eq!(stream.len(), at + 1);
        assert_eq!(stream[at].id.seq(), Some(seq));
    }
}

#[tokio::test]
async fn without_an_entry_to_compare_the_last_id_alone_is_exact() {
    let redis = RedisServer::start().await;
    let sink = sink(&redis);
    let last = entry(9_007_199_254_740_993);
    sink.append(
        PARTITION,
        &FencedAppend::plain(&StreamPosition::START, std::slice::from_ref(&last)),
    )
    .await
    .unwrap();
    redis.command::<()>("XTRIM lms.roster.v1:{3} MAXLEN 0").await;
    let next = entry(9_007_199_254_740_995);
    for (seq, appends) in [(last.seq - 1, false), (last.seq + 1, false), (last.seq, true)] {
        let fence = StreamPosition {
            last_id: StreamId::of_seq(seq),
            tail: None,
            epoch: None,
        };
        let outcome = sink
            .append(
                PARTITION,
                &FencedAppend::plain(&fence, std::slice::from_ref(&next)),
            )
            .await
            .unwrap();
        assert_eq!(outcome == AppendOutcome::Appended, appends, "behind {seq}");
    }
}

#[tokio::test]
async fn a_batch_that_fails_in_its_middle_appends_nothing() {
    let redis = RedisServer::start().await;
    let sink = sink(&redis);
    redis.command::<()>("SET lms.roster.v1:{3} text").await;
    let error = sink
        .append(
            PARTITION,
            &FencedAppend::plain(&StreamPosition::START, &[entry(1)]),
        )
        .await
        .unwrap_err();
    assert!(
        matches!(&error, SinkError::Refused(text) if text.contains("WRONGTYPE")),
        "{error}"
    );
    redis.command::<()>("DEL lms.roster.v1:{3}").await;
    redis.command::<()>("CONFIG SET maxmemory 1").await;
    let error = sink
        .append(
            PARTITION,
            &FencedAppend::plain(&StreamPosition::START, &[entry(1), entry(2)]),
        )
        .await
        .unwrap_err();
    assert!(
        matches!(&error, SinkError::Refused(text) if text.contains("OOM")),
        "{error}"
    );
    redis.command::<()>("CONFIG SET maxmemory 0").await;
    assert_eq!(sink.position(PARTITION).await.unwrap(), StreamPosition::START);
}

#[tokio::test]
async fn trimmed_and_deleted_ends_still_continue() {
    let redis = RedisServer::start().await;
    let sink = sink(&redis);
    let entries = [entry(1), entry(2), entry(3)];
    sink.append(PARTITION, &FencedAppend::plain(&StreamPosition::START, &entries))
        .await
        .unwrap();
    redis.command::<()>("XDEL lms.roster.v1:{3} 3-0").await;
    let position = sink.position(PARTITION).await.unwrap();
    assert_eq!(position.last_id, StreamId::of_seq(3));
    assert_eq!(position.tail, StreamPosition::after(&entries[1], 1).tail);
    assert_eq!(
        sink.append(PARTITION, &FencedAppend::plain(&position, &[entry(4)]))
            .await
            .unwrap(),
        AppendOutcome::Appended
    );
    let fence = sink.position(PARTITION).await.unwrap();
    redis.command::<()>("XTRIM lms.roster.v1:{3} MAXLEN 0").await;
    let position = sink.position(PARTITION).await.unwrap();
    assert_eq!(
        position,
        StreamPosition {
            last_id: StreamId::of_seq(4),
            tail: None,
            epoch: None,
        }
    );
    assert_eq!(
        sink.append(PARTITION, &FencedAppend::plain(&fence, &[entry(5)]))
            .await
            .unwrap(),
        AppendOutcome::Appended
    );
}

#[tokio::test]
async fn an_entry_without_an_id_field_is_told_as_it_is() {
    let redis = RedisServer::start().await;
    redis.command::<()>("XADD lms.roster.v1:{3} 5-2 some thing").await;
    let id = StreamId { major: 5, minor: 2 };
    let expected = StreamPosition {
        last_id: id,
        tail: Some(TailEntry {
            id,
            event_id: String::new(),
        }),
        epoch: Some(1),
    };
    assert_eq!(sink(&redis).position(PARTITION).await.unwrap(), expected);
}

#[tokio::test]
async fn it_survives_restarts_hangs_and_wrong_passwords() {
    let mut redis = RedisServer::start().await;
    let url = redis.url().replace("redis://", "redis://:secret@");
    let settings = RedisSinkSettings {
        response_timeout: std::time::Duration::from_millis(200),
        ..RedisSinkSettings::default()
    };
    let sink = RedisSink::new(&url, &settings).unwrap();
    // No password is set: AUTH is refused, and that is not final.
    let error = sink.position(PARTITION).await.unwrap_err();
    assert!(
        error.is_unreachable() && !error.to_string().contains("secret"),
        "{error}"
    );
    redis.command::<()>("CONFIG SET requirepass secret").await;
    until("it answers", async || sink.position(PARTITION).await.is_ok()).await;

    redis.signal("-STOP");
    assert!(sink.position(PARTITION).await.unwrap_err().is_unreachable());
    // Many that wait for one attempt share its failure instead of making one each.
    let before = tokio::time::Instant::now();
    let calls = (0..16).map(|_| sink.position(PARTITION));
    assert!(
        futures_util::future::join_all(calls)
            .await
            .iter()
            .all(Result::is_err)
    );
    assert!(
        before.elapsed() < settings.response_timeout * 8,
        "took {:?}",
        before.elapsed()
    );
    redis.signal("-CONT");
    until("it answers again", async || {
        sink.position(PARTITION).await.is_ok()
    })
    .await;

    redis.kill();
    assert!(sink.position(PARTITION).await.unwrap_err().is_unreachable());
    // Without the password this time, since it was set at run time only; and without the script.
    assert!(redis.start_again().await);
    redis.command::<()>("CONFIG SET requirepass secret").await;
    until("it answers again", async || {
        sink.position(PARTITION).await.is_ok()
    })
    .await;
}

#[test]
fn an_unusable_url_is_refused_at_once() {
    for url in ["", "http://localhost", "redis://"] {
        let result = RedisSink::new(url, &RedisSinkSettings::default());
        assert!(matches!(result, Err(SinkError::Url(_))), "{url}: {result:?}");
    }
}
