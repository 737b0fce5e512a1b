//! Units: what several requests write in one commit, and what keeps one of them from being written.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::tests::on_both_databases;
use super::tests_fixture::{Fixture, audit, completion, draft, key, new_id, new_school, now, response};
use super::unit::{Unit, UnitEnding};
use super::{Completion, Position, StoreError, unit_postgres, unit_sqlite};
use crate::idempotency::Claim;
use crate::roster::School;
use crate::tenancy::{TenantContext, TenantId};

on_both_databases! {
    a_batch_is_written_and_read_back,
    a_unit_that_fails_leaves_its_neighbours_alone,
    a_unit_alone_is_written_on_the_same_terms,
    what_a_key_stands_for_is_told_without_a_second_look,
    a_batch_that_breaks_a_rule_of_a_table_is_not_written,
    a_row_of_another_tenant_is_not_written,
}

fn unit(context: TenantContext, name: &str) -> Unit {
    unit_of(new_school(context, name), context)
}

/// A unit with a key that is named like its school.
fn unit_of(school: School, context: TenantContext) -> Unit {
    let key_text = format!("key of {}", school.details.name.as_str());
    Unit {
        context,
        needs_served_tenant: true,
        claim: Some((key(&key_text), now() + TimeDelta::hours(24))),
        schools: vec![school],
        completion: Completion {
            idempotency: Some((key_text, response(b"created"))),
            ..completion(vec![draft("SchoolCreated")])
        },
    }
}

/// Writes units as one batch.
async fn write(fixture: &Fixture, units: &[Unit]) -> Result<Vec<UnitEnding>, StoreError> {
    let pools = fixture.store.pools();
    let units: Vec<&Unit> = units.iter().collect();
    let partition_count = fixture.store.metadata().partition_count;
    match fixture.dialect() {
        super::dialect::Dialect::Postgres => unit_postgres::write(pools, partition_count, &units).await,
        super::dialect::Dialect::Sqlite => unit_sqlite::write(pools, partition_count, &units).await,
    }
}

/// The places of the events of all units that were committed.
pub(super) fn positions(endings: &[UnitEnding]) -> BTreeSet<Position> {
    let committed = endings.iter().filter_map(|ending| match ending {
        UnitEnding::Committed(positions) => Some(positions.clone()),
        _ => None,
    });
    committed.flatten().collect()
}

/// How many rows belong to a tenant: schools, audit records of schools, keys, events.
pub(super) async fn rows(fixture: &Fixture, context: TenantContext) -> [i64; 4] {
    let mut counts = [0; 4];
    for (count, table) in counts.iter_mut().zip([
        "schools WHERE",
        "audit_records WHERE action = 'school.create' AND",
        "idempotency_records WHERE response_status = 201 AND",
        "event_log WHERE",
    ]) {
        let sql = format!(
            "SELECT count(*) FROM {table} tenant_id = '{}'",
            context.tenant_id()
        );
        *count = fixture.count(&sql).await;
    }
    counts
}

/// The partitions whose numbers do not run from 1 to their head.
pub(super) async fn gaps(fixture: &Fixture) -> i64 {
    fixture
        .count(
            "SELECT count(*) FROM event_partition_heads AS heads WHERE seq <> (
                 SELECT count(*) FROM event_log AS log WHERE log.partition = heads.partition
                 AND log.seq BETWEEN 1 AND heads.seq)",
        )
        .await
}

async fn a_batch_is_written_and_read_back(fixture: Fixture) {
    let contexts = [
        fixture.tenant().await,
        fixture.tenant().await,
        fixture.tenant().await,
    ];
    let mut full = new_school(contexts[0], "Stra\u{df}e 'quoted' \\ \"twice\"");
    full.details.identifier = Some("0042".to_owned());
    full.details.grade_levels = Some(vec!["KG".to_owned(), "01".to_owned()]);
    full.details.time_zone = Some("Europe/Berlin".to_owned());
    full.details.external_refs = Some(std::collections::BTreeMap::from([(
        "sis".to_owned(),
        "a\"b".to_owned(),
    )]));
    let mut empty = new_school(contexts[1], "Empty");
    empty.details.grade_levels = Some(Vec::new());
    let mut several = unit_of(empty.clone(), contexts[1]);
    several.completion.events = vec![draft("A"), draft("B"), draft("C")];
    let units = [
        unit_of(full.clone(), contexts[0]),
        several,
        unit(contexts[2], "Third"),
        unit(contexts[0], "Fourth"),
    ];
    let endings = write(&fixture, &units).await.unwrap();
    let told = positions(&endings);
    assert_eq!(told.len(), 6, "{endings:?}");
    assert_eq!(gaps(&fixture).await, 0);

    let read = fixture.store.begin_read(contexts[0]).await.unwrap();
    assert_eq!(read.school(full.school_id).await.unwrap().as_ref(), Some(&full));
    drop(read);
    let read = fixture.store.begin_read(contexts[1]).await.unwrap();
    assert_eq!(read.school(empty.school_id).await.unwrap().as_ref(), Some(&empty));
    let events = read.events_after(0, 10).await.unwrap();
    let types: Vec<&str> = events.iter().map(|event| event.event_type.as_str()).collect();
    assert_eq!(types, ["A", "B", "C"]);
    let UnitEnding::Committed(several) = &endings[1] else {
        panic!("{endings:?}")
    };
    assert!(
        several
            .iter()
            .map(|position| position.seq)
            .eq(events.iter().map(|event| event.seq))
    );
    for event in events {
        assert_eq!(event.envelope, format!(r#"{{"sequence":"{}"}}"#, event.seq));
    }
    assert_eq!(rows(&fixture, contexts[2]).await, [1, 2, 1, 1]);
}

/// Of one batch: a suspended tenant, an unknown one, a taken name, a taken identifier, a known key, and two that are as they should be.
async fn a_unit_that_fails_leaves_its_neighbours_alone(fixture: Fixture) {
    let context = fixture.tenant().await;
    let other = fixture.tenant().await;
    let suspended = fixture.tenant().await;
    fixture
        .as_owner(&format!(
            "UPDATE tenants SET status = 'suspended' WHERE tenant_id = '{}'",
            suspended.tenant_id()
        ))
        .await
        .unwrap();
    let mut numbered = new_school(context, "Numbered");
    numbered.details.identifier = Some("1".to_owned());
    let before = write(
        &fixture,
        &[unit_of(numbered.clone(), context), unit(context, "Taken")],
    )
    .await;
    assert_eq!(positions(&before.unwrap()).len(), 2);

    let mut same_number = new_school(context, "Same number");
    same_number.details.identifier = Some("1".to_owned());
    let mut same_name = unit(context, "TAKEN");
    let mut same_key = unit(context, "New name");
    rename_key(&mut same_name, "of its own");
    rename_key(&mut same_key, "key of Taken");
    let units = [
        unit(context, "First"),
        unit(suspended, "Of a suspended tenant"),
        same_name,
        unit_of(same_number, context),
        unit(TenantContext::checked(TenantId(new_id())), "Of no tenant"),
        same_key,
        unit(other, "Last"),
    ];
    let endings = write(&fixture, &units).await.unwrap();
    assert!(matches!(endings[0], UnitEnding::Committed(_)), "{endings:?}");
    assert!(matches!(endings[6], UnitEnding::Committed(_)), "{endings:?}");
    assert_eq!(endings[1..5], vec![UnitEnding::Broken; 4]);
    assert_eq!(endings[5], UnitEnding::Known(Claim::Done(response(b"created"))));
    assert_eq!(positions(&endings).len(), 2);
    // The tenant's own audit record is one of them.
    assert_eq!(rows(&fixture, context).await, [3, 4, 3, 3]);
    assert_eq!(rows(&fixture, other).await, [1, 2, 1, 1]);
    assert_eq!(rows(&fixture, suspended).await, [0, 1, 0, 0]);
    assert_eq!(fixture.count("SELECT count(*) FROM event_log").await, 4);
    assert_eq!(gaps(&fixture).await, 0);
}

fn rename_key(unit: &mut Unit, text: &str) {
    if let (Some((key, _)), Some((answered, _))) = (&mut unit.claim, &mut unit.completion.idempotency) {
        text.clone_into(&mut key.key);
        text.clone_into(answered);
    }
}

/// What does not hold keeps a unit from being written although no other waits with it.
async fn a_unit_alone_is_written_on_the_same_terms(fixture: Fixture) {
    let context = fixture.tenant().await;
    write(&fixture, &[unit(context, "First")]).await.unwrap();
    let mut same_name = unit(context, "FIRST");
    same_name.claim = None;
    same_name.completion.idempotency = None;
    let mut twice = unit(context, "Second");
    let record = audit("school.create");
    twice.completion.audit = vec![record.clone(), record];
    let nowhere = unit(TenantContext::checked(TenantId(new_id())), "Nowhere");
    for unit in [same_name, twice, nowhere] {
        assert_eq!(write(&fixture, &[unit]).await.unwrap(), [UnitEnding::Broken]);
    }
    assert_eq!(rows(&fixture, context).await, [1, 2, 1, 1]);
    assert_eq!(gaps(&fixture).await, 0);
}

async fn what_a_key_stands_for_is_told_without_a_second_look(fixture: Fixture) {
    let context = fixture.tenant().await;
    write(&fixture, &[unit(context, "First")]).await.unwrap();
    let again = || unit(context, "First");
    let other_request = || {
        let mut other_request = again();
        other_request.claim.as_mut().unwrap().0.fingerprint = [8; 32];
        other_request
    };
    let expired = || {
        let mut expired = again();
        expired.completion.now += TimeDelta::hours(25);
        expired
    };
    let others = || {
        [
            (again(), UnitEnding::Known(Claim::Done(response(b"created")))),
            (other_request(), UnitEnding::Known(Claim::Reused)),
            (expired(), UnitEnding::Broken),
        ]
    };
    for (unit, expected) in others() {
        assert_eq!(write(&fixture, &[unit]).await.unwrap(), [expected]);
    }
    assert_eq!(rows(&fixture, context).await, [1, 2, 1, 1]);
    for (number, (candidate, expected)) in others().into_iter().enumerate() {
        let neighbour = unit(context, &format!("Neighbour {number}"));
        let endings = write(&fixture, &[candidate, neighbour]).await.unwrap();
        assert_eq!(endings.first(), Some(&expected));
        assert!(
            matches!(endings.last(), Some(UnitEnding::Committed(_))),
            "{endings:?}"
        );
    }
    assert_eq!(rows(&fixture, context).await, [4, 5, 4, 4]);
}

/// An audit record twice: nobody's assumption, so the batch is given up, and each unit is to look for itself.
async fn a_batch_that_breaks_a_rule_of_a_table_is_not_written(fixture: Fixture) {
    let context = fixture.tenant().await;
    let mut guilty = unit(context, "Guilty");
    let twice = audit("school.create");
    guilty.completion.audit = vec![twice.clone(), twice];
    let endings = write(&fixture, &[unit(context, "First"), guilty, unit(context, "Last")]).await;
    assert_eq!(endings.unwrap(), vec![UnitEnding::Broken; 3]);
    assert_eq!(rows(&fixture, context).await, [0, 1, 0, 0]);
    assert_eq!(gaps(&fixture).await, 0);
}

/// Rows that name another tenant than the unit's, past the check in Rust: row-level security refuses them. SQLite has none; there the check in
/// Rust is what there is (see `a_plan_takes_no_row_of_another_tenant`).
async fn a_row_of_another_tenant_is_not_written(fixture: Fixture) {
    let (context, other) = (fixture.tenant().await, fixture.tenant().await);
    let smuggled = || {
        [
            unit(other, "Neighbour"),
            unit_of(new_school(other, "Smuggled"), context),
        ]
    };
    if fixture.dialect() == super::dialect::Dialect::Sqlite {
        return;
    }
    assert_eq!(
        write(&fixture, &smuggled()).await.unwrap(),
        vec![UnitEnding::Broken; 2]
    );
    assert_eq!(rows(&fixture, other).await, [0, 1, 0, 0]);
    // Without the policies the same is written, so it is they that refuse.
    let tables = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relrowsecurity";
    fixture
        .as_owner(&format!(
            "DO $$ DECLARE name text; BEGIN FOR name IN {tables} LOOP
                 EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', name); END LOOP; END $$"
        ))
        .await
        .unwrap();
    assert_eq!(positions(&write(&fixture, &smuggled()).await.unwrap()).len(), 2);
    assert_eq!(rows(&fixture, other).await[0], 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_takes_no_row_of_another_tenant() {
    let fixture = Fixture::sqlite().await;
    let (context, other) = (fixture.tenant().await, fixture.tenant().await);
    let mut write = super::Write::Planned(fixture.store.plan_write(context));
    let error = write
        .insert_school(&new_school(other, "Smuggled"))
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Internal { .. }));
}
