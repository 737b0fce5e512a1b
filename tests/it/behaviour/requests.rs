//! Requests that are malformed, break the schema, or cannot be answered in the way that they ask for.

use futures_util::stream;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::tenancy::assert_refused;
use super::{World, on_both, snapshot::assert_answer};
use crate::support::{Answer, unique_id, unique_key};

/// `x-body-limit` of createSchool.
const BODY_LIMIT: usize = 64 * 1024;

on_both!(open:
    a_body_that_is_no_json_is_malformed,
    a_member_that_occurs_twice_is_malformed,
    a_path_query_or_header_value_that_cannot_be_read_is_malformed,
    a_body_that_breaks_the_schema_learns_everything_that_is_wrong,
    at_most_fifty_errors_are_listed,
    an_answer_stays_small_however_long_the_names_of_members_are,
    a_body_of_another_media_type_is_refused,
    a_body_that_is_too_large_is_refused_with_and_without_a_length,
    an_answer_that_nobody_accepts_is_refused,
    a_path_that_does_not_exist_is_not_found,
    a_method_that_a_path_does_not_have_is_refused,
    the_document_names_the_service_that_serves_it,
    a_host_that_is_not_the_services_is_refused,
);

async fn a_body_that_is_no_json_is_malformed(world: &World) {
    let tenant = world.client.new_tenant("Malformed").await;
    let answer = send(world, tenant, "{\"name\": ").await;
    assert_answer(world, "malformed_request", &answer);
    for body in [
        "",
        " ",
        "{} {}",
        "{'name': 'x'}",
        "{\"name\": \"\u{1}\"}",
        "[",
        "nul",
    ] {
        assert_refused(
            &send(world, tenant, body).await,
            StatusCode::BAD_REQUEST,
            "malformed-request",
        );
    }
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    assert_refused(
        &send(world, tenant, &deep).await,
        StatusCode::BAD_REQUEST,
        "malformed-request",
    );
    let not_utf8 = post(world, tenant).body(b"{\"name\": \"\xff\"}".to_vec());
    assert_refused(
        &world.client.send(not_utf8).await,
        StatusCode::BAD_REQUEST,
        "malformed-request",
    );
}

async fn a_member_that_occurs_twice_is_malformed(world: &World) {
    let tenant = world.client.new_tenant("Twice").await;
    for body in [
        r#"{"name": "One", "name": "Two"}"#,
        r#"{"name": "One", "\u006eame": "Two"}"#,
        r#"{"name": "One", "externalRefs": {"a": "1", "a": "1"}}"#,
    ] {
        let answer = send(world, tenant, body).await;
        assert_refused(&answer, StatusCode::BAD_REQUEST, "malformed-request");
        let detail = answer.json["detail"].as_str().unwrap_or_default();
        assert!(detail.contains("occurs twice"), "{detail}");
    }
}

async fn a_path_query_or_header_value_that_cannot_be_read_is_malformed(world: &World) {
    let client = &world.client;
    let tenant = client.new_tenant("Values").await;
    let id = tenant.to_string();
    for path in [
        "/api/v1/tenants/x".to_owned(),
        format!("/api/v1/tenants/{}", tenant.simple()),
        format!("/api/v1/tenants/{tenant}/schools/1"),
        format!("/api/v1/tenants/{tenant}/schools/%ff"),
        format!("/api/v1/tenants/{tenant}/schools?limit=x"),
        format!("/api/v1/tenants/{tenant}/schools?limit="),
        format!("/api/v1/tenants/{tenant}/schools?limit=1.5"),
        format!("/api/v1/tenants/{tenant}/schools?limit=1&limit=2"),
        format!("/api/v1/tenants/{tenant}/schools?limit=99999999999999999999"),
        format!("/api/v1/tenants/{tenant}/schools?cursor=%ff"),
        format!("/api/v1/tenants/{tenant}/schools?cursor="),
        format!("/api/v1/tenants/{tenant}/events?after=-1"),
        format!("/api/v1/tenants/{tenant}/events?after=9007199254740992"),
    ] {
        let answer = client.send(client.get(&path).header("X-Tenant-Id", &id)).await;
        assert_refused(&answer, StatusCode::BAD_REQUEST, "malformed-request");
    }
    // An integer is a number whose fraction is zero, however it is written (JSON Schema 2020-12, core §4.2.3).
    let path = format!("/api/v1/tenants/{tenant}/schools?limit=1.0");
    let answer = client.send(client.get(&path).header("X-Tenant-Id", &id)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let read = || client.in_tenant(Method::GET, tenant, "");
    let uuid = unique_id().to_string();
    let events = || client.in_tenant(Method::GET, tenant, "/events");
    for request in [
        events().header("Last-Event-ID", "-1"),
        events().header("Last-Event-ID", "1").header("Last-Event-ID", "2"),
        read().header("X-Correlation-Id", "x"),
        read()
            .header("X-Correlation-Id", &uuid)
            .header("X-Correlation-Id", &uuid),
        post(world, tenant)
            .header("X-Causation-Id", "x")
            .json(&json!({ "name": "A school" })),
    ] {
        assert_refused(
            &client.send(request).await,
            StatusCode::BAD_REQUEST,
            "malformed-request",
        );
    }
}

async fn a_body_that_breaks_the_schema_learns_everything_that_is_wrong(world: &World) {
    let tenant = world.client.new_tenant("Schema").await;
    let body = json!({
        "name": "",
        "identifier": "no spaces please",
        "gradeLevels": ["KG", "KG", "14"],
        "timeZone": "Mars/Olympus",
        "externalRefs": { "UPPER": "x", "number": 1 },
        "surprise": true,
    });
    let answer = send(world, tenant, &body.to_string()).await;
    assert_answer(world, "validation_failed", &answer);
    for (body, pointer, keyword) in [
        (json!({}), "/name", "required"),
        (json!({ "name": null }), "/name", "type"),
        (json!([]), "", "type"),
        (json!("text"), "", "type"),
        (json!({ "name": "x".repeat(201) }), "/name", "maxLength"),
        (json!({ "name": " \t " }), "/name", "pattern"),
        (
            json!({ "name": "a", "a/b~c": 1 }),
            "/a~1b~0c",
            "additionalProperties",
        ),
    ] {
        let answer = send(world, tenant, &body.to_string()).await;
        assert_refused(&answer, StatusCode::UNPROCESSABLE_ENTITY, "validation-failed");
        assert_eq!(
            found(&answer),
            [(pointer.to_owned(), keyword.to_owned())],
            "{body}"
        );
    }
    assert_eq!(
        world
            .sql
            .count(&format!("schools WHERE tenant_id = '{tenant}'"))
            .await,
        0
    );
}

async fn at_most_fifty_errors_are_listed(world: &World) {
    let tenant = world.client.new_tenant("Errors").await;
    for (count, listed) in [(49, 49), (50, 50), (51, 50), (500, 50)] {
        let mut body = json!({ "name": "A school" });
        for number in 0..count {
            body[format!("unknown{number}")] = Value::Null;
        }
        let answer = send(world, tenant, &body.to_string()).await;
        assert_refused(&answer, StatusCode::UNPROCESSABLE_ENTITY, "validation-failed");
        assert_eq!(found(&answer).len(), listed, "of {count}");
    }
}

async fn an_answer_stays_small_however_long_the_names_of_members_are(world: &World) {
    let tenant = world.client.new_tenant("Long names").await;
    // The client holds the answer against the contract, which bounds each text in it.
    let name = "n\u{e4}".repeat(20_000);
    let unknown = json!({ "name": "A school", &name: 1 }).to_string();
    assert_refused(
        &send(world, tenant, &unknown).await,
        StatusCode::UNPROCESSABLE_ENTITY,
        "validation-failed",
    );
    let name = "n".repeat(30_000);
    let twice = format!(r#"{{"{name}": 1, "{name}": 2}}"#);
    assert_refused(
        &send(world, tenant, &twice).await,
        StatusCode::BAD_REQUEST,
        "malformed-request",
    );
}

async fn a_body_of_another_media_type_is_refused(world: &World) {
    let client = &world.client;
    let tenant = client.new_tenant("Media types").await;
    let body = r#"{"name": "A school"}"#;
    let plain = || {
        client
            .in_tenant(Method::POST, tenant, "/schools")
            .header("Idempotency-Key", unique_key())
            .body(body)
    };
    let json = || plain().header("Content-Type", "application/json");
    assert_answer(world, "unsupported_media_type", &client.send(plain()).await);
    for request in [
        plain().header("Content-Type", "text/plain"),
        plain().header("Content-Type", "application/xml"),
        plain().header("Content-Type", "application/problem+json"),
        plain().header("Content-Type", "application/json; charset=utf-16"),
        json().header("Content-Encoding", "gzip"),
    ] {
        assert_refused(
            &client.send(request).await,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported-media-type",
        );
    }
    assert_eq!(
        world
            .sql
            .count(&format!("schools WHERE tenant_id = '{tenant}'"))
            .await,
        0
    );
    let fine = plain().header("Content-Type", "Application/JSON; charset=UTF-8");
    assert_eq!(client.send(fine).await.status, StatusCode::CREATED);
}

async fn a_body_that_is_too_large_is_refused_with_and_without_a_length(world: &World) {
    let client = &world.client;
    let tenant = client.new_tenant("Large").await;
    let padded = |length: usize| {
        let (head, tail) = ("{\"name\": \"Large\"", "}");
        format!("{head}{}{tail}", " ".repeat(length - head.len() - tail.len()))
    };
    let chunked = |body: String| {
        let pieces: Vec<_> = body
            .into_bytes()
            .chunks(8000)
            .map(|piece| Ok::<_, std::io::Error>(piece.to_vec()))
            .collect();
        reqwest::Body::wrap_stream(stream::iter(pieces))
    };
    let answer = send(world, tenant, &padded(BODY_LIMIT + 1)).await;
    assert_answer(world, "payload_too_large", &answer);
    let tenants_limit = json!({ "name": "x", "region": " ".repeat(16 * 1024) });
    assert_refused(
        &client.create_tenant(&unique_key(), &tenants_limit).await,
        StatusCode::PAYLOAD_TOO_LARGE,
        "payload-too-large",
    );
    let unannounced = post(world, tenant).body(chunked(padded(BODY_LIMIT + 1)));
    assert_refused(
        &client.send(unannounced).await,
        StatusCode::PAYLOAD_TOO_LARGE,
        "payload-too-large",
    );
    assert_eq!(
        world
            .sql
            .count(&format!("schools WHERE tenant_id = '{tenant}'"))
            .await,
        0
    );
    let largest = post(world, tenant).body(chunked(padded(BODY_LIMIT)));
    assert_eq!(client.send(largest).await.status, StatusCode::CREATED);
}

async fn an_answer_that_nobody_accepts_is_refused(world: &World) {
    let client = &world.client;
    let tenant = client.new_tenant("Accept").await;
    let read = |accept: &'static str| {
        client
            .in_tenant(Method::GET, tenant, "/schools")
            .header("Accept", accept)
    };
    let answer = client.send(read("application/xml")).await;
    assert_answer(world, "not_acceptable", &answer);
    for accept in ["text/*", "application/json;q=0", "application/json;q=0, */*;q=0"] {
        assert_refused(
            &client.send(read(accept)).await,
            StatusCode::NOT_ACCEPTABLE,
            "not-acceptable",
        );
    }
    for accept in ["*/*", "application/*", "text/html, application/json;q=0.1"] {
        assert_eq!(client.send(read(accept)).await.status, StatusCode::OK, "{accept}");
    }
    let write = post(world, tenant)
        .header("Accept", "text/html")
        .json(&json!({ "name": "Unwanted" }));
    assert_refused(
        &client.send(write).await,
        StatusCode::NOT_ACCEPTABLE,
        "not-acceptable",
    );
    assert_eq!(
        world
            .sql
            .count(&format!("schools WHERE tenant_id = '{tenant}'"))
            .await,
        0
    );
}

async fn a_path_that_does_not_exist_is_not_found(world: &World) {
    let client = &world.client;
    let answer = client.send(client.get("/api/v1/nowhere")).await;
    assert_answer(world, "route_not_found", &answer);
    for path in [
        "/api",
        "/api/v1/tenants/",
        "/api/v2/tenants",
        "//",
        "/health",
        "/../etc/passwd",
    ] {
        let answer = client.send(client.get(path)).await;
        assert_refused(&answer, StatusCode::NOT_FOUND, "route-not-found");
    }
}

async fn a_method_that_a_path_does_not_have_is_refused(world: &World) {
    let client = &world.client;
    let tenant = unique_id();
    let delete = client.in_tenant(Method::DELETE, tenant, "/schools");
    assert_answer(world, "method_not_allowed", &client.send(delete).await);
    for (method, path, allow) in [
        (Method::GET, "/api/v1/tenants".to_owned(), "POST"),
        (Method::PUT, format!("/api/v1/tenants/{tenant}"), "GET, HEAD"),
        (
            Method::PATCH,
            format!("/api/v1/tenants/{tenant}/schools"),
            "GET, HEAD, POST",
        ),
        (Method::POST, "/health/live".to_owned(), "GET, HEAD"),
    ] {
        let answer = client.send(client.request(method, &path)).await;
        assert_refused(&answer, StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed");
        assert_eq!(answer.header("allow"), allow, "{path}");
    }
}

fn post(world: &World, tenant: Uuid) -> RequestBuilder {
    world
        .client
        .in_tenant(Method::POST, tenant, "/schools")
        .header("Idempotency-Key", unique_key())
        .header("Content-Type", "application/json")
}

async fn send(world: &World, tenant: Uuid, body: &str) -> Answer {
    world.client.send(post(world, tenant).body(body.to_owned())).await
}

fn found(answer: &Answer) -> Vec<(String, String)> {
    let text = |error: &Value, member: &str| error[member].as_str().expect("a text").to_owned();
    answer.json["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .map(|error| (text(error, "pointer"), text(error, "keyword")))
        .collect()
}

async fn the_document_names_the_service_that_serves_it(world: &World) {
    let client = &world.client;
    let document = client.send(client.get("/openapi.json")).await;
    let servers = document.json["servers"].as_array().expect("servers");
    assert_eq!(servers.len(), 1);
    assert_eq!(servers[0]["url"], world.base_url);
}

/// As a page would ask whose own name was made to lead to this machine.
async fn a_host_that_is_not_the_services_is_refused(world: &World) {
    let client = &world.client;
    let tenant = client.new_tenant("At home").await;
    for path in ["", "/schools", "/events"] {
        let request = client.in_tenant(Method::GET, tenant, path);
        let answer = client.send(request.header("Host", "rebound.example")).await;
        assert_refused(&answer, StatusCode::BAD_REQUEST, "malformed-request");
    }
    let own = client
        .in_tenant(Method::GET, tenant, "")
        .header("Host", "localhost");
    assert_eq!(client.send(own).await.status, StatusCode::OK);
}
