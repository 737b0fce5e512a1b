//! Who calls, and what the token allows.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;
use uuid::Uuid;

use super::tenancy::{assert_refused, without_ids};
use super::{World, on_both, snapshot::assert_answer};
use crate::support::tokens::{ALL_SCOPES, Token};
use crate::support::{Client, unique_id, unique_key};

on_both!(guarded:
    a_caller_without_a_good_token_is_not_let_in,
    a_token_without_the_scope_is_refused_and_audited,
    a_token_of_another_tenant_is_refused_the_same_whether_or_not_the_tenant_exists,
    a_token_for_one_tenant_works_there,
);

async fn a_caller_without_a_good_token_is_not_let_in(world: &World) {
    let tenant = world.operator().new_tenant("Guarded").await;
    let none = world.client.get_tenant(tenant).await;
    assert_eq!(none.header("www-authenticate"), "Bearer realm=\"rollcall\"");
    assert_answer(world, "unauthenticated_without_a_token", &none);

    let good = Token::for_tenant(tenant);
    let expired = good.clone().expired(Duration::from_secs(120));
    let expired = world.client.with_token(&expired.sign()).get_tenant(tenant).await;
    assert_answer(world, "unauthenticated_expired", &expired);
    for token in [
        good.clone().claim("aud", "somebody-else").sign(),
        good.clone().claim("iss", "https://elsewhere.example").sign(),
        good.clone().without("exp").sign(),
        good.sign_as_stranger(),
        good.sign_with_public_key_as_secret(),
        good.unsigned(),
        "nonsense".to_owned(),
    ] {
        let answer = world.client.with_token(&token).get_tenant(tenant).await;
        assert_refused(&answer, StatusCode::UNAUTHORIZED, "unauthenticated");
        let challenge = answer.header("www-authenticate");
        assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
    }
    // It is asked first who calls: what else is wrong with a request is not a stranger's business.
    let request = world.client.post("/api/v1/tenants/x/schools").body("{");
    assert_refused(
        &world.client.send(request).await,
        StatusCode::UNAUTHORIZED,
        "unauthenticated",
    );
    assert_eq!(
        world.sql.audited(tenant).await.len(),
        1,
        "nobody, so nothing to record"
    );
}

async fn a_token_without_the_scope_is_refused_and_audited(world: &World) {
    let tenant = world.operator().new_tenant("Scopes").await;
    let school = world.operator().new_school(tenant, "There already").await;
    let without = |scope: &str| {
        let scopes: Vec<&str> = ALL_SCOPES.into_iter().filter(|other| *other != scope).collect();
        world
            .client
            .with_token(&Token::for_tenant(tenant).scopes(&scopes).sign())
    };
    let body = json!({ "name": "A school" });
    let write = without("roster.schools.write");
    let refused = write.create_school(tenant, &unique_key(), &body).await;
    assert_answer(world, "forbidden", &refused);
    let record = only_record(world, refused.header("x-correlation-id")).await;
    assert_eq!(record.action, "school.create");
    assert_eq!(record.actor_subject, "test-subject");
    assert_eq!(record.entity_id, tenant.to_string());

    let read = without("roster.schools.read");
    let answers = [
        read.get_school(tenant, school).await,
        read.list_schools(tenant, "").await,
        without("roster.tenants.read").get_tenant(tenant).await,
        without("roster.events.read").list_events(tenant, "").await,
        without("roster.audit.read").list_audit_records(tenant, "").await,
        without("roster.tenants.write")
            .create_tenant(&unique_key(), &json!({ "name": "A tenant" }))
            .await,
    ];
    for answer in answers {
        assert_refused(&answer, StatusCode::FORBIDDEN, "forbidden");
        only_record(world, answer.header("x-correlation-id")).await;
    }
    let nothing = world
        .client
        .with_token(&Token::for_tenant(tenant).without("scope").sign());
    assert_refused(
        &nothing.get_tenant(tenant).await,
        StatusCode::FORBIDDEN,
        "forbidden",
    );
    assert_eq!(
        world
            .sql
            .count(&format!("schools WHERE tenant_id = '{tenant}'"))
            .await,
        1
    );
}

async fn a_token_of_another_tenant_is_refused_the_same_whether_or_not_the_tenant_exists(world: &World) {
    let operator = world.operator();
    let (mine, theirs) = (
        operator.new_tenant("Mine").await,
        operator.new_tenant("Theirs").await,
    );
    let suspended = operator.new_tenant("Suspended").await;
    world
        .sql
        .execute(&format!(
            "UPDATE tenants SET status = 'suspended' WHERE tenant_id = '{suspended}'"
        ))
        .await;
    let (school, nowhere) = (operator.new_school(theirs, "Theirs").await, unique_id());
    let member = world.member(mine);
    let mut seen = Vec::new();
    for tenant in [theirs, nowhere, suspended] {
        let answers = every_answer(&member, tenant, school).await;
        for answer in &answers {
            assert_refused(answer, StatusCode::FORBIDDEN, "forbidden");
            let record = only_record(world, answer.header("x-correlation-id")).await;
            assert_eq!(record.entity_id, tenant.to_string());
        }
        seen.push(
            answers
                .iter()
                .map(|answer| without_ids(answer, &[tenant]))
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(seen[0], seen[1], "a tenant that exists against one that does not");
    assert_eq!(
        seen[0], seen[2],
        "a tenant that is served against one that is suspended"
    );
}

async fn a_token_for_one_tenant_works_there(world: &World) {
    let tenant = world.operator().new_tenant("Own").await;
    let member = world.member(tenant);
    let school = member.new_school(tenant, "Ours").await;
    for answer in every_answer(&member, tenant, school).await {
        assert!(answer.status.is_success(), "{}", answer.text());
    }
    let records = world.sql.audited(tenant).await;
    assert!(
        records
            .iter()
            .all(|record| record.actor_subject == "test-subject"),
        "{records:?}"
    );
}

async fn every_answer(client: &Client, tenant: Uuid, school: Uuid) -> Vec<crate::support::Answer> {
    let body = json!({ "name": "One more" });
    vec![
        client.get_tenant(tenant).await,
        client.list_schools(tenant, "").await,
        client.get_school(tenant, school).await,
        client.list_events(tenant, "").await,
        client.list_audit_records(tenant, "").await,
        client.create_school(tenant, &unique_key(), &body).await,
    ]
}

/// The one record that a refusal leaves.
async fn only_record(world: &World, correlation_id: &str) -> super::sql::Audited {
    let mut records = world.sql.audited_as(correlation_id).await;
    assert_eq!(records.len(), 1, "{records:?}");
    assert_eq!(
        (&*records[0].outcome, &*records[0].reason),
        ("refused", "forbidden")
    );
    records.remove(0)
}
