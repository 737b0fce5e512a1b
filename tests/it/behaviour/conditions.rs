//! Conditional requests (RFC 9110, section 13).

use reqwest::{Method, StatusCode};

use super::tenancy::assert_refused;
use super::{World, on_both, snapshot::assert_answer};

on_both!(open: a_condition_is_held_against_the_version);

async fn a_condition_is_held_against_the_version(world: &World) {
    let client = &world.client;
    let tenant = client.new_tenant("Conditions").await;
    let school = client.new_school(tenant, "A school").await;
    let get = |conditions: &[(&'static str, &'static str)]| {
        let request = client.in_tenant(Method::GET, tenant, &format!("/schools/{school}"));
        conditions
            .iter()
            .fold(request, |request, (name, value)| request.header(*name, *value))
    };
    let plain = client.send(get(&[])).await;
    assert_eq!((plain.status, plain.header("etag")), (StatusCode::OK, "\"1\""));

    let stale = client.send(get(&[("If-Match", "\"2\"")])).await;
    assert_answer(world, "version_mismatch", &stale);
    for tag in ["W/\"1\"", "\"2\", W/\"1\"", "\"\""] {
        let answer = client.send(get(&[("If-Match", tag)])).await;
        assert_refused(&answer, StatusCode::PRECONDITION_FAILED, "version-mismatch");
    }
    for tag in ["\"1\"", "*", "\"2\", \"1\""] {
        let answer = client.send(get(&[("If-Match", tag)])).await;
        assert_eq!(answer.status, StatusCode::OK, "{tag}");
    }

    for tag in ["\"1\"", "*", "W/\"1\"", "\"2\", \"1\""] {
        let answer = client.send(get(&[("If-None-Match", tag)])).await;
        assert_eq!(answer.status, StatusCode::NOT_MODIFIED, "{tag}");
        assert_eq!(answer.header("etag"), "\"1\"");
        assert!(answer.body.is_empty());
    }
    let changed = client.send(get(&[("If-None-Match", "\"2\"")])).await;
    assert_eq!(changed.body, plain.body);

    let both = client
        .send(get(&[("If-Match", "\"2\""), ("If-None-Match", "\"1\"")]))
        .await;
    assert_refused(&both, StatusCode::PRECONDITION_FAILED, "version-mismatch");
    for (name, value) in [("If-Match", "1"), ("If-None-Match", "\"1"), ("If-Match", "")] {
        let answer = client.send(get(&[(name, value)])).await;
        assert_refused(&answer, StatusCode::BAD_REQUEST, "malformed-request");
    }
}
