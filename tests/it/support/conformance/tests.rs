//! The check itself: it accepts what conforms and names each way to break the contract.

use super::*;
use reqwest::header::{HeaderName, HeaderValue};

const SCHOOLS: &str = "/api/v1/tenants/01a05bc4-81f8-7a10-8b21-5d3e9c4f1a02/schools";
const CORRELATION: &str = "01a05be0-0d10-7d5c-b2a8-13f6e07c9d44";

/// A conforming answer to createSchool, made from the contract's own example, that `change` then spoils.
fn check(status: u16, example: &str, change: impl Fn(&mut HeaderMap, &mut Value)) -> Vec<String> {
    let contract = contract();
    let operation = contract.operation("POST", SCHOOLS).expect("createSchool");
    let response = contract.resolve(&operation["responses"][status.to_string()]);
    let content = response["content"].as_object().expect("content");
    let (media, content) = content.iter().next().expect("a media type");
    let mut body = content["examples"][example]["value"].clone();
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_str(media).expect("a media type"));
    headers.insert("x-correlation-id", HeaderValue::from_static(CORRELATION));
    if status == 201 {
        headers.insert("etag", HeaderValue::from_static("\"1\""));
        headers.insert("location", HeaderValue::from_static("/api/v1/tenants"));
    }
    change(&mut headers, &mut body);
    let body = serde_json::to_vec(&body).expect("JSON");
    contract.check(&Observed {
        method: "POST",
        path: SCHOOLS,
        status,
        headers: &headers,
        body: Some(&body),
    })
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &'static str) {
    headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
}

#[test]
fn a_conforming_answer_has_no_faults() {
    assert_eq!(check(201, "full", |_, _| {}), Vec::<String>::new());
    assert_eq!(
        check(201, "minimal", |headers, _| set(
            headers,
            "idempotent-replayed",
            "true"
        )),
        Vec::<String>::new()
    );
    assert_eq!(check(409, "schoolNameTaken", |_, _| {}), Vec::<String>::new());
    assert_eq!(check(422, "validationFailed", |_, _| {}), Vec::<String>::new());
}

#[test]
fn each_way_to_break_the_contract_is_a_fault() {
    let fault = |faults: Vec<String>, part: &str| {
        assert!(
            faults.iter().any(|fault| fault.contains(part)),
            "want {part:?} in {faults:?}"
        );
    };
    fault(
        check(201, "full", |headers, _| drop(headers.remove("etag"))),
        "header ETag is missing",
    );
    fault(
        check(201, "full", |headers, _| set(headers, "etag", "W/\"1\"")),
        "header ETag: ",
    );
    fault(
        check(201, "full", |headers, _| set(headers, "retry-after", "1")),
        "retry-after is not declared",
    );
    fault(
        check(409, "schoolNameTaken", |headers, _| {
            set(headers, "retry-after", "soon");
        }),
        "header Retry-After: ",
    );
    fault(
        check(201, "full", |headers, _| {
            set(headers, "content-type", "text/plain");
        }),
        "media type text/plain",
    );
    fault(
        check(201, "full", |headers, _| drop(headers.remove("content-type"))),
        "no content-type",
    );
    fault(
        check(201, "full", |_, body| body["version"] = json!("1")),
        "/version",
    );
    fault(
        check(201, "full", |_, body| body["createdAt"] = json!("yesterday")),
        "/createdAt",
    );
    fault(
        check(201, "full", |_, body| {
            body["externalRefs"] = json!({ "UPPER": "x" });
        }),
        "/externalRefs",
    );
    fault(
        check(201, "full", |_, body| body["gradeLevels"] = json!(["KG", "KG"])),
        "/gradeLevels",
    );
    fault(check(201, "full", |_, body| *body = json!({})), "schoolId");
    fault(
        check(409, "schoolNameTaken", |_, body| {
            body["type"] = json!("http://127.0.0.1:8080/problems/forbidden");
        }),
        "problem type \"forbidden\"",
    );
    fault(
        check(409, "schoolNameTaken", |_, body| body["status"] = json!(422)),
        "problem says status 422",
    );
    fault(
        check(409, "schoolNameTaken", |_, body| body["title"] = json!("Oh")),
        "title of x-problems",
    );
    fault(
        check(409, "schoolNameTaken", |_, body| {
            body["correlationId"] = json!(SCHOOLS);
        }),
        "correlationId",
    );
}

#[test]
fn undeclared_statuses_and_unknown_methods_are_faults() {
    let faults = |method, path, status, headers: &HeaderMap| {
        contract().check(&Observed {
            method,
            path,
            status,
            headers,
            body: Some(b"{}"),
        })
    };
    let headers = HeaderMap::new();
    assert_eq!(
        faults("POST", SCHOOLS, 418, &headers),
        ["status 418 is not declared"]
    );
    assert!(faults("DELETE", SCHOOLS, 200, &headers)[0].contains("want 405"));
    assert!(faults("DELETE", SCHOOLS, 405, &headers)[0].contains("Allow"));
    assert!(faults("GET", "/nowhere", 404, &headers)[0].contains("application/problem+json"));
    assert!(faults("GET", "/docs", 200, &headers).is_empty());
}

#[test]
fn a_body_where_none_is_declared_is_a_fault() {
    let mut headers = HeaderMap::new();
    set(&mut headers, "etag", "\"1\"");
    set(&mut headers, "x-correlation-id", CORRELATION);
    let path = "/api/v1/tenants/a/schools/b";
    let check = |body: &[u8]| {
        contract().check(&Observed {
            method: "GET",
            path,
            status: 304,
            headers: &headers,
            body: Some(body),
        })
    };
    assert!(check(b"").is_empty());
    assert!(check(b"x")[0].contains("has a body"));
}

#[test]
fn the_words_of_openapi_become_those_of_json_schema() {
    let mut schema = json!({
        "type": "object",
        "x-key-pattern": "^a",
        "properties": {
            "example": { "type": "integer", "minimum": 1, "exclusiveMinimum": true },
            "other": { "$ref": "#/components/schemas/Other", "description": "ignored" },
        },
    });
    to_json_schema(&mut schema);
    let want = json!({
        "type": "object",
        "propertyNames": { "pattern": "^a" },
        "properties": {
            "example": { "type": "integer", "exclusiveMinimum": 1 },
            "other": { "$ref": "#/components/schemas/Other" },
        },
    });
    assert_eq!(schema, want);
}
