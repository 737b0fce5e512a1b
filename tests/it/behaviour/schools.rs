//! What a school looks like, when it is created and when it is read.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{World, on_both};
use crate::support::unique_key;

on_both!(open:
    a_school_is_answered_read_listed_and_told_alike,
    head_answers_like_get_without_a_body,
);

async fn head_answers_like_get_without_a_body(world: &World) {
    let client = &world.client;
    let tenant = client.new_tenant("Heads").await;
    let school = client.new_school(tenant, "A school").await;
    for path in ["", "/schools", "/events", &format!("/schools/{school}")] {
        let get = client.send(client.in_tenant(Method::GET, tenant, path)).await;
        let head = client.send(client.in_tenant(Method::HEAD, tenant, path)).await;
        assert_eq!((head.status, get.status), (StatusCode::OK, StatusCode::OK));
        for name in ["content-type", "content-length", "etag", "cache-control"] {
            assert_eq!(head.header(name), get.header(name), "{name} of {path}");
        }
    }
}

async fn a_school_is_answered_read_listed_and_told_alike(world: &World) {
    let client = &world.client;
    let tenant = client.new_tenant("Schools").await;
    let body = json!({
        "name": "Lincoln Elementary School",
        "identifier": "NF-014",
        "gradeLevels": ["KG", "01", "02"],
        "timeZone": "America/Chicago",
        "externalRefs": { "nces": "270000100014", "state-id": "MN-0659-014" },
    });
    let created = client.create_school(tenant, &unique_key(), &body).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text());
    assert_eq!(created.header("etag"), "\"1\"");
    for (name, value) in body.as_object().expect("an object") {
        assert_eq!(&created.json[name], value, "{name}");
    }
    let school = created.json["schoolId"].as_str().expect("an id");
    let location = format!("/api/v1/tenants/{tenant}/schools/{school}");
    assert_eq!(created.header("location"), location);

    let read = client
        .send(client.get(&location).header("X-Tenant-Id", tenant.to_string()))
        .await;
    assert_eq!((read.status, &read.body), (StatusCode::OK, &created.body));
    assert_eq!(read.header("etag"), created.header("etag"));
    let listed = client.list_schools(tenant, "").await;
    assert_eq!(listed.json, json!({ "items": [created.json] }));

    let events = client.list_events(tenant, "").await;
    let event = &events.json["items"][1];
    assert_eq!(event["data"], created.json);
    assert_eq!(event["subject"], format!("schools/{school}"));
    assert_eq!(event["type"], "lms.roster.v1.SchoolCreated");
    assert_eq!(event["tenantid"], tenant.to_string());
    assert_eq!(world.sql.logged(tenant).await[1], *event);
}
