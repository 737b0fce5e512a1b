//! What comes with an append: the lease, and the beginning of a new epoch.

use super::*;

const LONG: Duration = Duration::from_secs(600);

fn claimed<'a>(fence: &'a StreamPosition, entries: &'a [LogEntry], relay: Uuid) -> FencedAppend<'a> {
    FencedAppend {
        claim: Some(Claim { relay, ttl: LONG }),
        ..FencedAppend::plain(fence, entries)
    }
}

async fn holder(sink: &RedisSink) -> Option<String> {
    let lease = sink.state(PARTITION).await.unwrap().lease;
    assert!(lease.as_ref().is_none_or(|lease| lease.left <= LONG));
    lease.map(|lease| lease.holder)
}

#[tokio::test]
async fn an_append_claims_the_lease_and_a_refused_one_does_not() {
    let redis = RedisServer::start().await;
    let sink = sink(&redis);
    let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
    assert_eq!(holder(&sink).await, None);
    let first = [entry(1)];
    let append = claimed(&StreamPosition::START, &first, one);
    assert_eq!(
        sink.append(PARTITION, &append).await.unwrap(),
        AppendOutcome::Appended
    );
    assert_eq!(holder(&sink).await, Some(one.to_string()));
    // Refused, the other is told who leads.
    let outcome = sink
        .append(PARTITION, &claimed(&StreamPosition::START, &first, other))
        .await
        .unwrap();
    let AppendOutcome::Refused(state) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(state.lease.unwrap().holder, one.to_string());
    // The fence alone decides: a lease that is another's keeps nobody from appending, and goes over.
    let end = StreamPosition::after(&first[0], 1);
    let outcome = sink
        .append(PARTITION, &claimed(&end, &[entry(2)], other))
        .await
        .unwrap();
    assert_eq!(outcome, AppendOutcome::Appended);
    assert_eq!(holder(&sink).await, Some(other.to_string()));
    sink.release(PARTITION, one).await.unwrap();
    assert_eq!(holder(&sink).await, Some(other.to_string()));
    sink.release(PARTITION, other).await.unwrap();
    assert_eq!(holder(&sink).await, None);
    // A key that somebody made to stay is nobody's lease.
    redis.command::<()>("SET lms.roster.v1:{3}:lease forever").await;
    assert_eq!(holder(&sink).await, None);
}

#[tokio::test]
async fn a_new_epoch_moves_the_stream_away_and_its_groups_along() {
    let redis = RedisServer::start().await;
    let sink = sink(&redis);
    let old = [entry(1), entry(2), entry(3)];
    sink.append(PARTITION, &FencedAppend::plain(&StreamPosition::START, &old))
        .await
        .unwrap();
    for group in ["one", "other"] {
        let command = format!("XGROUP CREATE lms.roster.v1:{{3}} {group} $");
        redis.command::<()>(&command).await;
    }
    let fence = sink.position(PARTITION).await.unwrap();
    let entries = [entry(2), entry(3)];
    let begin = FencedAppend {
        epoch: 2,
        begins: true,
        ..FencedAppend::plain(&fence, &entries)
    };
    assert_eq!(
        sink.append(PARTITION, &begin).await.unwrap(),
        AppendOutcome::Appended
    );
    let end = StreamPosition::after(&entries[1], 2);
    assert_eq!(sink.position(PARTITION).await.unwrap(), end);
    let stream = sink.read_after(PARTITION, StreamId::ZERO, 10).await.unwrap();
    assert_eq!(stream.len(), 2);
    assert!(stream.iter().all(|entry| entry.field("epoch") == Some(b"2")));
    assert_eq!(stream[0].fields.last().unwrap().0, b"epoch");
    assert_eq!(redis.command::<u64>("XLEN lms.roster.v1:{3}:epoch-1").await, 3);
    let groups: Vec<Vec<::redis::Value>> = redis.command("XINFO GROUPS lms.roster.v1:{3}").await;
    assert_eq!(groups.len(), 2);
    let delivered: ::redis::Value = redis
        .command("XREADGROUP GROUP one consumer STREAMS lms.roster.v1:{3} >")
        .await;
    assert!(format!("{delivered:?}").contains("2-0"), "{delivered:?}");

    // Said again, late, it finds another fence; so does a relay that still lives in the old epoch.
    let outcome = sink.append(PARTITION, &begin).await.unwrap();
    assert_eq!(outcome, refused(end.clone()));
    let same_event = StreamPosition {
        epoch: Some(1),
        ..end.clone()
    };
    let outcome = sink
        .append(PARTITION, &FencedAppend::plain(&same_event, &[entry(4)]))
        .await
        .unwrap();
    assert_eq!(outcome, refused(end));
}

#[tokio::test]
async fn an_entry_that_the_relay_did_not_write_does_not_change_the_epoch() {
    let redis = RedisServer::start().await;
    let sink = sink(&redis);
    let entries = [entry(1)];
    let begin = FencedAppend {
        epoch: 7,
        begins: true,
        ..FencedAppend::plain(&StreamPosition::START, &entries)
    };
    sink.append(PARTITION, &begin).await.unwrap();
    redis
        .command::<String>("XADD lms.roster.v1:{3} 2-0 some thing")
        .await;
    assert_eq!(sink.position(PARTITION).await.unwrap().epoch, Some(7));
    redis.command::<()>("DEL lms.roster.v1:{3}").await;
    for odd in ["x", "0", "-3", "99999999999999999999"] {
        let command = format!("XADD lms.roster.v1:{{3}} * epoch {odd}");
        redis.command::<String>(&command).await;
        assert_eq!(sink.position(PARTITION).await.unwrap().epoch, Some(1), "{odd}");
        redis.command::<()>("DEL lms.roster.v1:{3}").await;
    }
}
