//! Many requests at once.

use reqwest::StatusCode;
use sea_orm::ConnectionTrait as _;
use serde_json::json;

use super::idempotency::assert_replay;
use super::tenancy::assert_refused;
use super::world::Site;
use super::{Backend, World, on_both};
use crate::support::{Answer, Service, unique_key, wait};

on_both!(open:
    one_key_creates_one_school,
    one_key_creates_one_tenant,
    one_name_goes_to_one_school,
    the_log_has_no_gap_and_no_two_events_in_one_place,
);

async fn one_key_creates_one_school(world: &World) {
    let client = &world.client;
    let tenant = client.new_tenant("At once").await;
    let (key, body) = (unique_key(), json!({ "name": "Once" }));
    let answers = at_once(50, |_| {
        let (client, key, body) = (client.clone(), key.clone(), body.clone());
        async move { client.create_school(tenant, &key, &body).await }
    })
    .await;
    assert_one_change(&answers);
    assert_eq!(
        world
            .sql
            .count(&format!("schools WHERE tenant_id = '{tenant}'"))
            .await,
        1
    );
    assert_eq!(world.sql.logged(tenant).await.len(), 2);
    assert_eq!(world.sql.audited(tenant).await.len(), 2);
    let records = format!("idempotency_records WHERE tenant_id = '{tenant}'");
    assert_eq!(world.sql.count(&records).await, 1);
}

async fn one_key_creates_one_tenant(world: &World) {
    let client = &world.client;
    let (key, name) = (unique_key(), unique_key());
    let body = json!({ "name": name });
    let answers = at_once(50, |_| {
        let (client, key, body) = (client.clone(), key.clone(), body.clone());
        async move { client.create_tenant(&key, &body).await }
    })
    .await;
    assert_one_change(&answers);
    assert_eq!(
        world.sql.count(&format!("tenants WHERE name = '{name}'")).await,
        1
    );
}

async fn one_name_goes_to_one_school(world: &World) {
    let client = &world.client;
    let tenant = client.new_tenant("Contested").await;
    let answers = at_once(20, |number| {
        let client = client.clone();
        let name = if number % 2 == 0 { "Contested" } else { "CONTESTED" };
        async move {
            client
                .create_school(tenant, &unique_key(), &json!({ "name": name }))
                .await
        }
    })
    .await;
    let (created, refused): (Vec<Answer>, Vec<Answer>) = answers
        .into_iter()
        .partition(|answer| answer.status == StatusCode::CREATED);
    assert_eq!(created.len(), 1);
    for answer in &refused {
        assert_refused(answer, StatusCode::CONFLICT, "school-name-taken");
        assert_eq!(answer.json["conflictingResource"], created[0].header("location"));
    }
    assert_eq!(
        world
            .sql
            .count(&format!("schools WHERE tenant_id = '{tenant}'"))
            .await,
        1
    );
    assert_eq!(
        world.sql.logged(tenant).await.len(),
        2,
        "the tenant's and one school's"
    );
    assert_eq!(world.sql.audited(tenant).await.len(), 2);
}

async fn the_log_has_no_gap_and_no_two_events_in_one_place(world: &World) {
    let client = &world.client;
    let mut tenants = Vec::new();
    for number in 0..4 {
        tenants.push(client.new_tenant(&format!("Busy {number}")).await);
    }
    let answers = at_once(60, |number| {
        let (client, tenant) = (client.clone(), tenants[number % tenants.len()]);
        let body = json!({ "name": format!("School {number}") });
        async move { client.create_school(tenant, &unique_key(), &body).await }
    })
    .await;
    assert!(answers.iter().all(|answer| answer.status == StatusCode::CREATED));
    for tenant in tenants {
        assert_eq!(world.sql.logged(tenant).await.len(), 16);
    }
    assert_eq!(super::crash::gaps(&world.sql).await, Vec::<Vec<String>>::new());
}

/// One answer is new; every other one is its repetition, or says that it was too early for that.
fn assert_one_change(answers: &[Answer]) {
    let mut first = answers.iter().filter(|answer| {
        answer.status == StatusCode::CREATED && answer.header("idempotent-replayed").is_empty()
    });
    let new = first.next().expect("one that is new");
    assert!(first.next().is_none(), "two are new");
    for answer in answers {
        if answer.status == StatusCode::CONFLICT {
            assert_refused(answer, StatusCode::CONFLICT, "idempotency-in-flight");
            assert_eq!(answer.header("retry-after"), "1");
        } else if !std::ptr::eq(answer, new) {
            assert_replay(new, answer);
        }
    }
}

async fn at_once<F>(count: usize, send: impl Fn(usize) -> F) -> Vec<Answer>
where
    F: Future<Output = Answer> + Send + 'static,
{
    let requests: Vec<_> = (0..count).map(|number| tokio::spawn(send(number))).collect();
    let mut answers = Vec::with_capacity(count);
    for request in requests {
        answers.push(request.await.expect("no panic"));
    }
    answers
}

/// Both processes see no demo tenant, and both create it.
#[tokio::test]
async fn two_processes_that_start_at_once_share_the_demo_tenant() {
    let site = Site::start(Backend::Postgres, |builder| builder).await;
    let world = site.world().await;
    // Lets them look and keeps them from storing, until both want to.
    let lock = world.sql.begin().await;
    lock.execute_unprepared("LOCK TABLE tenants IN SHARE ROW EXCLUSIVE MODE")
        .await
        .expect("lock");
    let start = || {
        Service::builder()
            .database(&site.database_url)
            .variable("ROLLCALL_DEMO_TENANT", "on")
            .start()
    };
    let let_go = async {
        wait::until("both are about to create it", async || {
            let waiting = world
                .sql
                .count("pg_locks WHERE NOT granted AND relation = 'tenants'::regclass")
                .await;
            (waiting >= 2).then_some(())
        })
        .await;
        lock.rollback().await.expect("let go");
    };
    let (one, other, ()) = tokio::join!(start(), start(), let_go);
    let demo = "019a0000-0000-7000-8000-000000000001".parse().expect("an id");
    for service in [&one, &other] {
        assert_eq!(service.client().get_tenant(demo).await.status, StatusCode::OK);
    }
    assert_eq!(world.sql.logged(demo).await.len(), 1);
    let records = world.sql.audited(demo).await;
    assert_eq!(records.len(), 1, "{records:?}");
    assert_eq!(records[0].actor_subject, "rollcall");
    assert_eq!(records[0].action, "tenant.create");
}
