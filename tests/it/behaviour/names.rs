//! A name and an identifier belong to one school of a tenant.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::tenancy::assert_refused;
use super::{World, on_both, snapshot::assert_answer};
use crate::support::unique_key;

on_both!(open:
    a_name_that_is_taken_leads_to_the_school_that_has_it,
    an_identifier_that_is_taken_leads_to_the_school_that_has_it,
    another_tenant_may_use_the_same_names,
    tenants_need_no_name_of_their_own,
);

async fn a_name_that_is_taken_leads_to_the_school_that_has_it(world: &World) {
    let client = &world.client;
    let tenant = client.new_tenant("Names").await;
    // Decomposed, with white space around it and the German sharp s, which folds to two letters.
    let school = client.new_school(tenant, "  Cafe\u{301} Stra\u{df}e ").await;
    let kept = client.get_school(tenant, school).await;
    assert_eq!(kept.json["name"], "Caf\u{e9} Stra\u{df}e");
    for name in [
        "Caf\u{e9} Stra\u{df}e",
        "CAF\u{c9} STRASSE",
        "cafe\u{301} strasse",
    ] {
        let answer = client
            .create_school(tenant, &unique_key(), &json!({ "name": name }))
            .await;
        assert_answer(world, "school_name_taken", &answer);
        let link = answer.json["conflictingResource"].as_str().expect("a link");
        let found = client
            .send(client.get(link).header("X-Tenant-Id", tenant.to_string()))
            .await;
        assert_eq!(found.json["schoolId"], Value::from(school.to_string()));
    }
    assert_eq!(world.sql.logged(tenant).await.len(), 2, "a refusal emits nothing");
}

async fn an_identifier_that_is_taken_leads_to_the_school_that_has_it(world: &World) {
    let client = &world.client;
    let tenant = client.new_tenant("Identifiers").await;
    let body = |name: &str, identifier: &str| json!({ "name": name, "identifier": identifier });
    let first = client
        .create_school(tenant, &unique_key(), &body("First", "NF-1"))
        .await;
    let taken = client
        .create_school(tenant, &unique_key(), &body("Second", "NF-1"))
        .await;
    assert_answer(world, "school_identifier_taken", &taken);
    assert_eq!(taken.json["conflictingResource"], first.header("location"));
    // Both are taken: the name is told.
    let both = client
        .create_school(tenant, &unique_key(), &body("first", "NF-1"))
        .await;
    assert_refused(&both, StatusCode::CONFLICT, "school-name-taken");
    let lower = client
        .create_school(tenant, &unique_key(), &body("Second", "nf-1"))
        .await;
    assert_eq!(lower.status, StatusCode::CREATED, "case counts: {}", lower.text());
    for name in ["Third", "Fourth"] {
        client.new_school(tenant, name).await;
    }
}

async fn another_tenant_may_use_the_same_names(world: &World) {
    let client = &world.client;
    let body = json!({ "name": "Lincoln", "identifier": "1" });
    for name in ["One", "Another"] {
        let tenant = client.new_tenant(name).await;
        let answer = client.create_school(tenant, &unique_key(), &body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    }
}

async fn tenants_need_no_name_of_their_own(world: &World) {
    let name = unique_key();
    assert_ne!(
        world.client.new_tenant(&name).await,
        world.client.new_tenant(&name).await
    );
}
