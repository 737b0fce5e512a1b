//! For each check a way to spoil exactly what it looks at.

use super::proxy::{Asked, Reply};
use hyper::{Method, StatusCode};

/// The name of a check, and what makes it fail.
pub(super) type Spoilt = (&'static str, fn(&Asked, &mut Reply));

/// Each spoils another request than the others, and none keeps later checks from being made.
pub(super) const ONE_BY_ONE: &[Spoilt] = &[
    ("it takes requests", |asked, reply| {
        if asked.path == "/health/ready" {
            reply.status = StatusCode::SERVICE_UNAVAILABLE;
        }
    }),
    ("every part works", |asked, reply| {
        if asked.path == "/health/degraded" {
            reply.body = reply.body.replacen("\"ok\"", "\"degraded\"", 2);
        }
    }),
    ("the landing page", |asked, reply| {
        if asked.path == "/" {
            reply.headers.remove("content-security-policy");
        }
    }),
    ("the API console", |asked, reply| {
        if asked.path == "/docs" {
            reply
                .headers
                .insert("content-type", "text/plain".parse().expect("a value"));
        }
    }),
    ("OpenAPI as YAML", |asked, reply| {
        if asked.path == "/openapi.yaml" {
            "<html>Welcome to nginx!</html>".clone_into(&mut reply.body);
        }
    }),
    ("AsyncAPI as YAML", |asked, reply| {
        if asked.path == "/asyncapi.yaml" {
            reply.status = StatusCode::NOT_FOUND;
        }
    }),
    ("OpenAPI as JSON", |asked, reply| {
        if asked.path == "/openapi.json" {
            r#"{"openapi": "3.0.3", "paths": {}}"#.clone_into(&mut reply.body);
        }
    }),
    ("the schema of every event", |asked, reply| {
        if asked.path.contains("/TenantProvisioned/") {
            reply.status = StatusCode::NOT_FOUND;
        }
    }),
    ("a page for every problem", |asked, reply| {
        if asked.path == "/problems/school-name-taken" {
            reply.status = StatusCode::NOT_FOUND;
        }
    }),
    ("a path that does not exist is not found", |asked, reply| {
        if asked.path.starts_with("/smoke/") && !asked.headers.contains_key("traceparent") {
            reply
                .headers
                .insert("content-type", "text/html".parse().expect("a value"));
        }
    }),
    ("correlation and trace are the caller's", |asked, reply| {
        if asked.headers.contains_key("traceparent") {
            reply.body = reply.body.replace("\"traceId\":\"", "\"traceId\":\"0");
        }
    }),
    ("an answer that nobody accepts is refused", |asked, reply| {
        if asked.path == "/health/live" && asked.headers["accept"] == "text/html" {
            reply.status = StatusCode::OK;
        }
    }),
    ("a header that cannot be read is refused", |asked, reply| {
        if asked
            .headers
            .get("x-correlation-id")
            .is_some_and(|value| value == "no id")
        {
            reply.body = reply.body.replace("malformed-request", "internal-error");
        }
    }),
    ("a method that a path does not have is refused", |asked, reply| {
        if asked.method == Method::DELETE {
            reply.headers.remove("allow");
        }
    }),
    ("a body of another media type is refused", |asked, reply| {
        if asked
            .headers
            .get("content-type")
            .is_some_and(|value| value == "text/plain")
        {
            reply.status = StatusCode::BAD_REQUEST;
        }
    }),
    ("a body that is too large is refused", |asked, reply| {
        if asked.body.len() > 16 * 1024 {
            reply.body = reply.body.replace("correlationId", "requestId");
        }
    }),
    ("a body that is no JSON is refused", |asked, reply| {
        if asked.body == "{\"name\": " {
            reply.status = StatusCode::INTERNAL_SERVER_ERROR;
        }
    }),
    ("a body that breaks its schema is refused", |asked, reply| {
        if asked.body == r#"{"name":""}"# && asked.headers.contains_key("idempotency-key") {
            reply.body = reply.body.replace("\"detail\"", "\"details\"");
        }
    }),
    ("a write without an idempotency key is refused", |asked, reply| {
        if asked.body == r#"{"name":""}"# && !asked.headers.contains_key("idempotency-key") {
            reply.status = StatusCode::UNPROCESSABLE_ENTITY;
        }
    }),
    (
        "a request without its tenant header is refused",
        |asked, reply| {
            if asked.path.ends_with("/schools") && !asked.headers.contains_key("x-tenant-id") {
                reply.status = StatusCode::OK;
            }
        },
    ),
    ("a tenant that does not exist is not found", |_, reply| {
        reply.body = reply
            .body
            .replace("/problems/tenant-not-found", "/problems/route-not-found");
    }),
    (
        "a repeated request gets the first answer again",
        |asked, reply| {
            if asked.path == "/api/v1/tenants" {
                reply.headers.remove("idempotent-replayed");
            }
        },
    ),
    ("a repeated school is the same school", |asked, reply| {
        if asked.path.ends_with("/schools") && reply.headers.contains_key("idempotent-replayed") {
            reply.body = reply.body.replace("\"schoolId\":\"0", "\"schoolId\":\"1");
        }
    }),
    (
        "a key that stands for another request is refused",
        |asked, reply| {
            if asked.body.contains("Another school") {
                reply.status = StatusCode::CREATED;
            }
        },
    ),
    (
        "a name that is taken is refused, whatever its case",
        |_, reply| {
            reply.body = reply.body.replace("conflictingResource", "conflicting");
        },
    ),
    ("the school is read as it was written", |asked, reply| {
        if is_read(asked) && reply.status == StatusCode::OK {
            reply.body = reply.body.replace("\"version\":1", "\"version\":2");
        }
    }),
    ("a version that is known is not sent again", |_, reply| {
        if reply.status == StatusCode::NOT_MODIFIED {
            reply.status = StatusCode::NO_CONTENT;
        }
    }),
    (
        "a version that is not the one asked for is refused",
        |asked, reply| {
            if asked.headers.contains_key("if-match") {
                reply.status = StatusCode::OK;
            }
        },
    ),
    ("the school is in the list", |asked, reply| {
        if asked.path.contains("/schools?limit=200") {
            r#"{"items":[]}"#.clone_into(&mut reply.body);
        }
    }),
    (
        "a header of another tenant than the path is refused",
        |_, reply| {
            reply.body = reply
                .body
                .replace("/problems/tenant-mismatch", "/problems/forbidden");
        },
    ),
    ("another tenant does not see the school", |_, reply| {
        if reply.body.contains("/problems/school-not-found") {
            reply.status = StatusCode::OK;
        }
    }),
    ("another tenant's list does not hold it", |asked, reply| {
        if asked.method == Method::GET && asked.path.ends_with("/schools") && reply.status == StatusCode::OK {
            reply.body = reply.body.replace("[]", r#"[{"schoolId":"x"}]"#);
        }
    }),
    ("its event is in its stream, the same", |asked, reply| {
        if asked.path.contains("/events?") {
            reply.body = reply
                .body
                .replace("\"source\":\"", "\"source\":\"https://elsewhere");
        }
    }),
];

/// Others, each of a request that was spoilt already, or that keeps later checks from being made.
pub(super) const ALSO: &[Spoilt] = &[
    ("the headers of every answer", |asked, reply| {
        if asked.path == "/" {
            reply.headers.remove("x-content-type-options");
        }
    }),
    ("AsyncAPI as JSON", |asked, reply| {
        if asked.path == "/asyncapi.json" {
            reply.body = reply.body.replace("\"channels\"", "\"canals\"");
        }
    }),
    ("its event is in the feed, once", |asked, reply| {
        if asked.path.contains("/events?") {
            reply.body = reply
                .body
                .replace("\"correlationid\":\"", "\"correlationid\":\"0");
        }
    }),
];

/// What keeps the rest from being made.
pub(super) const AT_THE_START: &[Spoilt] = &[
    ("the process lives", |asked, reply| {
        if asked.path == "/health/live" {
            "<html>Welcome to nginx!</html>".clone_into(&mut reply.body);
        }
    }),
    ("a tenant is created", |asked, reply| {
        if asked.path == "/api/v1/tenants" && reply.status == StatusCode::CREATED {
            reply.status = StatusCode::OK;
        }
    }),
    ("a school is created", |asked, reply| {
        if asked.path.ends_with("/schools") && reply.status == StatusCode::CREATED {
            reply.headers.remove("etag");
        }
    }),
];

/// For a service that asks for tokens.
pub(super) const AT_THE_DOOR: &[Spoilt] = &[
    ("a request without a token is refused", |asked, reply| {
        if !asked.headers.contains_key("authorization") {
            reply.headers.remove("www-authenticate");
        }
    }),
    ("a token that nobody signed is refused", |asked, reply| {
        if asked.headers.contains_key("authorization") {
            reply.status = StatusCode::OK;
        }
    }),
];

/// For a tenant that was named.
pub(super) const IN_A_TENANT: &[Spoilt] = &[
    ("reads the tenant", |asked, reply| {
        if asked.method == Method::GET && asked.headers.contains_key("x-tenant-id") {
            reply.body = reply.body.replace("\"tenantId\":\"0", "\"tenantId\":\"1");
        }
    }),
    ("lists schools", |asked, reply| {
        if asked.path.ends_with("/schools?limit=1") {
            "[]".clone_into(&mut reply.body);
        }
    }),
    ("lists events", |asked, reply| {
        if asked.path.ends_with("/events?limit=1") {
            reply.status = StatusCode::NOT_FOUND;
        }
    }),
];

/// Whether a school is asked for without a condition.
fn is_read(asked: &Asked) -> bool {
    asked.method == Method::GET
        && asked.path.contains("/schools/")
        && !asked.headers.contains_key("if-match")
        && !asked.headers.contains_key("if-none-match")
}
