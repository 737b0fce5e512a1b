//! Where in a request a canary can sit: read from the contract, not listed by hand.

use percent::encode;
use serde_json::{Value, json};

use super::raw::RawRequest;
use crate::support::tokens::Token;
use crate::support::unique_key;

/// What a request needs to get past the guards.
pub(super) struct Place {
    pub(super) token: String,
    pub(super) tenant: String,
    pub(super) school: String,
}

/// How many ways there are to dress a canary.
const DRESSES: usize = 8;

/// In how many of them one place gets it.
const DRESSES_PER_PLACE: usize = 3;

/// Headers that every operation gets though no parameter names them.
const HEADERS: [&str; 14] = [
    "Authorization",
    "Accept",
    "Accept-Language",
    "Content-Type",
    "Content-Encoding",
    "Cookie",
    "Forwarded",
    "Origin",
    "Referer",
    "User-Agent",
    "X-Api-Key",
    "X-Forwarded-For",
    "baggage",
    "traceparent",
];

/// An operation of the document.
struct Operation<'a> {
    method: String,
    path: &'a str,
    parameters: Vec<&'a Value>,
    body: Option<&'a Value>,
}

/// Every request that is to be made, each with canaries of its own; `dressed` makes them.
pub(super) fn requests(
    document: &Value,
    place: &Place,
    dressed: &mut dyn FnMut(usize, usize) -> String,
) -> Vec<RawRequest> {
    let mut requests = Vec::new();
    let mut number = 0;
    for operation in operations(document) {
        for how in 0..DRESSES {
            let mut canary = || {
                number += 1;
                dressed(number, how)
            };
            let mut made = in_parameters(&operation, place, &mut canary);
            made.extend(in_headers(&operation, place, &mut canary));
            made.extend(in_body(&operation, document, place, &mut canary));
            made.extend(elsewhere(&operation, place, &mut canary));
            // Every place gets some of the dresses, and every dress gets into many places.
            let chosen = made.into_iter().enumerate();
            requests.extend(chosen.filter_map(|(place, request)| {
                ((place + how) % DRESSES < DRESSES_PER_PLACE).then_some(request)
            }));
        }
        number += 1;
        requests.extend(in_tokens(&operation, place, &dressed(number, 0)));
    }
    requests
}

fn operations(document: &Value) -> Vec<Operation<'_>> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("a path item") {
            let Some(described) = operation.get("operationId").map(|_| operation) else {
                continue;
            };
            let parameters = described["parameters"].as_array();
            operations.push(Operation {
                method: method.to_uppercase(),
                path,
                parameters: parameters
                    .into_iter()
                    .flatten()
                    .map(|node| resolve(document, node))
                    .collect(),
                body: described.pointer("/requestBody/content/application~1json"),
            });
        }
    }
    operations
}

/// Follows a reference within the document.
fn resolve<'a>(document: &'a Value, node: &'a Value) -> &'a Value {
    match node["$ref"].as_str() {
        Some(reference) => document
            .pointer(reference.trim_start_matches('#'))
            .unwrap_or_else(|| panic!("{reference} leads nowhere")),
        None => node,
    }
}

/// A request that is as it should be.
fn good(operation: &Operation<'_>, place: &Place) -> RawRequest {
    let mut request = RawRequest {
        method: operation.method.clone(),
        target: operation
            .path
            .replace("{tenantId}", &place.tenant)
            .replace("{schoolId}", &place.school),
        headers: vec![
            (
                "Authorization".to_owned(),
                format!("Bearer {}", place.token).into_bytes(),
            ),
            ("Accept".to_owned(), b"application/json".to_vec()),
            // Each is recorded, so that the collector would get to see what a span gives away.
            (
                "traceparent".to_owned(),
                b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_vec(),
            ),
        ],
        body: Vec::new(),
    };
    for parameter in &operation.parameters {
        match parameter["name"].as_str() {
            Some("X-Tenant-Id") => set(&mut request, "X-Tenant-Id", &place.tenant),
            Some("Idempotency-Key") => set(&mut request, "Idempotency-Key", &unique_key()),
            _ => {}
        }
    }
    if operation.body.is_some() {
        set(&mut request, "Content-Type", "application/json");
        request.body = json!({ "name": unique_key() }).to_string().into_bytes();
    }
    request
}

fn set(request: &mut RawRequest, name: &str, value: &str) {
    request
        .headers
        .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    request.headers.push((name.to_owned(), value.as_bytes().to_vec()));
}

fn in_parameters(
    operation: &Operation<'_>,
    place: &Place,
    canary: &mut dyn FnMut() -> String,
) -> Vec<RawRequest> {
    let mut requests = Vec::new();
    for parameter in &operation.parameters {
        let name = parameter["name"].as_str().expect("a name");
        let mut request = good(operation, place);
        match parameter["in"].as_str() {
            Some("path") => {
                let value = encode(&canary());
                request.target = operation
                    .path
                    .replace(&format!("{{{name}}}"), &value)
                    .replace("{tenantId}", &place.tenant)
                    .replace("{schoolId}", &place.school);
            }
            Some("query") => request.target = format!("{}?{name}={}", request.target, encode(&canary())),
            _ => set(&mut request, name, &canary()),
        }
        requests.push(request);
    }
    requests
}

fn in_headers(
    operation: &Operation<'_>,
    place: &Place,
    canary: &mut dyn FnMut() -> String,
) -> Vec<RawRequest> {
    HEADERS
        .iter()
        .map(|name| {
            let mut request = good(operation, place);
            let value = match *name {
                "Authorization" => format!("Bearer {}", canary()),
                "Content-Type" => format!("application/json; charset={}", canary()),
                _ => canary(),
            };
            set(&mut request, name, &value);
            request
        })
        .collect()
}

fn in_body(
    operation: &Operation<'_>,
    document: &Value,
    place: &Place,
    canary: &mut dyn FnMut() -> String,
) -> Vec<RawRequest> {
    let Some(body) = operation.body else {
        return Vec::new();
    };
    let schema = resolve(document, &body["schema"]);
    let mut bodies: Vec<Vec<u8>> = Vec::new();
    let mut with = |name: &str, value: Value| {
        let mut members = json!({ "name": unique_key() });
        members[name] = value;
        bodies.push(members.to_string().into_bytes());
    };
    for (name, member) in schema["properties"].as_object().expect("members") {
        // As the value, as what a list holds, as the name and as the value of a member of its own.
        with(name, json!(canary()));
        let member = resolve(document, member);
        match member["type"].as_str() {
            Some("array") => with(name, json!([canary()])),
            Some("object") => {
                with(name, json!({ canary(): "x" }));
                with(name, json!({ "sis": canary() }));
            }
            _ => with(name, json!({ canary(): canary() })),
        }
    }
    with(&canary(), json!(1));
    // Cut off, no JSON at all, a member twice, bytes that are no text.
    bodies.push(format!("{{\"name\": {}", json!(canary())).into_bytes());
    bodies.push(canary().into_bytes());
    let twice = json!(canary());
    bodies.push(format!("{{{twice}: 1, {twice}: 2}}").into_bytes());
    bodies.push([b"{\"name\": \"\xff", canary().as_bytes(), b"\"}"].concat());
    bodies
        .into_iter()
        .map(|body| RawRequest {
            body,
            ..good(operation, place)
        })
        .collect()
}

fn elsewhere(
    operation: &Operation<'_>,
    place: &Place,
    canary: &mut dyn FnMut() -> String,
) -> Vec<RawRequest> {
    let good = good(operation, place);
    let mut requests = Vec::new();
    let mut with = |target: String, method: &str| {
        requests.push(RawRequest {
            target,
            method: method.to_owned(),
            ..good.clone()
        });
    };
    let target = &good.target;
    with(format!("{target}?{}=1", encode(&canary())), &good.method);
    with(format!("{target}?{}", canary()), &good.method);
    with(format!("{target}/{}", encode(&canary())), &good.method);
    with(format!("/{}", encode(&canary())), &good.method);
    with(format!("/problems/{}", encode(&canary())), "GET");
    // A method may be any token (RFC 9110, section 9.1); anything else is no request at all.
    with(target.clone(), &canary());
    let token: String = canary().chars().filter(char::is_ascii_alphanumeric).collect();
    with(target.clone(), &token);
    requests
}

/// Tokens that are good, or wrong in one way, with a canary in each of their claims.
fn in_tokens(operation: &Operation<'_>, place: &Place, canary: &str) -> Vec<RawRequest> {
    let good_token = || Token::good().claim("tenant_id", "*");
    let mut tokens = Vec::new();
    for claim in [
        "sub",
        "client_id",
        "iss",
        "aud",
        "scope",
        "tenant_id",
        "jti",
        "exp",
        "nbf",
        "email",
    ] {
        let token = good_token().claim(claim, canary);
        tokens.extend([token.sign(), token.sign_as_stranger(), token.unsigned()]);
    }
    let mut foreign = good_token();
    canary.clone_into(&mut foreign.key_id);
    tokens.extend([foreign.sign(), format!("{}{canary}", good_token().sign())]);
    tokens
        .iter()
        .map(|token| {
            let mut request = good(operation, place);
            set(&mut request, "Authorization", &format!("Bearer {token}"));
            request
        })
        .collect()
}

mod percent {
    use std::fmt::Write as _;

    /// Encodes everything but letters and digits (RFC 3986, section 2.1).
    pub(super) fn encode(text: &str) -> String {
        text.bytes().fold(String::new(), |mut encoded, byte| {
            if byte.is_ascii_alphanumeric() {
                encoded.push(char::from(byte));
            } else {
                let _ = write!(encoded, "%{byte:02X}");
            }
            encoded
        })
    }
}
