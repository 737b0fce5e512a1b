//! Idempotency keys: one request, one effect, one answer.

use std::sync::Arc;

use chrono::TimeDelta;

use super::tests::on_both_databases;
use super::tests_fixture::{Fixture, completion, draft, key, new_id, new_school, now, response};
use super::{Completion, SchoolInsertion, StoreError};
use crate::idempotency::{Claim, IdempotencyKey};
use crate::roster::{Name, Tenant};
use crate::tenancy::{TenantContext, TenantId};

on_both_databases! {
    the_answer_is_replayed_as_stored,
    only_one_of_many_claims_a_key,
    a_key_belongs_to_its_request_and_its_tenant,
    an_expired_record_is_replaced,
    a_rolled_back_claim_frees_the_key,
    a_refusal_is_recorded_and_commits_nothing_else,
    a_key_claimed_on_the_platform_is_answered_there,
    a_claimed_key_needs_its_answer,
    expired_records_of_all_tenants_are_purged,
}

/// Claims a key and, when it is new, completes with `body`.
async fn answer(
    fixture: &Fixture,
    context: TenantContext,
    key: &IdempotencyKey,
    body: &'static [u8],
) -> Claim {
    let now = now();
    let mut transaction = fixture.store.begin_write(context).await.unwrap();
    let claim = transaction
        .claim_idempotency_key(key, now + TimeDelta::hours(24), now)
        .await
        .unwrap();
    if claim == Claim::Claimed {
        let completion = Completion {
            idempotency: Some((key.key.clone(), response(body))),
            ..completion(vec![draft("SchoolCreated")])
        };
        transaction.complete(completion).await.unwrap();
    } else {
        transaction.rollback().await.unwrap();
    }
    claim
}

async fn the_answer_is_replayed_as_stored(fixture: Fixture) {
    let context = fixture.tenant().await;
    let bytes: &[u8] = b"{\"b\":1, \"a\":\x00\xff}";
    assert_eq!(answer(&fixture, context, &key("k"), bytes).await, Claim::Claimed);
    assert_eq!(
        answer(&fixture, context, &key("k"), b"other").await,
        Claim::Done(response(bytes))
    );
}

async fn only_one_of_many_claims_a_key(fixture: Fixture) {
    let fixture = Arc::new(fixture);
    let context = fixture.tenant().await;
    let racers: Vec<_> = (0..24)
        .map(|_| {
            let fixture = Arc::clone(&fixture);
            tokio::spawn(async move { answer(&fixture, context, &key("k"), b"once").await })
        })
        .collect();
    let mut claimed = 0;
    for racer in racers {
        match racer.await.unwrap() {
            Claim::Claimed => claimed += 1,
            other => assert!(
                other == Claim::Done(response(b"once")) || other == Claim::InFlight,
                "{other:?}"
            ),
        }
    }
    assert_eq!(claimed, 1);
    assert_eq!(fixture.count("SELECT count(*) FROM event_log").await, 1);
}

async fn a_key_belongs_to_its_request_and_its_tenant(fixture: Fixture) {
    let context = fixture.tenant().await;
    let other = fixture.tenant().await;
    answer(&fixture, context, &key("k"), b"first").await;
    let cases = [
        (
            context,
            IdempotencyKey {
                fingerprint: [8; 32],
                ..key("k")
            },
            Claim::Reused,
        ),
        (
            context,
            IdempotencyKey {
                operation: "createTenant",
                ..key("k")
            },
            Claim::Reused,
        ),
        (context, key("K"), Claim::Claimed),
        (other, key("k"), Claim::Claimed),
    ];
    for (context, key, expected) in cases {
        assert_eq!(
            answer(&fixture, context, &key, b"second").await,
            expected,
            "{key:?}"
        );
    }
}

async fn an_expired_record_is_replaced(fixture: Fixture) {
    let context = fixture.tenant().await;
    answer(&fixture, context, &key("k"), b"first").await;
    let tomorrow = now() + TimeDelta::hours(25);
    let other_request = IdempotencyKey {
        fingerprint: [8; 32],
        ..key("k")
    };
    let mut transaction = fixture.store.begin_write(context).await.unwrap();
    let claim = transaction
        .claim_idempotency_key(&other_request, tomorrow + TimeDelta::hours(24), tomorrow)
        .await
        .unwrap();
    assert_eq!(claim, Claim::Claimed);
    let completion = Completion {
        idempotency: Some(("k".to_owned(), response(b"second"))),
        ..completion(Vec::new())
    };
    transaction.complete(completion).await.unwrap();
    assert_eq!(
        answer(&fixture, context, &other_request, b"third").await,
        Claim::Done(response(b"second"))
    );
}

async fn a_rolled_back_claim_frees_the_key(fixture: Fixture) {
    let context = fixture.tenant().await;
    let mut transaction = fixture.store.begin_write(context).await.unwrap();
    let now = now();
    transaction
        .claim_idempotency_key(&key("k"), now + TimeDelta::hours(24), now)
        .await
        .unwrap();
    transaction
        .insert_school(&new_school(context, "Given up"))
        .await
        .unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(
        answer(&fixture, context, &key("k"), b"first").await,
        Claim::Claimed
    );
}

async fn a_refusal_is_recorded_and_commits_nothing_else(fixture: Fixture) {
    let context = fixture.tenant().await;
    fixture.school(context, "Taken").await;
    let schools = format!(
        "SELECT count(*) FROM schools WHERE tenant_id = '{}'",
        context.tenant_id()
    );
    let now = now();
    for (name, is_refused_before_it_is_changed) in [("Taken", true), ("Changed", false)] {
        let mut transaction = fixture.store.begin_write(context).await.unwrap();
        transaction
            .claim_idempotency_key(&key(name), now + TimeDelta::hours(24), now)
            .await
            .unwrap();
        transaction
            .insert_school(&new_school(context, name))
            .await
            .unwrap();
        let answer = Some((name.to_owned(), response(b"refused")));
        let concluded = transaction.conclude(answer, now).await;
        assert_eq!(concluded.is_ok(), is_refused_before_it_is_changed, "{name}");
        assert_eq!(fixture.count(&schools).await, 1, "{name}");
    }
    let done = Claim::Done(response(b"refused"));
    assert_eq!(answer(&fixture, context, &key("Taken"), b"again").await, done);
    assert_eq!(
        answer(&fixture, context, &key("Changed"), b"again").await,
        Claim::Claimed
    );
}

async fn a_key_claimed_on_the_platform_is_answered_there(fixture: Fixture) {
    let now = now();
    let tenant = Tenant::create(TenantId(new_id()), Name::parse("Ashby").unwrap(), None, now);
    let context = TenantContext::checked(tenant.tenant_id);
    let mut transaction = fixture
        .store
        .begin_write(TenantContext::platform())
        .await
        .unwrap();
    let claim = transaction
        .claim_idempotency_key(&key("k"), now + TimeDelta::hours(24), now)
        .await
        .unwrap();
    assert_eq!(claim, Claim::Claimed);
    transaction.enter_tenant(context).await.unwrap();
    transaction.insert_tenant(&tenant).await.unwrap();
    assert_eq!(
        transaction
            .insert_school(&new_school(context, "First"))
            .await
            .unwrap(),
        SchoolInsertion::Inserted
    );
    let completion = Completion {
        idempotency: Some(("k".to_owned(), response(b"tenant"))),
        ..completion(vec![draft("TenantProvisioned")])
    };
    let positions = transaction.complete(completion).await.unwrap();
    assert_eq!(positions.len(), 1);

    let mut again = fixture
        .store
        .begin_write(TenantContext::platform())
        .await
        .unwrap();
    let claim = again
        .claim_idempotency_key(&key("k"), now + TimeDelta::hours(24), now)
        .await
        .unwrap();
    assert_eq!(claim, Claim::Done(response(b"tenant")));
    again.rollback().await.unwrap();
    // Event and audit record belong to the tenant, not to the platform.
    let read = fixture.store.begin_read(context).await.unwrap();
    assert_eq!(read.events_after(0, 10).await.unwrap().len(), 1);
    let nil = uuid::Uuid::nil();
    assert_eq!(
        fixture
            .count(&format!(
                "SELECT count(*) FROM audit_records WHERE tenant_id = '{nil}'"
            ))
            .await,
        0
    );
}

async fn a_claimed_key_needs_its_answer(fixture: Fixture) {
    let context = fixture.tenant().await;
    let now = now();
    for stored in [None, Some(("other".to_owned(), response(b"")))] {
        let mut transaction = fixture.store.begin_write(context).await.unwrap();
        transaction
            .claim_idempotency_key(&key("k"), now + TimeDelta::hours(24), now)
            .await
            .unwrap();
        let completion = Completion {
            idempotency: stored,
            ..completion(Vec::new())
        };
        let error = transaction.complete(completion).await.unwrap_err();
        assert!(matches!(error, StoreError::Internal { .. }));
    }
}

async fn expired_records_of_all_tenants_are_purged(fixture: Fixture) {
    let contexts = [
        fixture.tenant().await,
        fixture.tenant().await,
        TenantContext::platform(),
    ];
    for context in contexts {
        answer(&fixture, context, &key("old"), b"").await;
    }
    let later = now() + TimeDelta::hours(12);
    let mut transaction = fixture.store.begin_write(contexts[0]).await.unwrap();
    transaction
        .claim_idempotency_key(&key("new"), later + TimeDelta::hours(24), later)
        .await
        .unwrap();
    let completion = Completion {
        idempotency: Some(("new".to_owned(), response(b""))),
        ..completion(Vec::new())
    };
    transaction.complete(completion).await.unwrap();

    assert_eq!(fixture.store.purge_idempotency(now()).await.unwrap(), 0);
    assert_eq!(
        fixture
            .store
            .purge_idempotency(now() + TimeDelta::hours(25))
            .await
            .unwrap(),
        3
    );
    assert_eq!(fixture.count("SELECT count(*) FROM idempotency_records").await, 1);
    // The connection is back in its own role.
    fixture.store.verify_isolation().await.unwrap();
    fixture.school(contexts[0], "After the purge").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_held_too_long_is_in_flight_on_postgres() {
    let fixture = Fixture::postgres().await;
    let context = fixture.tenant().await;
    let now = now();
    let mut holder = fixture.store.begin_write(context).await.unwrap();
    holder
        .claim_idempotency_key(&key("k"), now + TimeDelta::hours(24), now)
        .await
        .unwrap();
    let mut second = fixture.store.begin_write(context).await.unwrap();
    let claim = second
        .claim_idempotency_key(&key("k"), now + TimeDelta::hours(24), now)
        .await
        .unwrap();
    assert_eq!(claim, Claim::InFlight);
    second.rollback().await.unwrap();
    holder.rollback().await.unwrap();
    assert_eq!(
        answer(&fixture, context, &key("k"), b"first").await,
        Claim::Claimed
    );
}
