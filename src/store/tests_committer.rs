//! The committer: plans of many requests at once, each committed whole or not at all.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;

use super::tests::on_both_databases;
use super::tests_fixture::{Fixture, completion, draft, key, new_school, now, response};
use super::tests_units::{gaps, positions, rows};
use super::unit::UnitEnding;
use super::{Completion, Position, StoreError};
use crate::idempotency::{Claim, IdempotencyKey};
use crate::tenancy::TenantContext;

on_both_databases! {
    only_one_of_many_plans_takes_a_key,
    only_one_of_many_plans_takes_a_name,
    many_plans_leave_no_gap,
    a_plan_whose_request_is_gone_is_whole_or_not_there,
    a_store_that_closes_commits_what_waits,
}

/// Sends a unit the way a request does.
async fn plan(fixture: &Fixture, context: TenantContext, name: &str, key: &IdempotencyKey) -> UnitEnding {
    let mut plan = fixture.store.plan_write(context);
    plan.require_served_tenant();
    plan.claim_idempotency_key(key.clone(), now() + TimeDelta::hours(24));
    plan.insert_school(&new_school(context, name));
    let completion = Completion {
        idempotency: Some((key.key.clone(), response(b"once"))),
        ..completion(vec![draft("SchoolCreated")])
    };
    plan.complete(completion).await.unwrap()
}

/// Sends many at once; how they ended.
async fn race(
    fixture: &Arc<Fixture>,
    context: TenantContext,
    names_and_keys: Vec<(String, IdempotencyKey)>,
) -> Vec<UnitEnding> {
    let racers: Vec<_> = names_and_keys
        .into_iter()
        .map(|(name, key)| {
            let fixture = Arc::clone(fixture);
            tokio::spawn(async move { plan(&fixture, context, &name, &key).await })
        })
        .collect();
    let mut endings = Vec::new();
    for racer in racers {
        endings.push(racer.await.unwrap());
    }
    endings
}

fn committed(endings: &[UnitEnding]) -> usize {
    let is_committed = |ending: &&UnitEnding| matches!(ending, UnitEnding::Committed(_));
    endings.iter().filter(is_committed).count()
}

async fn only_one_of_many_plans_takes_a_key(fixture: Fixture) {
    let fixture = Arc::new(fixture);
    let context = fixture.tenant().await;
    let racers = (0..50)
        .map(|number| (format!("School {number}"), key("k")))
        .collect();
    let endings = race(&fixture, context, racers).await;
    assert_eq!(committed(&endings), 1);
    for ending in endings {
        let may_be = [
            UnitEnding::Known(Claim::Done(response(b"once"))),
            UnitEnding::Broken,
        ];
        assert!(
            matches!(ending, UnitEnding::Committed(_)) || may_be.contains(&ending),
            "{ending:?}"
        );
    }
    assert_eq!(rows(&fixture, context).await, [1, 2, 1, 1]);
}

async fn only_one_of_many_plans_takes_a_name(fixture: Fixture) {
    let fixture = Arc::new(fixture);
    let context = fixture.tenant().await;
    let racers = (0..50)
        .map(|number| ("Contested".to_owned(), key(&number.to_string())))
        .collect();
    let endings = race(&fixture, context, racers).await;
    assert_eq!(committed(&endings), 1);
    // Those who came too late leave their keys free.
    assert_eq!(rows(&fixture, context).await, [1, 2, 1, 1]);
}

async fn many_plans_leave_no_gap(fixture: Fixture) {
    let fixture = Arc::new(fixture);
    let contexts = [
        fixture.tenant().await,
        fixture.tenant().await,
        fixture.tenant().await,
    ];
    let mut racers = Vec::new();
    for number in 0..90 {
        let (fixture, context) = (Arc::clone(&fixture), contexts[number % contexts.len()]);
        // Every tenth has a name that is taken.
        let name = if number % 10 == 9 {
            "School 0".to_owned()
        } else {
            format!("School {number}")
        };
        racers.push(tokio::spawn(async move {
            plan(&fixture, context, &name, &key(&number.to_string())).await
        }));
    }
    let mut endings = Vec::new();
    for racer in racers {
        endings.push(racer.await.unwrap());
    }
    let told = positions(&endings);
    assert_eq!(told.len(), committed(&endings));
    assert_eq!(
        fixture.count("SELECT count(*) FROM event_log").await,
        i64::try_from(told.len()).unwrap()
    );
    assert_eq!(gaps(&fixture).await, 0);
    let announced: BTreeSet<Position> = fixture.announced.lock().unwrap().iter().copied().collect();
    assert_eq!(announced, told);
}

/// Requests whose clients hang up: what they planned is there with its event and its key, or not at all, and their neighbours are.
async fn a_plan_whose_request_is_gone_is_whole_or_not_there(fixture: Fixture) {
    let fixture = Arc::new(fixture);
    let context = fixture.tenant().await;
    let mut kept = Vec::new();
    for number in 0..60 {
        let task = {
            let fixture = Arc::clone(&fixture);
            tokio::spawn(async move {
                plan(
                    &fixture,
                    context,
                    &format!("School {number}"),
                    &key(&number.to_string()),
                )
                .await
            })
        };
        if number % 2 == 0 {
            tokio::task::yield_now().await;
            task.abort();
        } else {
            kept.push(task);
        }
    }
    for task in kept {
        assert!(matches!(task.await.unwrap(), UnitEnding::Committed(_)));
    }
    // What was begun for those who are gone ends with the store.
    fixture.store.close().await;
    let [schools, audits, keys, events] = rows(&fixture, context).await;
    assert!((30..=60).contains(&schools), "{schools}");
    assert_eq!([audits - 1, keys, events], [schools; 3]);
    assert_eq!(gaps(&fixture).await, 0);
}

async fn a_store_that_closes_commits_what_waits(fixture: Fixture) {
    let fixture = Arc::new(fixture);
    let context = fixture.tenant().await;
    let racers: Vec<_> = (0..40)
        .map(|number| {
            let fixture = Arc::clone(&fixture);
            let name = format!("School {number}");
            Box::pin(async move { plan(&fixture, context, &name, &key(&name)).await })
        })
        .collect();
    // Each is asked once, so that all wait in their lane, and then the store closes.
    let mut racers: futures_util::stream::FuturesOrdered<_> = racers.into_iter().collect();
    assert!(futures_util::poll!(futures_util::StreamExt::next(&mut racers)).is_pending());
    fixture.store.close().await;
    let endings: Vec<UnitEnding> = futures_util::StreamExt::collect(racers).await;
    assert_eq!(committed(&endings), 40);
    assert_eq!(rows(&fixture, context).await, [40, 41, 40, 40]);
    let late = fixture
        .store
        .plan_write(context)
        .complete(completion(Vec::new()))
        .await;
    assert!(matches!(late, Err(StoreError::Unavailable { .. })));
}

/// A request that goes away while its transaction begins leaves no connection inside of it: what is sent alone on that connection
/// later would be answered and never committed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_nobody_waited_for_is_ended() {
    let fixture = Fixture::postgres().await;
    let context = fixture.tenant().await;
    for polls in 0..300_u32 {
        let given_up = async {
            for _ in 0..polls % 60 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            () = given_up => {}
            begun = fixture.store.begin_read(context) => drop(begun),
        }
    }
    let left_open = "SELECT count(*) FROM pg_stat_activity
                     WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    let mut left = 0;
    for _ in 0..100 {
        left = fixture.count(left_open).await;
        if left == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{left} connections are inside a transaction that nobody ends");
}
