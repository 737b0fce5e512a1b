//! Telling a withheld event again.

use serde_json::Value;

use super::tests::on_both_databases;
use super::tests_fixture::{Fixture, audit, completion, new_id, now};
use super::{Position, Republication, WithheldEvent};
use crate::outbox::{EventDraft, LogReader, RelayRecords};
use crate::tenancy::{Partition, TenantContext};

on_both_databases! {
    a_withheld_event_is_told_again_once_as_a_new_one,
    the_feed_shows_a_tombstone_in_its_place,
}

/// A tenant whose second event of three was withheld.
async fn withheld(fixture: &Fixture) -> (TenantContext, Partition) {
    let context = fixture.tenant().await;
    let id = |number: i64| format!("{number}: {}", new_id());
    for number in 1..=3 {
        let draft = EventDraft {
            event_id: new_id(),
            event_type: "lms.roster.v1.SchoolCreated".to_owned(),
            traceparent: None,
            head: format!(r#"{{"id":"{}","sequence":""#, id(number)),
            tail: format!(r#"","data":{{"number":{number}}}}}"#),
        };
        let write = fixture.store.begin_write(context).await.unwrap();
        write.complete(completion(vec![draft])).await.unwrap();
    }
    let partition = context
        .tenant_id()
        .partition(fixture.store.metadata().partition_count);
    let reader = LogReader::new(fixture.store.event_log().clone());
    let entry = reader.entry_at(partition, 2).await.unwrap().unwrap();
    RelayRecords::new(fixture.store.relay_records().clone())
        .withhold(&entry, r#"{"a":"tombstone"}"#, "the broker said no", now())
        .await
        .unwrap();
    (context, partition)
}

fn republication() -> Republication {
    Republication {
        event_id: new_id(),
        audit: audit("event.republish"),
        now: now(),
    }
}

async fn a_withheld_event_is_told_again_once_as_a_new_one(fixture: Fixture) {
    let (_, partition) = withheld(&fixture).await;
    let waiting = fixture.store.withheld_events().await.unwrap();
    let [event]: &[WithheldEvent; 1] = waiting.as_slice().try_into().unwrap();
    assert_eq!(event.position, Position { partition, seq: 2 });
    assert_eq!(event.event_type, "lms.roster.v1.SchoolCreated");
    assert_eq!(event.reason, "the broker said no");

    // Two operators at once: one tells it, and the other finds that it was told.
    let (one, other) = (republication(), republication());
    let ids = [one.event_id, other.event_id];
    let told = tokio::join!(
        fixture.store.republish(event, one),
        fixture.store.republish(event, other)
    );
    let mut told = [told.0.unwrap(), told.1.unwrap()];
    told.sort();
    assert_eq!(told, [None, Some(Position { partition, seq: 4 })]);
    assert!(fixture.store.withheld_events().await.unwrap().is_empty());
    assert_eq!(
        fixture
            .count("SELECT count(*) FROM audit_records WHERE action = 'event.republish'")
            .await,
        1
    );

    let reader = LogReader::new(fixture.store.event_log().clone());
    let again = reader.entry_at(partition, 4).await.unwrap().unwrap();
    assert!(ids.contains(&again.event_id));
    assert_eq!(again.event_type, "lms.roster.v1.SchoolCreated");
    let envelope: Value = serde_json::from_str(&again.envelope).unwrap();
    assert_eq!(envelope["id"], again.event_id.to_string());
    assert_eq!(envelope["sequence"], "4");
    assert_eq!(envelope["data"]["number"], 2);
    assert_eq!(
        reader.heads().await.unwrap()[usize::from(partition.0)].seq,
        4,
        "no number was lost"
    );
    assert_eq!(
        reader.entry_at(partition, 2).await.unwrap().unwrap().envelope,
        r#"{"a":"tombstone"}"#
    );
}

async fn the_feed_shows_a_tombstone_in_its_place(fixture: Fixture) {
    let (context, _) = withheld(&fixture).await;
    let read = fixture.store.begin_read(context).await.unwrap();
    let types: Vec<String> = read
        .events_after(0, 10)
        .await
        .unwrap()
        .into_iter()
        .map(|event| event.event_type.rsplit('.').next().unwrap().to_owned())
        .collect();
    assert_eq!(types, ["SchoolCreated", "EventWithheld", "SchoolCreated"]);
    let stranger = fixture.tenant().await;
    assert!(
        fixture
            .store
            .begin_read(stranger)
            .await
            .unwrap()
            .events_after(0, 10)
            .await
            .unwrap()
            .is_empty()
    );
}
