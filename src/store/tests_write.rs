//! Writes: whole or not at all, in one order, without gaps.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::tests::on_both_databases;
use super::tests_fixture::{Fixture, audit, completion, draft, new_id, new_school, now};
use super::transaction::{Access, ScopedTransaction};
use super::{Completion, MigrationPolicy, Position, SchoolInsertion};
use crate::roster::{Name, School, SchoolId, SchoolStatus, Tenant, TenantStatus};
use crate::tenancy::{TenantContext, TenantId};

on_both_databases! {
    what_is_written_is_read_back,
    concurrent_writers_leave_no_gap_and_readers_see_none,
    a_rollback_leaves_no_gap_and_no_row,
    several_events_keep_their_order,
    more_rows_than_one_statement_takes,
    only_one_of_many_takes_a_name,
    a_taken_name_or_identifier_is_named,
    a_row_of_another_tenant_is_refused,
    the_hook_hears_of_every_event,
    two_processes_write_at_once,
    a_read_cannot_write,
    a_read_sees_one_state,
}

async fn what_is_written_is_read_back(fixture: Fixture) {
    let now = now();
    let mut tenant = Tenant::create(
        TenantId(new_id()),
        Name::parse("Ärzte & Söhne").unwrap(),
        Some("eu-west".to_owned()),
        now,
    );
    tenant.status = TenantStatus::Suspended;
    let context = TenantContext::checked(tenant.tenant_id);
    let mut full = new_school(context, "Straße 'quoted'");
    full.details.identifier = Some("0042".to_owned());
    full.details.grade_levels = Some(vec!["KG".to_owned(), "01".to_owned()]);
    full.details.time_zone = Some("Europe/Berlin".to_owned());
    full.details.external_refs = Some(BTreeMap::from([("sis".to_owned(), "a\"b".to_owned())]));
    full.status = SchoolStatus::Closed;
    full.version = 3;
    let bare = new_school(context, "Bare");
    let mut empty = new_school(context, "Empty");
    empty.details.grade_levels = Some(Vec::new());

    let transaction = fixture.store.begin_write(context).await.unwrap();
    assert_eq!(transaction.tenant().await.unwrap(), None);
    transaction.insert_tenant(&tenant).await.unwrap();
    for school in [&full, &bare, &empty] {
        assert_eq!(
            transaction.insert_school(school).await.unwrap(),
            SchoolInsertion::Inserted
        );
    }
    assert_eq!(transaction.tenant().await.unwrap().as_ref(), Some(&tenant));
    transaction.complete(completion(Vec::new())).await.unwrap();

    let read = fixture.store.begin_read(context).await.unwrap();
    assert_eq!(read.tenant().await.unwrap(), Some(tenant));
    assert_eq!(read.school(full.school_id).await.unwrap().as_ref(), Some(&full));
    let all: Vec<School> = read.schools_after(None, 10).await.unwrap();
    assert_eq!(all, vec![full.clone(), bare.clone(), empty.clone()]);
    assert_eq!(
        read.schools_after(Some(full.school_id), 1).await.unwrap(),
        vec![bare]
    );
    assert_eq!(
        read.schools_after(Some(empty.school_id), 1).await.unwrap(),
        vec![]
    );
    assert_eq!(read.school(SchoolId(new_id())).await.unwrap(), None);
    read.finish().await.unwrap();
}

async fn concurrent_writers_leave_no_gap_and_readers_see_none(fixture: Fixture) {
    const WRITERS: usize = 32;
    const WRITES: usize = 8;
    let fixture = Arc::new(fixture);
    // Of one partition, so that all of them want the same head.
    let context = fixture.tenant().await;
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let fixture = Arc::clone(&fixture);
            tokio::spawn(async move {
                for write in 0..WRITES {
                    let school = new_school(context, &format!("{writer} {write}"));
                    let transaction = fixture.store.begin_write(context).await.unwrap();
                    transaction.insert_school(&school).await.unwrap();
                    if write % 4 == 3 {
                        transaction.rollback().await.unwrap();
                    } else {
                        transaction
                            .complete(completion(vec![draft("SchoolCreated")]))
                            .await
                            .unwrap();
                    }
                }
            })
        })
        .collect();
    let expected = i64::try_from(WRITERS * WRITES * 3 / 4).unwrap();

    let mut seen = 0;
    while seen < expected {
        let read = fixture.store.begin_read(context).await.unwrap();
        for event in read.events_after(seen, 1_000).await.unwrap() {
            assert_eq!(event.seq, seen + 1, "a reader would have skipped an event");
            assert_eq!(event.envelope, format!(r#"{{"sequence":"{}"}}"#, event.seq));
            seen = event.seq;
        }
        read.finish().await.unwrap();
    }
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(fixture.count("SELECT count(*) FROM event_log").await, expected);
    assert_eq!(
        fixture.count("SELECT max(seq) FROM event_partition_heads").await,
        expected
    );
    assert_eq!(fixture.count("SELECT count(*) FROM schools").await, expected);
    // One more: the tenant's own.
    assert_eq!(
        fixture.count("SELECT count(*) FROM audit_records").await,
        expected + 1
    );
}

async fn a_rollback_leaves_no_gap_and_no_row(fixture: Fixture) {
    let context = fixture.tenant().await;
    fixture.school(context, "First").await;
    let transaction = fixture.store.begin_write(context).await.unwrap();
    transaction
        .insert_school(&new_school(context, "Given up"))
        .await
        .unwrap();
    drop(transaction);
    // An audit record twice fails after the head was asked for.
    let twice = audit("school.create");
    let broken = Completion {
        idempotency: None,
        audit: vec![twice.clone(), twice],
        events: vec![draft("SchoolCreated")],
        now: now(),
    };
    let transaction = fixture.store.begin_write(context).await.unwrap();
    transaction
        .insert_school(&new_school(context, "Failed"))
        .await
        .unwrap();
    transaction.complete(broken).await.unwrap_err();
    fixture.school(context, "Second").await;

    let read = fixture.store.begin_read(context).await.unwrap();
    let seqs: Vec<i64> = read
        .events_after(0, 10)
        .await
        .unwrap()
        .iter()
        .map(|event| event.seq)
        .collect();
    assert_eq!(seqs, [1, 2]);
    assert_eq!(read.schools_after(None, 10).await.unwrap().len(), 2);
}

async fn several_events_keep_their_order(fixture: Fixture) {
    let context = fixture.tenant().await;
    let transaction = fixture.store.begin_write(context).await.unwrap();
    let mut traced = draft("B");
    traced.traceparent = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned());
    let positions = transaction
        .complete(completion(vec![draft("A"), traced, draft("C")]))
        .await
        .unwrap();
    assert_eq!(
        positions.iter().map(|position| position.seq).collect::<Vec<_>>(),
        [1, 2, 3]
    );

    let read = fixture.store.begin_read(context).await.unwrap();
    let events = read.events_after(1, 10).await.unwrap();
    let types: Vec<&str> = events.iter().map(|event| event.event_type.as_str()).collect();
    assert_eq!(types, ["B", "C"]);
    assert_eq!(
        fixture
            .count("SELECT count(*) FROM event_log WHERE traceparent IS NOT NULL")
            .await,
        1
    );
}

async fn more_rows_than_one_statement_takes(fixture: Fixture) {
    let context = fixture.tenant().await;
    let transaction = fixture.store.begin_write(context).await.unwrap();
    let completion = Completion {
        idempotency: None,
        audit: (0..1_203).map(|_| audit("school.create")).collect(),
        events: (0..1_101).map(|_| draft("SchoolCreated")).collect(),
        now: now(),
    };
    let positions: Vec<Position> = transaction.complete(completion).await.unwrap();
    assert!((1..=1_101).eq(positions.iter().map(|position| position.seq)));
    assert_eq!(
        fixture.count("SELECT count(*) FROM audit_records").await,
        1 + 1_203
    );
}

async fn only_one_of_many_takes_a_name(fixture: Fixture) {
    let fixture = Arc::new(fixture);
    let context = fixture.tenant().await;
    let racers: Vec<_> = ["ASHBY", "Ashby", "ashby", "aShBy"]
        .into_iter()
        .cycle()
        .take(16)
        .map(|name| {
            let fixture = Arc::clone(&fixture);
            tokio::spawn(async move {
                let school = new_school(context, name);
                let transaction = fixture.store.begin_write(context).await.unwrap();
                let insertion = transaction.insert_school(&school).await.unwrap();
                let won = insertion == SchoolInsertion::Inserted;
                let events = if won {
                    vec![draft("SchoolCreated")]
                } else {
                    Vec::new()
                };
                // The loser's transaction still takes a write, and commits.
                transaction.complete(completion(events)).await.unwrap();
                (school.school_id, insertion)
            })
        })
        .collect();
    let mut outcomes = Vec::new();
    for racer in racers {
        outcomes.push(racer.await.unwrap());
    }
    let winners: Vec<SchoolId> = outcomes
        .iter()
        .filter(|(_, insertion)| *insertion == SchoolInsertion::Inserted)
        .map(|(school_id, _)| *school_id)
        .collect();
    let &[winner] = winners.as_slice() else {
        panic!("{} inserted", winners.len())
    };
    assert!(outcomes.iter().all(
        |(school_id, insertion)| *school_id == winner || *insertion == SchoolInsertion::NameTaken(winner)
    ));
    assert_eq!(fixture.count("SELECT count(*) FROM audit_records").await, 17);
}

async fn a_taken_name_or_identifier_is_named(fixture: Fixture) {
    let context = fixture.tenant().await;
    let other = fixture.tenant().await;
    let transaction = fixture.store.begin_write(context).await.unwrap();
    let mut first = new_school(context, "First");
    first.details.identifier = Some("1".to_owned());
    let second = new_school(context, "Second");
    transaction.insert_school(&first).await.unwrap();
    transaction.insert_school(&second).await.unwrap();

    let mut candidate = new_school(context, "Third");
    candidate.details.identifier = Some("1".to_owned());
    assert_eq!(
        transaction.insert_school(&candidate).await.unwrap(),
        SchoolInsertion::IdentifierTaken(first.school_id)
    );
    candidate.details.name = Name::parse("SECOND").unwrap();
    assert_eq!(
        transaction.insert_school(&candidate).await.unwrap(),
        SchoolInsertion::NameTaken(second.school_id)
    );
    transaction.complete(completion(Vec::new())).await.unwrap();
    // Another tenant may use the name.
    fixture.school(other, "first").await;
}

async fn a_row_of_another_tenant_is_refused(fixture: Fixture) {
    let context = fixture.tenant().await;
    let other = fixture.tenant().await;
    let transaction = fixture.store.begin_write(context).await.unwrap();
    transaction
        .insert_school(&new_school(other, "Smuggled"))
        .await
        .unwrap_err();
}

async fn the_hook_hears_of_every_event(fixture: Fixture) {
    let context = fixture.tenant().await;
    fixture.school(context, "First").await;
    fixture.school(context, "Second").await;
    let partition = context.tenant_id().partition(2);
    let expected = [Position { partition, seq: 1 }, Position { partition, seq: 2 }];
    assert_eq!(*fixture.announced.lock().unwrap(), expected);
}

async fn two_processes_write_at_once(fixture: Fixture) {
    let context = fixture.tenant().await;
    let other = fixture.reopen(MigrationPolicy::Serve).await.unwrap();
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let store = if writer % 2 == 0 {
                fixture.store.clone()
            } else {
                other.clone()
            };
            tokio::spawn(async move {
                for write in 0..8 {
                    let transaction = store.begin_write(context).await.unwrap();
                    // Reading first is what a transaction without the write lock would be refused for.
                    transaction.tenant().await.unwrap().unwrap();
                    let school = new_school(context, &format!("{writer} {write}"));
                    transaction.insert_school(&school).await.unwrap();
                    transaction
                        .complete(completion(vec![draft("SchoolCreated")]))
                        .await
                        .unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let read = other.begin_read(context).await.unwrap();
    let seqs: Vec<i64> = read
        .events_after(0, 100)
        .await
        .unwrap()
        .iter()
        .map(|event| event.seq)
        .collect();
    assert!((1..=64).eq(seqs));
}

async fn a_read_cannot_write(fixture: Fixture) {
    let context = fixture.tenant().await;
    let read = ScopedTransaction::begin(fixture.store.pools(), context, Access::Read)
        .await
        .unwrap();
    let error = read
        .execute("UPDATE schools SET name = 'x'", Vec::new())
        .await
        .unwrap_err();
    let detail = error.detail().unwrap().for_log();
    assert!(
        detail.contains("read-only transaction") || detail.contains("readonly database"),
        "{detail}"
    );
}

async fn a_read_sees_one_state(fixture: Fixture) {
    let context = fixture.tenant().await;
    let before = fixture.school(context, "Before").await;
    let read = fixture.store.begin_read(context).await.unwrap();
    assert!(read.tenant().await.unwrap().is_some());
    let after = fixture.school(context, "After").await;
    assert_eq!(read.schools_after(None, 10).await.unwrap(), vec![before.clone()]);
    assert_eq!(read.school(after.school_id).await.unwrap(), None);
    assert_eq!(read.events_after(0, 10).await.unwrap().len(), 1);
    drop(read);
    let read = fixture.store.begin_read(context).await.unwrap();
    assert_eq!(read.schools_after(None, 10).await.unwrap(), [before, after]);
}
