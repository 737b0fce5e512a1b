//! The floor of the log: the one way to delete an event, held by the database itself.

use super::tests::on_both_databases;
use super::tests_fixture::Fixture;

on_both_databases! {
    only_rows_below_the_floor_are_deleted,
    a_floor_only_rises_and_never_passes_the_last_row,
}

/// Runs `sql` as the role that purges; how many rows it touched, or why not.
async fn purging(fixture: &Fixture, sql: &str) -> Result<u64, String> {
    use sea_orm::{ConnectionTrait as _, TransactionTrait as _};

    let transaction = fixture.owner.begin().await.unwrap();
    if fixture.dialect() == super::dialect::Dialect::Postgres {
        let role = "SET LOCAL ROLE rollcall_housekeeper";
        transaction.execute_unprepared(role).await.unwrap();
    }
    let outcome = transaction.execute_unprepared(sql).await;
    let touched = outcome.map_err(|error| error.to_string())?.rows_affected();
    transaction.commit().await.unwrap();
    Ok(touched)
}

/// A tenant with five events; the partition that they are in.
async fn five_events(fixture: &Fixture) -> i64 {
    let context = fixture.tenant().await;
    for name in ["Ashby", "Birch", "Cedar", "Dogwood", "Elm"] {
        fixture.school(context, name).await;
    }
    fixture
        .count("SELECT cast(max(partition) AS bigint) FROM event_log")
        .await
}

async fn rows(fixture: &Fixture) -> i64 {
    fixture.count("SELECT count(*) FROM event_log").await
}

async fn only_rows_below_the_floor_are_deleted(fixture: Fixture) {
    let partition = five_events(&fixture).await;
    // Without a floor nothing goes: on PostgreSQL nothing is in reach, SQLite refuses.
    _ = purging(&fixture, "DELETE FROM event_log").await;
    assert_eq!(rows(&fixture).await, 5);

    let floor = format!("INSERT INTO event_log_floors (partition, first_seq) VALUES ({partition}, 4)");
    assert_eq!(purging(&fixture, &floor).await, Ok(1));
    assert_eq!(
        purging(&fixture, "DELETE FROM event_log WHERE seq < 4").await,
        Ok(3)
    );
    _ = purging(&fixture, "DELETE FROM event_log").await;
    assert_eq!(rows(&fixture).await, 2);
}

async fn a_floor_only_rises_and_never_passes_the_last_row(fixture: Fixture) {
    let partition = five_events(&fixture).await;
    let insert = |first_seq: i64| {
        format!("INSERT INTO event_log_floors (partition, first_seq) VALUES ({partition}, {first_seq})")
    };
    let update = |first_seq: i64| format!("UPDATE event_log_floors SET first_seq = {first_seq}");
    for sql in [insert(6), insert(0)] {
        purging(&fixture, &sql).await.expect_err(&sql);
    }
    assert_eq!(purging(&fixture, &insert(3)).await, Ok(1));
    for sql in [update(2), update(6)] {
        purging(&fixture, &sql).await.expect_err(&sql);
    }
    assert_eq!(purging(&fixture, &update(5)).await, Ok(1));
    purging(&fixture, "DELETE FROM event_log_floors")
        .await
        .expect_err("a floor stays");
}
